//! Searches: matches, order, pages, refusals.

use copper_crm_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::{Program, quick, reasons};

/// The names of the leads that a search finds, in its order.
async fn found(program: &Program, search: Value) -> Vec<String> {
    found_at(program, "/leads/search", search).await
}

async fn found_at(program: &Program, path: &str, search: Value) -> Vec<String> {
    let reply = program.post(path, &search).await;
    assert_eq!(reply.status, 200, "{search}");
    let leads = reply.json();
    let leads = leads.as_array().unwrap().iter();
    leads
        .map(|lead| lead["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Two leads that differ in everything, and one with almost no values.
fn three_leads(sandbox: &Sandbox) -> i64 {
    let ada = json!({
        "name": "Ada King Lovelace", "email": { "email": "ada@x.com", "category": "work" }, "company_name": "Engines", "title": "Countess",
        "phone_numbers": [{ "number": "(415) 555-1234" }], "assignee_id": 7, "customer_source_id": 331_240, "status_id": 208_232,
        "address": { "city": "London", "state": "LDN", "postal_code": "W1", "country": "GB" }, "tags": ["maths", "poetry"],
        "socials": [{ "url": "https://twitter.com/ada" }], "monetary_value": 100, "interaction_count": 3,
        "date_last_contacted": 2_000, "date_created": 1_000, "date_modified": 3_000,
        "custom_fields": [{ "custom_field_definition_id": 6, "value": 1_515_744_500 }, { "custom_field_definition_id": 12, "value": [8, 9] }]
    });
    let bob = json!({
        "name": "Bob", "email": { "email": "bob@y.com" }, "phone_numbers": [{ "number": "999" }], "assignee_id": 8,
        "address": { "city": "Paris", "state": null, "country": "FR" }, "tags": ["maths"], "monetary_value": 5.5, "interaction_count": 1,
        "date_last_contacted": 1_000, "date_created": 500, "date_modified": 600,
        "custom_fields": [{ "custom_field_definition_id": 12, "value": [] }, { "custom_field_definition_id": 13, "value": "text" }]
    });
    let ids = [ada, bob, json!({ "name": "Cyd" })].map(|lead| sandbox.put("leads", &lead).unwrap());
    ids[1]
}

#[tokio::test]
async fn every_filter_finds_whom_it_describes() {
    let (sandbox, program) = quick().await;
    let bob = three_leads(&sandbox);
    let (ada, bob_only, cyd): (&[&str], &[&str], &[&str]) =
        (&["Ada King Lovelace"], &["Bob"], &["Cyd"]);
    let (both, nobody): (&[&str], &[&str]) = (&["Ada King Lovelace", "Bob"], &[]);
    let (not_ada, not_bob): (&[&str], &[&str]) = (&["Bob", "Cyd"], &["Ada King Lovelace", "Cyd"]);
    let field = |filter: Value| json!({ "custom_fields": [filter] });
    let cases = [
        (json!({ "ids": [bob] }), bob_only),
        (json!({ "name": "ada king lovelace" }), ada),
        (json!({ "name": "Ada" }), nobody),
        (
            json!({ "first_name": "Ada", "middle_name": "King", "last_name": "Lovelace" }),
            ada,
        ),
        (
            json!({ "company_name": "Engines", "title": "Countess" }),
            ada,
        ),
        (json!({ "emails": "ADA@x.com" }), ada),
        (json!({ "phone_number": "1234" }), ada),
        (json!({ "phone_number": "5551" }), nobody),
        (json!({ "phone_number": "+1 415 555-1234" }), ada),
        (
            json!({ "phone_number": { "value": "4155551234", "match": "partial" } }),
            ada,
        ),
        (json!({ "assignee_ids": [7, 9] }), ada),
        (json!({ "assignee_ids": [-2, 8] }), not_ada),
        (
            json!({ "assignee_ids": [] }),
            &["Ada King Lovelace", "Bob", "Cyd"],
        ),
        (json!({ "status_ids": [208_231] }), not_ada),
        (json!({ "customer_source_ids": [331_240] }), ada),
        (json!({ "customer_source_ids": [-2] }), not_ada),
        (
            json!({ "city": "london", "state": "ldn", "postal_code": "w1", "country": "gb" }),
            ada,
        ),
        (json!({ "city": "" }), cyd),
        (json!({ "state": "" }), not_ada),
        (json!({ "tags": ["poetry", "other"] }), ada),
        (
            json!({ "tags": { "option": "ANY", "value": ["maths"] } }),
            both,
        ),
        (
            json!({ "tags": { "option": "ALL", "value": ["maths", "poetry"] } }),
            ada,
        ),
        (
            json!({ "tags": { "option": "NONE", "value": ["poetry"] } }),
            not_ada,
        ),
        (json!({ "tags": [] }), cyd),
        (json!({ "socials": "twitter.com/ada" }), ada),
        (json!({ "followed": 1, "name": "Bob" }), bob_only),
        (json!({ "age": 3_600 }), cyd),
        (
            json!({ "minimum_monetary_value": 5.5, "maximum_monetary_value": 99 }),
            bob_only,
        ),
        (json!({ "maximum_interaction_count": 2 }), not_ada),
        (
            json!({ "minimum_interaction_count": 0, "maximum_interaction_count": 0 }),
            cyd,
        ),
        (json!({ "minimum_interaction_date": 1_001 }), ada),
        (
            json!({ "minimum_created_date": 500, "maximum_created_date": 999 }),
            bob_only,
        ),
        (json!({ "minimum_modified_date": 3_001 }), cyd),
        (json!({ "maximum_status_change_date": 3_001 }), nobody),
        (
            json!({ "minimum_status_change_date": 3_001, "name": "Bob" }),
            bob_only,
        ),
        (
            field(
                json!({ "custom_field_definition_id": 6, "minimum_value": 1_515_744_000, "maximum_value": 1_515_745_000 }),
            ),
            ada,
        ),
        (
            field(json!({ "custom_field_definition_id": 12, "value": [8], "option": "ANY" })),
            ada,
        ),
        (
            field(json!({ "custom_field_definition_id": 12, "value": [8, 1], "option": "ALL" })),
            nobody,
        ),
        (
            field(json!({ "custom_field_definition_id": 12, "value": [8], "option": "NONE" })),
            not_ada,
        ),
        (
            field(json!({ "custom_field_definition_id": 12, "allow_empty": true })),
            not_ada,
        ),
        (json!({ "tags": ["maths"], "assignee_ids": [8] }), bob_only),
        (json!({ "tags": ["maths"], "name": null }), both),
        (json!({ "assignee_ids": [7, -2] }), not_bob),
    ];
    for (search, expected) in cases {
        assert_eq!(found(&program, search.clone()).await, expected, "{search}");
    }
}

#[tokio::test]
async fn numbers_may_be_sent_as_texts() {
    let (sandbox, program) = quick().await;
    three_leads(&sandbox);
    let search = json!({
        "page_number": "1", "page_size": "2", "assignee_ids": ["7", "-2"], "maximum_created_date": "1754518014",
        "minimum_monetary_value": "99.5", "custom_fields": [{ "custom_field_definition_id": "12", "value": ["9"] }]
    });
    assert_eq!(found(&program, search).await, ["Ada King Lovelace"]);
}

#[tokio::test]
async fn what_is_found_is_sorted_as_asked() {
    let (sandbox, program) = quick().await;
    three_leads(&sandbox);
    for (by, direction, expected) in [
        ("name", "asc", ["Ada King Lovelace", "Bob", "Cyd"]),
        ("name", "desc", ["Cyd", "Bob", "Ada King Lovelace"]),
        ("value", "asc", ["Bob", "Ada King Lovelace", "Cyd"]),
        ("email", "desc", ["Bob", "Ada King Lovelace", "Cyd"]),
        ("date_created", "asc", ["Bob", "Ada King Lovelace", "Cyd"]),
        ("date_modified", "desc", ["Cyd", "Ada King Lovelace", "Bob"]),
        ("city", "desc", ["Bob", "Ada King Lovelace", "Cyd"]),
        ("inactive_days", "asc", ["Cyd", "Ada King Lovelace", "Bob"]),
    ] {
        let search = json!({ "sort_by": by, "sort_direction": direction });
        assert_eq!(found(&program, search).await, expected, "{by} {direction}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_and_the_header_counts_all() {
    let (sandbox, program) = quick().await;
    for n in 0..45 {
        sandbox
            .put("leads", &json!({ "name": format!("{n:02}") }))
            .unwrap();
    }
    let mut all = Vec::new();
    for (page, size) in [(1, 20), (2, 20), (3, 5), (4, 0)] {
        let reply = program
            .post("/leads/search", json!({ "page_number": page }))
            .await;
        assert_eq!(reply.header("X-PW-TOTAL"), Some("45"));
        let leads = reply.json().as_array().unwrap().clone();
        assert_eq!(leads.len(), size);
        all.extend(leads);
    }
    assert_eq!(all, sandbox.leads());
    assert_eq!(found(&program, json!({ "page_size": 200 })).await.len(), 45);
    assert_eq!(
        found(&program, json!({ "page_size": 1, "page_number": 45 })).await,
        ["44"]
    );
    assert!(
        found(&program, json!({ "page_number": i64::MAX }))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn an_invalid_search_is_refused() {
    let (sandbox, program) = quick().await;
    three_leads(&sandbox);
    for (search, expected) in [
        (
            json!({ "pageSize": 1 }),
            "Base: Unrecognized attributes specified: pageSize",
        ),
        (json!({ "page_size": 201 }), "Page Size: is invalid"),
        (
            json!({ "page_size": 0, "page_number": 0 }),
            "Page Number: is invalid\nPage Size: is invalid",
        ),
        (json!({ "page_size": "many" }), "Page Size: is invalid"),
        (json!({ "sort_by": "mood" }), "Sort By: is invalid"),
        (
            json!({ "sort_direction": "up" }),
            "Sort Direction: is invalid",
        ),
        (json!({ "country": "France" }), "Country: is invalid"),
        (json!({ "followed": 3 }), "Followed: is invalid"),
        (json!({ "emails": ["a@b.c"] }), "Emails: is invalid"),
        (
            json!({ "tags": { "option": "MOST", "value": ["a"] } }),
            "Tags: is invalid",
        ),
        (
            json!({ "phone_number": { "value": "5", "match": "vague" } }),
            "Phone Number: is invalid",
        ),
        (
            json!({ "custom_fields": [{ "value": 1 }] }),
            "Custom Fields: is invalid",
        ),
    ] {
        assert_eq!(
            reasons(&program.post("/leads/search", search).await),
            expected
        );
    }
    assert_eq!(program.post("/leads/search", "{").await.status, 400);
}

#[tokio::test]
async fn looking_for_empty_texts_is_an_error_500_as_it_was_seen_live() {
    let (sandbox, program) = quick().await;
    three_leads(&sandbox);
    let search =
        json!({ "custom_fields": [{ "custom_field_definition_id": 13, "allow_empty": true }] });
    assert_eq!(program.post("/leads/search", search).await.status, 500);
}

#[tokio::test]
async fn a_change_of_status_is_remembered_with_its_time() {
    let (sandbox, program) = quick().await;
    let id = sandbox.put("leads", &json!({ "name": "x" })).unwrap();
    let reply = program
        .put(&format!("/leads/{id}"), json!({ "status_id": 208_233 }))
        .await;
    let lead = reply.json();
    assert_eq!(
        (&lead["status"], &lead["status_id"]),
        (&json!("Unqualified"), &json!(208_233))
    );
    let changed = &lead["date_modified"];
    let search = json!({ "minimum_status_change_date": changed, "status_ids": [208_233] });
    assert_eq!(found(&program, search).await, ["x"]);
}

#[tokio::test]
async fn people_and_companies_are_found_by_their_own_criteria() {
    let (sandbox, program) = quick().await;
    let company = sandbox
        .put("companies", &json!({ "name": "Engines", "email_domain": "x.com", "contact_type_id": 5, "date_modified": 2 }))
        .unwrap();
    sandbox
        .put("companies", &json!({ "name": "Acme", "date_modified": 1 }))
        .unwrap();
    let ada = json!({
        "name": "Ada Lovelace", "first_name": "Ada", "emails": [{ "email": "ada@x.com" }, { "email": "ada@y.com" }],
        "company_id": company, "assignee_id": 7
    });
    let ada = sandbox.put("people", &ada).unwrap();
    sandbox
        .put(
            "people",
            &json!({ "name": "Bob", "first_name": "Bob", "emails": [{ "email": "bob@x.com" }] }),
        )
        .unwrap();
    let sale = sandbox
        .put(
            "opportunities",
            &json!({ "name": "Sale", "primary_contact_id": ada }),
        )
        .unwrap();
    for (search, names) in [
        (json!({ "emails": ["ADA@y.com"] }), &["Ada Lovelace"][..]),
        (
            json!({ "emails": ["ada@x.com", "bob@x.com"] }),
            &["Ada Lovelace", "Bob"],
        ),
        (json!({ "company_ids": [company] }), &["Ada Lovelace"]),
        (json!({ "company_ids": [-2] }), &["Bob"]),
        (json!({ "opportunity_ids": [sale] }), &["Ada Lovelace"]),
        (json!({ "ids": [ada], "name": "bob" }), &[]),
        (
            json!({ "sort_by": "email", "sort_direction": "desc" }),
            &["Bob", "Ada Lovelace"],
        ),
    ] {
        assert_eq!(
            found_at(&program, "/people/search", search.clone()).await,
            names,
            "{search}"
        );
    }
    for (search, names) in [
        (json!({}), &["Acme", "Engines"][..]),
        (json!({ "email_domains": "X.com" }), &["Engines"]),
        (json!({ "contact_type_ids": [5] }), &["Engines"]),
        (json!({ "sort_by": "name", "page_size": 1 }), &["Acme"]),
    ] {
        assert_eq!(
            found_at(&program, "/companies/search", search.clone()).await,
            names,
            "{search}"
        );
    }
    for path in ["/people/search", "/companies/search"] {
        let reply = program.post(path, &json!({ "status_ids": [1] })).await;
        assert_eq!(reply.status, 422, "a criterion of leads alone");
    }
}
