//! The bodies in Copper's documentation are read, and written back without loss. `null` may become absent and
//! `100` may become `100.0`; nothing else may change.

use copper_crm::types::{BulkCreateLeads, BulkFailure, Lead};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The same JSON without parts that may be lost.
fn normal(value: Value) -> Value {
    match value {
        Value::Object(object) => object
            .into_iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, v)| (k, normal(v)))
            .collect(),
        Value::Array(list) => list.into_iter().map(normal).collect(),
        Value::Number(n) => n.as_f64().map_or(Value::Number(n), Value::from),
        other => other,
    }
}

fn assert_round_trip<T: DeserializeOwned + Serialize>(json: &str) -> T {
    let read: T = serde_json::from_str(json).expect("the sample is read");
    let written = serde_json::to_value(&read).expect("it is written");
    assert_eq!(
        normal(written),
        normal(serde_json::from_str(json).expect("JSON"))
    );
    read
}

#[test]
fn the_printed_requests_survive_a_round_trip() {
    let request: BulkCreateLeads = assert_round_trip(include_str!("samples/request.json"));
    assert_eq!(request.leads.len(), 1);
    assert!(
        request.leads.iter().all(|lead| lead.extra.is_empty()),
        "the schema names every field of it"
    );
    assert_round_trip::<BulkCreateLeads>(include_str!("samples/two_leads_request.json"));
}

#[test]
fn the_printed_answer_is_two_leads_and_survives_a_round_trip() {
    let json = include_str!("samples/two_leads_answer.json");
    let leads: Vec<Lead> = assert_round_trip(json);
    assert!(
        leads.iter().all(|lead| lead.extra.is_empty()),
        "the schema names every field of it"
    );
    let ids = leads.iter().map(|lead| lead.id.0);
    assert_eq!(ids.collect::<Vec<_>>(), [13_244_480, 13_244_481]);
}

#[test]
fn the_printed_failure_survives_a_round_trip() {
    let json = include_str!("samples/failure.json");
    assert_round_trip::<BulkFailure>(json);
}

#[test]
fn unknown_fields_of_an_answer_are_kept_at_every_level() {
    let json = r#"{"id":7,"new":{"a":[1,"x"]},"email":{"email":"a@example.com","verified":true},"tags":[]}"#;
    assert_round_trip::<Lead>(json);
}

#[test]
fn a_list_that_is_null_does_not_make_a_lead_unreadable() {
    for field in [
        "tags",
        "socials",
        "websites",
        "phone_numbers",
        "custom_fields",
    ] {
        assert_round_trip::<Lead>(&format!(r#"{{"id":7,"{field}":null}}"#));
    }
}

#[test]
fn a_value_beyond_the_documented_set_does_not_make_a_lead_unreadable() {
    assert_round_trip::<Lead>(
        r#"{"id":7,"status":"Made up","phone_numbers":[{"number":"1","category":"satellite"}],"email":{"email":"a@example.com","category":null}}"#,
    );
}
