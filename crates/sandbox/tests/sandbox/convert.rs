//! Conversions: the lead is gone, and its person, company and opportunity exist.

use copper_crm_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::{Program, names, quick, reasons};

async fn converted(program: &Program, lead: Value, details: Value) -> Value {
    let id = program.lead(lead).await;
    let path = format!("/leads/{id}/convert");
    let reply = program.post(&path, json!({ "details": details })).await;
    assert_eq!(reply.status, 200);
    reply.json()
}

fn held(sandbox: &Sandbox) -> [usize; 4] {
    ["leads", "people", "companies", "opportunities"].map(|kind| sandbox.records(kind).len())
}

#[tokio::test]
async fn a_lead_becomes_a_person_a_company_and_an_opportunity() {
    let (sandbox, program) = quick().await;
    let lead = json!({
        "name": "Jim Halpert", "email": { "email": "jim@x.com", "category": "work" }, "phone_numbers": [{ "number": "1" }],
        "company_name": "Paper", "monetary_value": 10, "assignee_id": 3, "customer_source_id": 331_240
    });
    let id = program.lead(lead).await;
    let details = json!({
        "person": { "contact_type_id": 5 }, "company": { "name": "Paper Inc" },
        "opportunity": { "name": "Deal", "pipeline_id": 8, "pipeline_stage_id": 9, "monetary_value": 1000 }
    });
    let path = format!("/leads/{id}/convert");
    let reply = program.post(&path, json!({ "details": details })).await;
    let made = reply.json();
    assert_eq!(reply.status, 200);
    let (person, company, opportunity) = (&made["person"], &made["company"], &made["opportunity"]);
    assert_eq!(
        (&person["name"], &person["last_name"]),
        (&json!("Jim Halpert"), &json!("Halpert"))
    );
    assert_eq!(
        person["emails"],
        json!([{ "email": "jim@x.com", "category": "work" }])
    );
    assert_eq!(
        (&person["contact_type_id"], &person["assignee_id"]),
        (&json!(5), &json!(3))
    );
    assert_eq!(
        (&company["name"], &person["company_name"]),
        (&json!("Paper Inc"), &json!("Paper Inc"))
    );
    assert_eq!(
        (&person["company_id"], &opportunity["company_id"]),
        (&company["id"], &company["id"])
    );
    assert_eq!(
        (
            &opportunity["primary_contact_id"],
            &opportunity["monetary_value"]
        ),
        (&person["id"], &json!(1000))
    );
    assert_eq!(
        (&opportunity["status"], &opportunity["close_date"]),
        (&json!("Open"), &Value::Null)
    );

    assert_eq!(program.get(&format!("/leads/{id}")).await.status, 404);
    assert_eq!(
        program.post(&path, json!({ "details": {} })).await.status,
        404
    );
    assert_eq!(held(&sandbox), [0, 1, 1, 1]);
    assert_eq!(&sandbox.records("people")[0], person);
    assert_eq!(&sandbox.records("opportunities")[0], opportunity);
    assert_eq!(
        sandbox.records("converted_leads")[0]["converted_contact_id"],
        person["id"]
    );
}

#[tokio::test]
async fn what_is_not_asked_for_is_absent() {
    let (sandbox, program) = quick().await;
    let made = converted(
        &program,
        json!({ "name": "a" }),
        json!({ "person": { "name": "B" }, "company": { "name": "" } }),
    )
    .await;
    assert_eq!(
        (
            made["person"]["name"].as_str(),
            made.as_object().unwrap().len()
        ),
        (Some("B"), 1)
    );
    let made = converted(
        &program,
        json!({ "name": "a", "company_name": "C" }),
        json!({ "company": { "name": "" } }),
    )
    .await;
    assert_eq!(
        (&made["person"]["company_id"], made.get("company")),
        (&Value::Null, None)
    );
    assert_eq!(held(&sandbox), [0, 2, 0, 0]);
}

