//! The calls for one lead, against the sandbox: the requests, the answers, and the errors.

use copper_crm::{Copper, CustomValue, NewLead, Patch, bulk::Update, types::*};
use copper_crm_sandbox::{Fault, Sandbox, When};
use serde_json::{Value, json};

use crate::support::{
    sandbox::sandbox,
    wire::{Wire, answer},
};

/// The body of the last request that arrived.
fn last_body(sandbox: &Sandbox) -> Value {
    let arrivals = sandbox.arrivals();
    serde_json::from_slice(&arrivals.last().expect("a request").body).expect("JSON")
}

fn full() -> NewLead {
    NewLead {
        email: Some(Email {
            email: "jim@example.com".into(),
            category: Some(EmailCategory::Work),
            ..Email::default()
        }),
        details: Some("Likes pranks".into()),
        title: Some("Salesman".into()),
        tags: vec!["paper".into(), "scranton".into()],
        ..NewLead::named("Jim Halpert")
    }
}

#[tokio::test]
async fn an_update_touches_only_what_it_names() {
    let (sandbox, copper) = sandbox().await;
    let before = copper.create_lead(&full()).await.expect("created");
    let update = LeadUpdate {
        title: "Manager".into(),
        details: Patch::Clear,
        ..LeadUpdate::default()
    };
    let after = copper
        .update_lead(before.id, &update)
        .await
        .expect("updated");
    assert_eq!(
        last_body(&sandbox),
        json!({"title": "Manager", "details": null})
    );
    assert_eq!(
        (after.title.as_deref(), after.details),
        (Some("Manager"), None)
    );
    assert_eq!(
        (after.name, after.email, after.tags),
        (before.name, before.email, before.tags)
    );
}

#[tokio::test]
async fn a_list_can_be_emptied() {
    let (sandbox, copper) = sandbox().await;
    let id = copper.create_lead(&full()).await.expect("created").id;
    let update = LeadUpdate {
        tags: Patch::Set(vec![]),
        ..LeadUpdate::default()
    };
    let after = copper.update_lead(id, &update).await.expect("updated");
    assert_eq!(last_body(&sandbox), json!({"tags": []}));
    assert_eq!(after.tags, Some(vec![]));
}

#[tokio::test]
async fn an_empty_update_changes_nothing() {
    let (sandbox, copper) = sandbox().await;
    let before = copper.create_lead(&full()).await.expect("created");
    let after = copper
        .update_lead(before.id, &LeadUpdate::default())
        .await
        .expect("updated");
    assert_eq!(last_body(&sandbox), json!({}));
    assert_eq!(
        (after.name, after.tags, after.details),
        (before.name, before.tags, before.details)
    );
}

#[tokio::test]
async fn a_deleted_lead_is_gone() {
    let (_sandbox, copper) = sandbox().await;
    let id = copper.create_lead(&full()).await.expect("created").id;
    let deleted = copper.delete_lead(id).await.expect("deleted");
    assert_eq!((deleted.id, deleted.is_deleted), (id.0, Some(true)));
    let error = copper.get_lead(id).await.expect_err("it is gone");
    assert!(error.is_not_found() && !error.may_have_taken_effect());
    assert_eq!(error.message(), Some("Resource not found"));
    assert!(
        copper
            .delete_lead(id)
            .await
            .expect_err("it is gone")
            .is_not_found()
    );
}

#[tokio::test]
async fn an_upsert_creates_then_updates_and_names_several_matches() {
    let (sandbox, copper) = sandbox().await;
    let by = || LeadMatch::email("jim@example.com");
    let first = copper.upsert_lead(&full(), by()).await.expect("created");
    let again = copper
        .upsert_lead(
            &NewLead {
                title: Some("Manager".into()),
                ..full()
            },
            by(),
        )
        .await
        .expect("updated");
    assert_eq!(
        (first.id, again.title.as_deref()),
        (again.id, Some("Manager"))
    );
    assert_eq!(
        last_body(&sandbox)["match"],
        json!({"field_name": "email", "field_value": "jim@example.com"})
    );

    let other = copper.create_lead(&full()).await.expect("created");
    let error = copper
        .upsert_lead(&full(), by())
        .await
        .expect_err("two match");
    assert!(error.is_invalid());
    let mut ids = error.matching_ids();
    ids.sort_unstable();
    assert_eq!(ids, [first.id.0, other.id.0]);
}

