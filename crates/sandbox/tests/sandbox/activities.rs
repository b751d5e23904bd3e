//! The activities of a lead, and the lists with their own operations.

use copper_crm_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::{Program, quick, reasons};

async fn details(program: &Program, id: i64, query: Value) -> Vec<String> {
    let reply = program
        .post(&format!("/leads/{id}/activities"), &query)
        .await;
    assert_eq!(reply.status, 200, "{query}");
    let activities = reply.json();
    let activities = activities.as_array().unwrap().iter();
    activities
        .map(|activity| activity["details"].as_str().unwrap().to_owned())
        .collect()
}

fn activity(id: i64, of: i64, details: &str, date: i64) -> Value {
    json!({ "parent": { "type": "lead", "id": id }, "type": { "category": "user", "id": of }, "details": details, "activity_date": date })
}

#[tokio::test]
async fn activities_made_in_bulk_are_those_of_their_lead() {
    let (_sandbox, program) = quick().await;
    let (id, other) = (
        program.lead(json!({ "name": "a" })).await,
        program.lead(json!({ "name": "b" })).await,
    );
    let activities = json!([
        activity(id, 1, "old", 10),
        activity(id, 2, "new", 30),
        activity(other, 1, "other", 5),
        activity(id, 1, "mid", 20)
    ]);
    let items = program.items("/activities/bulk_create", activities).await;
    assert_eq!(items[0]["parent"], json!({ "type": "lead", "id": id }));
    assert!(items[0]["user_id"].is_i64() && items[0]["old_value"].is_null());

    assert_eq!(
        details(&program, id, json!({})).await,
        ["new", "mid", "old"]
    );
    assert_eq!(details(&program, other, json!({})).await, ["other"]);
    let of = |kind: Value| json!({ "activity_types": [kind] });
    assert_eq!(
        details(&program, id, of(json!({ "id": 1, "category": "user" }))).await,
        ["mid", "old"]
    );
    assert_eq!(details(&program, id, of(json!({ "id": 2 }))).await, ["new"]);
    assert_eq!(
        details(&program, id, of(json!({ "id": 1, "category": "system" }))).await,
        [""; 0]
    );
    assert_eq!(
        details(&program, id, json!({ "page_size": "2", "page_number": 2 })).await,
        ["old"]
    );
}

#[tokio::test]
async fn only_activities_of_users_about_what_there_is_can_be_made() {
    let (sandbox, program) = quick().await;
    let id = program.lead(json!({ "name": "a" })).await;
    let good = activity(id, 1, "d", 1);
    let with = |field: &str, value: Value| {
        let mut activity = good.clone();
        activity[field] = value;
        activity
    };
    let activities = json!([
        good,
        with("type", json!({ "category": "system", "id": 1 })),
        with("type", json!({ "id": 1 })),
        with("parent", json!({ "type": "lead", "id": 1 })),
        with("parent", json!({ "type": "project", "id": 1 })),
        with("details", json!(" ")),
        {},
    ]);
    let items = program.items("/activities/bulk_create", activities).await;
    let failure = |fields: &[&str]| {
        let message: serde_json::Map<_, _> = fields
            .iter()
            .map(|field| ((*field).to_owned(), json!([{ "error": "invalid" }])))
            .collect();
        json!({ "success": false, "message": message })
    };
    assert_eq!([&items[1], &items[2]], [&failure(&["type"]); 2]);
    assert_eq!(items[3], failure(&["parent"]));
    assert_eq!(items[5], failure(&["details"]));
    assert_eq!(items[6], failure(&["parent", "type", "details"]));
    assert_eq!(sandbox.records("activities").len(), 2);
}

#[tokio::test]
async fn an_invalid_activity_query_is_refused() {
    let (_sandbox, program) = quick().await;
    let id = program.lead(json!({ "name": "a" })).await;
    let path = format!("/leads/{id}/activities");
    for (query, expected) in [
        (
            json!({ "limit": 1 }),
            "Base: Unrecognized attributes specified: limit",
        ),
        (
            json!({ "activity_types": [{ "category": "user" }] }),
            "Activity Types: is invalid",
        ),
        (json!({ "page_size": 201 }), "Page Size: is invalid"),
    ] {
        assert_eq!(reasons(&program.post(&path, query).await), expected);
    }
    assert_eq!(
        program.post("/leads/1/activities", json!({})).await.status,
        404
    );
}

#[tokio::test]
async fn customer_sources_are_those_of_the_example_and_the_given_ones() {
    let sandbox = Sandbox::builder()
        .customer_source(7, "Ours")
        .start()
        .await
        .unwrap();
    let sources = Program::of(&sandbox).get("/customer_sources").await.json();
    assert_eq!(sources[0], json!({ "id": 331_240, "name": "Email" }));
    assert_eq!(
        sources.as_array().unwrap().last(),
        Some(&json!({ "id": 7, "name": "Ours" }))
    );
}
