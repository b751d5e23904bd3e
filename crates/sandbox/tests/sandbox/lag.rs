//! The delay until a search finds a new lead.

use std::time::Duration;

use copper_crm_sandbox::Sandbox;
use serde_json::json;

use crate::Program;

async fn found(program: &Program) -> usize {
    let reply = program.post("/leads/search", json!({})).await;
    let leads = reply.json().as_array().unwrap().len();
    assert_eq!(reply.header("x-pw-total"), Some(leads.to_string().as_str()));
    leads
}

#[tokio::test]
async fn a_new_lead_is_there_at_once_but_for_searches() {
    let hour = Duration::from_secs(3_600);
    let sandbox = Sandbox::builder()
        .search_lag(hour, hour)
        .start()
        .await
        .unwrap();
    let program = Program::of(&sandbox);
    let id = program
        .lead(json!({ "name": "a", "email": { "email": "a@x.com" } }))
        .await;
    assert_eq!(program.get(&format!("/leads/{id}")).await.status, 200);
    let upsert = json!({ "properties": { "name": "b" }, "match": { "field_name": "email", "field_value": "a@x.com" } });
    assert_eq!(program.put("/leads/upsert", upsert).await.json()["id"], id);
    assert_eq!(found(&program).await, 0);
    assert_eq!(sandbox.leads().len(), 1);
}

#[tokio::test]
async fn a_lag_ends_however_long_it_was_drawn() {
    let (shortest, longest) = (Duration::from_millis(1), Duration::from_millis(50));
    let sandbox = Sandbox::builder()
        .scale(1e-6)
        .search_lag(shortest, longest)
        .start()
        .await
        .unwrap();
    let program = Program::of(&sandbox);
    for name in ["a", "b", "c"] {
        program.lead(json!({ "name": name })).await;
    }
    while found(&program).await < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_lag_can_be_endless() {
    let sandbox = Sandbox::builder()
        .search_lag(Duration::MAX, Duration::MAX)
        .start()
        .await
        .unwrap();
    let program = Program::of(&sandbox);
    program.lead(json!({ "name": "a" })).await;
    assert_eq!(found(&program).await, 0);
}
