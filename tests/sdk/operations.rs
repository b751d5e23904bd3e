//! Every operation of the schema is called through the crate, and the sandbox answers it. If a new one is not
//! called here, the last test fails.

use std::collections::BTreeSet;

use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::{Endpoint, Run, Update},
    types::*,
};
use copper_crm_sandbox::Sandbox;
use serde_json::Value;

use crate::support::sandbox::sandbox;

/// Runs to the end, and returns the records that are done. All must be done.
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
    let mut found = copper.search_people(PersonSearch::default().name("Person 7"));
    let person = found.next().await.expect("one").expect("found");
    assert_eq!(person.name.as_deref(), Some("Person 7"));
    let mut found = copper.search_companies(CompanySearch::default().name("Company 7"));
    let company = found.next().await.expect("one").expect("found");
    assert_eq!(company.name.as_deref(), Some("Company 7"));

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

async fn every_lookup(copper: &Copper) {
    copper.get_account().await.expect("the account");
    let me = copper.get_current_user().await.expect("a user");
    assert_eq!(copper.get_user(me.id).await.expect("a user"), me);
    let fields = copper.list_custom_field_definitions().await;
    let id = fields.expect("fields").first().expect("a field").id;
    let field = copper.get_custom_field_definition(id).await;
    assert_eq!(field.expect("a field").id, id);
    assert!(!copper.list_contact_types().await.expect("types").is_empty());
    assert!(
        !copper
            .list_loss_reasons()
            .await
            .expect("reasons")
            .is_empty()
    );
    let pipelines = copper.list_pipelines().await.expect("pipelines");
    let stages = copper.list_pipeline_stages().await.expect("stages");
    let mut of_each = Vec::new();
    for pipeline in pipelines {
        let of = copper.list_stages_of_pipeline(pipeline.id).await;
        of_each.extend(of.expect("stages"));
    }
    assert_eq!(of_each, stages);
    let types = copper.list_activity_types().await.expect("types");
    let types = types.user.expect("types of users");
    assert_eq!(types.first().expect("a type").id, ActivityTypeId(0));
}

/// The calls whose results the tests below check.
async fn every_deletion(copper: &Copper, sandbox: &Sandbox) {
    assert!(
        copper
            .search_users(UserSearch::default())
            .next()
            .await
            .is_some()
    );
    copper.list_tags(None).await.expect("tags");
    let put = |kind| sandbox.put(kind, &serde_json::json!({ "name": "x" }));
    let person = put("people").expect("put");
    let note = ActivityType {
        category: Some(ActivityCategory::User),
        ..ActivityType::new(0)
    };
    let parent = Parent::new(person, RecordType::Person);
    let note = NewActivity::new(parent, note, "x");
    copper.create_activity(&note).await.expect("created");
    copper.delete_person(person).await.expect("deleted");
    let company = put("companies").expect("put");
    copper.delete_company(company).await.expect("deleted");
    let sale = put("opportunities").expect("put");
    copper.delete_opportunity(sale).await.expect("deleted");
}

#[tokio::test]
async fn users_are_a_stream_over_all_pages() {
    let (sandbox, copper) = sandbox().await;
    let search = UserSearch::default().page_size(2);
    let mut users = copper.search_users(search);
    let mut ids = BTreeSet::new();
    while let Some(user) = users.next().await {
        ids.insert(user.expect("a user").id);
    }
    assert_eq!((ids.len(), sandbox.arrivals().len()), (3, 2));
}

#[tokio::test]
async fn what_a_conversion_made_can_be_deleted_and_a_note_be_written() {
    let (sandbox, copper) = sandbox().await;
    let lead = NewLead {
        tags: vec!["a".to_owned()],
        ..NewLead::named("Jim Halpert")
    };
    let lead = copper.create_lead(&lead).await.expect("created");
    let tags = copper.list_tags(Some(TagSort::Count)).await.expect("tags");
    assert_eq!((tags[0].name.as_str(), tags[0].count_leads), ("a", Some(1)));
    let note = ActivityType {
        category: Some(ActivityCategory::User),
        ..ActivityType::new(0)
    };
    let parent = Parent::new(lead.id.0, RecordType::Lead);
    let note = NewActivity::new(parent, note, "Called back");
    let note = copper.create_activity(&note).await.expect("created");
    assert_eq!(note.details.as_deref(), Some("Called back"));
    let details = ConvertDetails {
        opportunity: Some(ConvertOpportunity::default()),
        ..ConvertDetails::default()
    };
    let made = copper.convert_lead(lead.id, details).await.expect("made");
    let [person, company, sale] = [
        made.person.expect("a person").id.0,
        made.company.expect("a company").id.0,
        made.opportunity.expect("an opportunity").id.0,
    ];
    copper.delete_opportunity(sale).await.expect("deleted");
    copper.delete_company(company).await.expect("deleted");
    copper.delete_person(person).await.expect("deleted");
    for kind in ["people", "companies", "opportunities"] {
        assert!(sandbox.records(kind).is_empty(), "{kind}");
    }
    let gone = copper.delete_person(person).await.expect_err("gone");
    assert!(gone.is_not_found());
}

#[tokio::test]
async fn every_operation_of_the_schema_is_called_and_answered() {
    let (sandbox, copper) = sandbox().await;
    every_lead_operation(&copper).await;
    every_other_bulk_endpoint(&copper).await;
    every_lookup(&copper).await;
    every_deletion(&copper, &sandbox).await;

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