#[tokio::test]
async fn the_leads_own_company_is_made_unless_told_otherwise() {
    let (sandbox, program) = quick().await;
    let made = converted(
        &program,
        json!({ "name": "a", "company_name": "C" }),
        json!({ "person": {} }),
    )
    .await;
    assert_eq!(made["company"]["name"], "C");
    assert_eq!(held(&sandbox), [0, 1, 1, 0]);
}

#[tokio::test]
async fn a_company_is_found_by_id_by_a_similar_name_or_by_exactly_that_name() {
    let (sandbox, program) = quick().await;
    let id = sandbox
        .put("companies", &json!({ "name": "Dunder Mifflin" }))
        .unwrap();
    let asked = async |company: Value| {
        converted(
            &program,
            json!({ "name": "a" }),
            json!({ "company": company }),
        )
        .await["company"]["id"]
            .clone()
    };
    assert_eq!(asked(json!({ "id": id })).await, id);
    assert_eq!(asked(json!({ "name": "dunder-mifflin" })).await, id);
    assert_eq!(
        asked(json!({ "name": "Dunder Mifflin", "exact_match": true })).await,
        id
    );
    assert_ne!(
        asked(json!({ "name": "dunder mifflin", "exact_match": true })).await,
        id
    );
    assert_eq!(held(&sandbox), [0, 4, 2, 0]);
}

#[tokio::test]
async fn a_person_who_has_the_address_already_is_not_made_again() {
    let (sandbox, program) = quick().await;
    let id = sandbox
        .put(
            "people",
            &json!({ "name": "Jim", "emails": [{ "email": "jim@x.com" }] }),
        )
        .unwrap();
    let made = converted(
        &program,
        json!({ "name": "J", "email": { "email": "Jim@x.com" } }),
        json!({}),
    )
    .await;
    assert_eq!(made["person"]["id"], id);
    assert_eq!(held(&sandbox)[1], 1);
}

#[tokio::test]
async fn a_conversion_that_is_none_leaves_the_lead_as_it_is() {
    let (sandbox, program) = quick().await;
    let id = program.lead(json!({ "name": "a" })).await;
    let company = sandbox.put("companies", &json!({ "name": "C" })).unwrap();
    for (details, expected) in [
        (
            json!({ "company": { "id": company, "name": "C" } }),
            "Company: is invalid",
        ),
        (json!({ "company": { "id": 1 } }), "Company: is invalid"),
        (
            json!({ "person": { "nickname": "J" } }),
            "Base: Unrecognized attributes specified: nickname",
        ),
        (
            json!({ "person": { "assignee_id": "me" } }),
            "Assignee Id: Invalid value for Assignee Id: IDs must be positive integers: me",
        ),
        (
            json!({ "project": {} }),
            "Base: Unrecognized attributes specified: project",
        ),
        (json!({ "person": "Jim" }), "Person: is invalid"),
        (Value::Null, "Details: can't be blank"),
    ] {
        let reply = program
            .post(
                &format!("/leads/{id}/convert"),
                json!({ "details": details }),
            )
            .await;
        assert_eq!(reasons(&reply), expected);
    }
    assert_eq!(names(&sandbox), ["a"]);
    assert_eq!(held(&sandbox), [1, 0, 1, 0]);
}

#[tokio::test]
async fn converted_leads_are_found_when_asked_for() {
    let (sandbox, program) = quick().await;
    let id = program.lead(json!({ "name": "Dot" })).await;
    program
        .post(&format!("/leads/{id}/convert"), json!({ "details": {} }))
        .await;
    let found = program.post("/leads/search", json!({})).await;
    assert_eq!(found.json(), json!([]));
    let search = json!({ "include_converted_leads": true });
    let leads = program.post("/leads/search", search).await.json();
    assert_eq!(leads.as_array().unwrap().len(), 1);
    assert_eq!(
        (&leads[0]["name"], &leads[0]["id"]),
        (&json!("Dot"), &json!(id))
    );
    assert_eq!(
        leads[0]["converted_contact_id"],
        sandbox.records("people")[0]["id"]
    );
    assert!(leads[0]["converted_at"].is_i64());
}
