//! Faults apply to every operation, and a change that a response denies is undone.

use copper_crm_sandbox::{Fault, Odd, When};
use serde_json::json;

use crate::quick;

fn denied(at: usize) -> Fault {
    Fault::OddItem {
        at,
        odd: Odd::FailureWithId,
    }
}

#[tokio::test]
async fn an_update_that_is_denied_leaves_the_record_as_it_was() {
    let (sandbox, program) = quick().await;
    for kind in ["leads", "people", "companies"] {
        let ids = ["a", "b"].map(|name| sandbox.put(kind, &json!({ "name": name })).unwrap());
        let before = sandbox.records(kind);
        sandbox.inject(denied(0), When::nth(1).of(format!("bulk_update_{kind}")));
        let updates = json!([{ "id": ids[0], "name": "A" }, { "id": ids[1], "name": "B" }]);
        let items = program
            .items(&format!("/{kind}/bulk_update"), updates)
            .await;
        assert_eq!(
            (&items[0]["success"], &items[0]["id"]),
            (&json!(false), &json!(ids[0]))
        );
        let after = sandbox.records(kind);
        assert_eq!((&after[0], &after[1]["name"]), (&before[0], &json!("B")));
    }
}

#[tokio::test]
async fn a_creation_that_is_denied_frees_its_address() {
    let (sandbox, program) = quick().await;
    let person = json!([{ "name": "a", "emails": [{ "email": "a@x.com" }] }]);
    sandbox.inject(denied(0), When::nth(1));
    assert_eq!(
        program.items("/people/bulk_create", person.clone()).await[0]["success"],
        false
    );
    assert!(sandbox.records("people").is_empty());
    assert_eq!(
        program.items("/people/bulk_create", person).await[0]["name"],
        "a"
    );
}

#[tokio::test]
async fn a_deletion_or_conversion_that_is_denied_leaves_the_lead_there() {
    let (sandbox, program) = quick().await;
    let id = program
        .lead(json!({ "name": "a", "company_name": "C" }))
        .await;
    let before = sandbox.leads();
    sandbox.inject(denied(0), When::range(1..=2));
    program.delete(&format!("/leads/{id}")).await;
    program
        .post(
            &format!("/leads/{id}/convert"),
            json!({ "details": { "opportunity": {} } }),
        )
        .await;
    assert_eq!(sandbox.leads(), before);
    for kind in ["people", "companies", "opportunities", "converted_leads"] {
        assert!(sandbox.records(kind).is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn a_failure_that_a_fault_makes_odd_takes_nothing_else_back() {
    let (sandbox, program) = quick().await;
    sandbox.inject(denied(1), When::nth(1));
    program
        .items("/companies/bulk_create", json!([{ "name": "a" }, {}]))
        .await;
    assert_eq!(sandbox.records("companies").len(), 1);
}

#[tokio::test]
async fn faults_apply_to_every_kind_of_operation() {
    let (sandbox, program) = quick().await;
    let id = program.lead(json!({ "name": "a" })).await;
    sandbox.inject(Fault::ErrorAfter(502), When::always());
    assert_eq!(
        program
            .put(&format!("/leads/{id}"), json!({ "name": "b" }))
            .await
            .status,
        502
    );
    assert_eq!(program.post("/leads/search", json!({})).await.status, 502);
    assert_eq!(
        program
            .post(
                "/companies/bulk_create",
                json!({ "companies": [{ "name": "c" }] })
            )
            .await
            .status,
        502
    );
    sandbox.clear_faults();
    assert_eq!(sandbox.leads()[0]["name"], "b");
    assert_eq!(sandbox.records("companies").len(), 1);

    sandbox.inject(Fault::SizeLimit(1), When::nth(1).of("bulk_create_people"));
    sandbox.inject(Fault::TooShort, When::nth(1).of("search_leads"));
    let people = json!({ "people": [{ "name": "a" }, { "name": "b" }] });
    assert_eq!(
        program.post("/people/bulk_create", people).await.status,
        422
    );
    let reply = program.post("/leads/search", json!({})).await;
    assert_eq!(
        (reply.json(), reply.header("x-pw-total")),
        (json!([]), Some("1"))
    );
}

#[tokio::test]
async fn an_invalid_record_to_put_in_is_refused_with_a_reason() {
    let (sandbox, _program) = quick().await;
    assert!(
        sandbox
            .put("tasks", &json!({}))
            .unwrap_err()
            .to_string()
            .contains("kind")
    );
    assert!(
        sandbox
            .put("leads", &json!([]))
            .unwrap_err()
            .to_string()
            .contains("object")
    );
}
