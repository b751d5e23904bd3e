//! Every operation of the schema is called through the crate and answered by the sandbox. A new one
//! that is not called here fails the last test.

use std::collections::BTreeSet;

use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::{Endpoint, Run, Update},
    types::*,
};
use serde_json::Value;

use crate::support::sandbox::sandbox;

/// Runs to the end, and gives the records that are done. Nothing else may come.
async fn done<E: Endpoint>(mut run: Run<'_, E>) -> Vec<E::Output> {
    let mut records = Vec::new();
    while let Some(item) = run.next().await {
        match item.outcome {
            Outcome::Done(record) => records.push(*record),
            Outcome::Rejected(why) => panic!("#{}: {why}", item.index),
            Outcome::NotSent(why) => panic!("#{}: {why}", item.index),
            Outcome::Unknown(why) => panic!("#{}: {why}", item.index),
        }
    }
    records
}

async fn every_lead_operation(copper: &Copper) {
    let lead = copper
        .create_lead(&NewLead::named("Jim Halpert"))
        .await
        .expect("created");
    assert_eq!(copper.get_lead(lead.id).await.expect("there").id, lead.id);
    let update = LeadUpdate {
        title: "Manager".into(),
        ..LeadUpdate::default()
    };
    assert_eq!(
        copper
            .update_lead(lead.id, &update)
            .await
            .expect("updated")
            .title
            .as_deref(),
        Some("Manager")
    );
    assert!(
        !copper
            .list_lead_statuses()
            .await
            .expect("statuses")
            .is_empty()
    );
    assert!(
        !copper
            .list_customer_sources()
            .await
            .expect("sources")
            .is_empty()
    );
    copper
        .list_lead_activities(lead.id, &ActivityQuery::default())
        .await
        .expect("activities");
    let mut found = copper.search_leads(LeadSearch {
        name: Some("Jim Halpert".into()),
        ..LeadSearch::default()
    });
    assert_eq!(found.next().await.expect("one").expect("found").id, lead.id);
    let by = LeadMatch::email("jim@example.com");
    let upserted = copper
        .upsert_lead(&NewLead::named("Jim"), by)
        .await
        .expect("created");
    copper
        .convert_lead(upserted.id, ConvertDetails::default())
        .await
        .expect("converted");
    copper.delete_lead(lead.id).await.expect("deleted");
    let leads =
        done(copper.bulk_create_leads((0..12).map(|n| NewLead::named(format!("Lead {n}"))))).await;
    let changes = || LeadUpdate {
        details: "Changed".into(),
        ..LeadUpdate::default()
    };
    let changed = done(
        copper.bulk_update_leads(
            leads
                .iter()
                .map(|lead| Update::new(lead.id, changes()))
                .collect::<Vec<_>>(),
        ),
    )
    .await;
    assert!(
        changed
            .iter()
            .all(|lead| lead.details.as_deref() == Some("Changed"))
            && changed.len() == 12
    );
}

async fn every_other_bulk_endpoint(copper: &Copper) {
    let people =
        done(copper.bulk_create_people((0..12).map(|n| NewPerson::new(format!("Person {n}")))))
            .await;
    let changes = || PersonUpdate {
        title: "Manager".into(),
        ..PersonUpdate::default()
    };
    let changed = done(
        copper.bulk_update_people(
            people
                .iter()
                .map(|p| Update::new(p.id, changes()))
                .collect::<Vec<_>>(),
        ),
    )
    .await;
    assert!(
        changed
            .iter()
            .all(|person| person.title.as_deref() == Some("Manager"))
            && changed.len() == 12
    );

    let companies = done(
        copper.bulk_create_companies((0..12).map(|n| NewCompany::new(format!("Company {n}")))),
    )
    .await;
    let changes = || CompanyUpdate {
        details: "Changed".into(),
        ..CompanyUpdate::default()
    };
    let changed = done(
        copper.bulk_update_companies(
            companies
                .iter()
                .map(|c| Update::new(c.id, changes()))
                .collect::<Vec<_>>(),
        ),
    )
    .await;
    assert!(
        changed
            .iter()
            .all(|company| company.details.as_deref() == Some("Changed"))
            && changed.len() == 12
    );

    let contact = people.first().expect("a person").id;
    let opportunities = (0..12).map(|n| NewOpportunity {
        monetary_value: Some(7.5),
        ..NewOpportunity::new(format!("Deal {n}"), contact)
    });
    let opportunities = done(copper.bulk_create_opportunities(opportunities)).await;
    assert!(
        opportunities
            .iter()
            .all(|deal| deal.primary_contact_id == Some(contact))
            && opportunities.len() == 12
    );

    let parent = || Parent::new(contact.0, RecordType::Person);
    let kind = || ActivityType {
        category: Some(ActivityCategory::User),
        ..ActivityType::new(1)
    };
    let activities =
        (0..12).map(|n| NewActivity::new(parent(), kind(), format!("Called {n} times")));
    let activities = done(copper.bulk_create_activities(activities)).await;
    assert!(activities.iter().all(|activity| activity.details.is_some()) && activities.len() == 12);
}

#[tokio::test]
async fn every_operation_of_the_schema_is_called_and_answered() {
    let (sandbox, copper) = sandbox().await;
    every_lead_operation(&copper).await;
    every_other_bulk_endpoint(&copper).await;

    let arrivals = sandbox.arrivals();
    assert!(arrivals.iter().all(|arrival| arrival.status == Some(200)));
    let called: BTreeSet<&str> = arrivals
        .iter()
        .filter_map(|arrival| arrival.operation)
        .collect();
    let document: Value =
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/copper.json"))).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths
        .values()
        .flat_map(|path| path.as_object().expect("a path").values());
    let described: BTreeSet<&str> = operations
        .map(|operation| operation["operationId"].as_str().expect("an id"))
        .collect();
    assert_eq!(called, described);
}