#[tokio::test]
async fn an_upsert_can_match_by_a_custom_field() {
    let (sandbox, copper) = sandbox().await;
    let field = CustomFieldDefinitionId(100_764);
    let value = CustomField {
        custom_field_definition_id: field,
        value: Some("key 7".into()),
        extra: Default::default(),
    };
    let lead = NewLead {
        custom_fields: vec![value],
        ..NewLead::named("Jim Halpert")
    };
    let first = copper
        .upsert_lead(&lead, LeadMatch::custom_field(field, "key 7"))
        .await
        .expect("created");
    let again = copper
        .upsert_lead(&lead, LeadMatch::custom_field(field, "key 7"))
        .await
        .expect("updated");
    assert_eq!(first.id, again.id);
    let sent = last_body(&sandbox);
    assert_eq!(
        sent["match"],
        json!({"field_name": "custom", "field_value": {"custom_field_definition_id": 100764, "value": "key 7"}})
    );
}

#[tokio::test]
async fn a_converted_lead_becomes_what_was_asked_for() {
    let (sandbox, copper) = sandbox().await;
    let id = copper.create_lead(&full()).await.expect("created").id;
    let details = ConvertDetails {
        person: Some(ConvertPerson {
            name: Some("Jim Halpert".into()),
            ..ConvertPerson::default()
        }),
        company: Some(ConvertCompany::exactly_named("Dunder Mifflin")),
        opportunity: Some(ConvertOpportunity {
            name: Some("Paper".into()),
            monetary_value: Some(1_000.0),
            ..ConvertOpportunity::default()
        }),
        ..ConvertDetails::default()
    };
    let converted = copper.convert_lead(id, details).await.expect("converted");
    assert_eq!(
        last_body(&sandbox)["details"]["company"],
        json!({"name": "Dunder Mifflin", "exact_match": true})
    );
    let (person, opportunity) = (
        converted.person.expect("a person"),
        converted.opportunity.expect("an opportunity"),
    );
    assert_eq!(person.name.as_deref(), Some("Jim Halpert"));
    assert_eq!(person.company_name.as_deref(), Some("Dunder Mifflin"));
    assert_eq!(opportunity.name.as_deref(), Some("Paper"));
    assert!(
        copper
            .get_lead(id)
            .await
            .expect_err("it is gone")
            .is_not_found()
    );
}

#[tokio::test]
async fn a_company_by_id_and_by_name_is_refused_before_anything_is_sent() {
    let (sandbox, copper) = sandbox().await;
    let company = ConvertCompany {
        id: Some(CompanyId(7)),
        ..ConvertCompany::named("Dunder Mifflin")
    };
    let details = ConvertDetails {
        company: Some(company),
        ..ConvertDetails::default()
    };
    let error = copper
        .convert_lead(LeadId(7), details)
        .await
        .expect_err("it is refused");
    assert!(
        error.to_string().contains("not both") && !error.may_have_taken_effect(),
        "{error}"
    );
    assert!(sandbox.arrivals().is_empty());
}

#[tokio::test]
async fn computed_values_are_asked_for_where_copper_can_give_them() {
    let wire = Wire::answering(answer("200 OK", "", r#"[{"id":7}]"#)).await;
    let copper = Copper::builder("token", "owner@example.com")
        .base_url(&wire.url)
        .build()
        .expect("built");
    let computed = copper.with_computed_values();
    computed
        .search_leads_page(&LeadSearch::default())
        .await
        .expect("a page");
    computed.list_lead_statuses().await.expect("the statuses");
    let mut run = computed.bulk_create_leads([NewLead::named("Pam Beesly")]);
    while run.next().await.is_some() {}
    copper
        .search_leads_page(&LeadSearch::default())
        .await
        .expect("a page");
    let asked: Vec<bool> = wire
        .arrived()
        .iter()
        .map(|request| request.contains("?custom_field_computed_values=true HTTP"))
        .collect();
    assert_eq!(asked, [true, false, true, false]);
}

#[tokio::test]
async fn lists_of_the_account_are_read() {
    let (_sandbox, copper) = sandbox().await;
    let id = copper.create_lead(&full()).await.expect("created").id;
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
    assert!(
        copper
            .list_lead_activities(id, &ActivityQuery::default())
            .await
            .expect("activities")
            .is_empty()
    );
}

#[tokio::test]
async fn what_may_be_done_twice_is_sent_again_and_the_rest_is_not() {
    let (sandbox, copper) = sandbox().await;
    let id = copper.create_lead(&full()).await.expect("created").id;
    sandbox.inject(Fault::ResetAfter, When::nth(1).of("update_lead"));
    let update = LeadUpdate {
        title: "Manager".into(),
        ..LeadUpdate::default()
    };
    assert_eq!(
        copper
            .update_lead(id, &update)
            .await
            .expect("sent again")
            .title
            .as_deref(),
        Some("Manager")
    );
    sandbox.inject(Fault::ResetAfter, When::nth(1).of("convert_lead"));
    let error = copper
        .convert_lead(id, ConvertDetails::default())
        .await
        .expect_err("in doubt");
    assert!(error.may_have_taken_effect());
    let conversions = sandbox
        .arrivals()
        .iter()
        .filter(|arrival| arrival.operation == Some("convert_lead"))
        .count();
    assert_eq!(conversions, 1);
}

#[tokio::test]
async fn errors_can_be_asked_what_they_are() {
    let (sandbox, copper) = sandbox().await;
    let error = copper
        .create_lead(&NewLead::named(" "))
        .await
        .expect_err("no name");
    assert!(error.is_invalid() && error.status() == Some(422) && error.request_id().is_some());
    assert!(
        error
            .message()
            .is_some_and(|message| message.contains("Name: can't be blank")),
        "{error}"
    );
    for (status, is) in [
        (
            401,
            copper_crm::Error::is_unauthorized as fn(&copper_crm::Error) -> bool,
        ),
        (403, copper_crm::Error::is_unauthorized),
        (404, copper_crm::Error::is_not_found),
        (400, copper_crm::Error::is_invalid),
    ] {
        sandbox.inject(Fault::Refusal(status), When::nth(1));
        let error = copper.get_lead(LeadId(7)).await.expect_err("refused");
        assert!(
            is(&error) && !error.may_have_taken_effect(),
            "{status}: {error}"
        );
    }
}

#[tokio::test]
async fn bulk_updates_go_through_the_pipeline_and_a_failure_carries_its_id() {
    let (sandbox, copper) = sandbox().await;
    let mut run = copper.bulk_create_leads((0..25).map(|n| NewLead::named(format!("Lead {n}"))));
    let mut ids = Vec::new();
    while let Some(item) = run.next().await {
        let copper_crm::Outcome::Done(lead) = item.outcome else {
            panic!("created")
        };
        ids.push(lead.id);
    }
    ids.insert(3, LeadId(999_999_999));
    sandbox.inject(Fault::ErrorAfter(502), When::nth(2).of("bulk_update_leads"));
    let changes = |id: &LeadId| {
        Update::new(
            *id,
            LeadUpdate {
                details: Patch::Clear,
                title: "Manager".into(),
                ..LeadUpdate::default()
            },
        )
    };
    let mut run = copper.bulk_update_leads(ids.iter().map(changes).collect::<Vec<_>>());
    while let Some(item) = run.next().await {
        match item.outcome {
            copper_crm::Outcome::Done(lead) => assert_eq!(
                (lead.id, lead.title.as_deref()),
                (item.input.id, Some("Manager"))
            ),
            copper_crm::Outcome::Rejected(why) => {
                assert_eq!(item.index, 3);
                assert_eq!(
                    why.raw().and_then(|failure| failure.id.clone()),
                    Some(json!(999_999_999))
                );
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        run.summary().to_string(),
        "26 leads: 25 done, 1 rejected, 0 not sent, 0 unknown"
    );
}

#[test]
fn every_writable_field_can_be_kept_cleared_and_set() {
    let document: Value =
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/copper.json"))).expect("JSON");
    for (name, kept) in [
        ("LeadUpdate", serde_json::to_value(LeadUpdate::default())),
        (
            "PersonUpdate",
            serde_json::to_value(PersonUpdate::default()),
        ),
        (
            "CompanyUpdate",
            serde_json::to_value(CompanyUpdate::default()),
        ),
    ] {
        assert_eq!(kept.expect("JSON"), json!({}), "{name}: nothing is touched");
        let fields = document["components"]["schemas"][name]["properties"]
            .as_object()
            .expect("fields");
        let values = |value: &Value| -> Value {
            fields
                .keys()
                .map(|field| (field.clone(), value.clone()))
                .collect()
        };
        let cleared = values(&Value::Null);
        let through = |json: &Value| match name {
            "LeadUpdate" => serde_json::to_value(
                serde_json::from_value::<LeadUpdate>(json.clone()).expect("read"),
            ),
            "PersonUpdate" => serde_json::to_value(
                serde_json::from_value::<PersonUpdate>(json.clone()).expect("read"),
            ),
            _ => serde_json::to_value(
                serde_json::from_value::<CompanyUpdate>(json.clone()).expect("read"),
            ),
        };
        assert_eq!(
            through(&cleared).expect("JSON"),
            cleared,
            "{name}: every field can be cleared"
        );
        let set: Value = fields
            .iter()
            .map(|(field, schema)| (field.clone(), example(field, schema)))
            .collect();
        assert_eq!(
            through(&set).expect("JSON"),
            set,
            "{name}: every field can be set"
        );
    }
}

/// A value of a field, on the wire.
fn example(field: &str, schema: &Value) -> Value {
    match (field, schema["type"].as_str()) {
        ("email", _) => json!({"email": "jim@example.com"}),
        ("emails", _) => json!([{"email": "jim@example.com", "category": "work"}]),
        ("phone_numbers", _) => json!([{"number": "555-0100"}]),
        ("socials" | "websites", _) => {
            json!([{"url": "https://example.com", "category": "made up"}])
        }
        ("address", _) => json!({"city": "Scranton"}),
        ("custom_fields", _) => json!([{"custom_field_definition_id": 7, "value": [1, 2]}]),
        (_, Some("string")) => json!("a text"),
        (_, Some("number")) => json!(7.5),
        (_, Some("array")) => json!(["a text"]),
        _ => json!(7),
    }
}

#[test]
fn custom_values_keep_their_kind_and_what_nobody_knows() {
    for (json, value) in [
        (json!(true), CustomValue::Bool(true)),
        (json!(50), CustomValue::Integer(50)),
        (json!(42.0), CustomValue::Number(42.0)),
        (json!("7"), CustomValue::Text("7".into())),
        (json!([1, 2]), CustomValue::Options(vec![1, 2])),
        (json!([]), CustomValue::Options(vec![])),
        (json!(["Option A"]), CustomValue::Other(json!(["Option A"]))),
        (json!({"id": 1}), CustomValue::Other(json!({"id": 1}))),
    ] {
        assert_eq!(
            serde_json::from_value::<CustomValue>(json.clone()).expect("any value is read"),
            value
        );
        assert_eq!(serde_json::to_value(value).expect("written"), json);
    }
}

#[test]
fn open_sets_keep_members_that_nobody_knows() {
    let category: PhoneCategory = serde_json::from_str(r#""satellite""#).expect("read");
    assert_eq!(category, PhoneCategory::Unlisted("satellite".into()));
    assert_eq!(
        serde_json::to_string(&category).expect("written"),
        r#""satellite""#
    );
    assert_eq!(PhoneCategory::from("mobile"), PhoneCategory::Mobile);
    assert_eq!(PhoneCategory::Mobile.to_string(), "mobile");
}

#[tokio::test]
async fn a_part_that_a_conversion_did_not_make_spoils_no_other() {
    let body = r#"{"person":{"id":7,"name":"Jim Halpert"},"company":{},"opportunity":null}"#;
    let wire = Wire::answering(answer("200 OK", "", body)).await;
    let copper = Copper::builder("token", "owner@example.com")
        .base_url(&wire.url)
        .build()
        .expect("built");
    let converted = copper
        .convert_lead(LeadId(7), ConvertDetails::default())
        .await
        .expect("converted");
    assert_eq!(converted.person.map(|person| person.id), Some(PersonId(7)));
    assert_eq!((converted.company, converted.opportunity), (None, None));
    assert_eq!(converted.extra.get("company"), Some(&json!({})));
}

#[test]
fn the_bodies_that_copper_prints_for_its_other_operations_survive_a_round_trip() {
    fn assert_round_trip<T: serde::de::DeserializeOwned + serde::Serialize>(body: Value) {
        let read: T = serde_json::from_value(body.clone()).expect("it is read");
        assert_eq!(serde_json::to_value(read).expect("it is written"), body);
    }
    assert_round_trip::<DeletedRecord>(json!({"id": 8900677, "is_deleted": true}));
    assert_round_trip::<UpsertLead>(
        json!({"properties": {"name": "My Lead"}, "match": {"field_name": "email", "field_value": "a@b.c"}}),
    );
    assert_round_trip::<UpsertLead>(
        json!({"properties": {"name": "My Lead"}, "match": {"field_name": "custom", "field_value": {"custom_field_definition_id": 100764, "value": "Some text"}}}),
    );
    assert_round_trip::<ConvertLead>(
        json!({"details": {"person": {}, "company": {}, "opportunity": {}}}),
    );
    assert_round_trip::<ActivityQuery>(json!({"activity_types": [{"id": 1, "category": "user"}]}));
    assert_round_trip::<ActivityQuery>(json!({}));
    assert_round_trip::<LeadStatus>(
        json!({"id": 208231, "name": "New", "order": 1, "is_default": true}),
    );
    assert_round_trip::<CustomerSource>(json!({"id": 331240, "name": "Email"}));
    assert_round_trip::<BulkUpdateLeads>(
        json!({"leads": [{"id": 1, "details": null}, {"id": 2, "tags": []}]}),
    );
    assert_round_trip::<LeadSearch>(
        json!({"phone_number": {"value": "5551234", "match": "partial"}, "tags": {"option": "ANY", "value": ["blah"]}}),
    );
    assert_round_trip::<LeadSearch>(
        json!({"phone_number": "5551234", "tags": ["a"], "emails": "jim@dundermifflin.com", "assignee_ids": [-2]}),
    );
    assert_round_trip::<CustomFieldFilter>(
        json!({"custom_field_definition_id": 12, "value": [8], "option": "ANY"}),
    );
    assert_round_trip::<CustomFieldFilter>(
        json!({"custom_field_definition_id": 12, "allow_empty": true}),
    );
}
