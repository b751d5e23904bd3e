//! The bulk endpoints of all entities: required fields, refusals, and the form of their records.

use serde_json::{Value, json};

use crate::quick;

fn failure(field: &str) -> Value {
    json!({ "success": false, "message": { field: [{ "error": "invalid" }] } })
}

/// A failure of an update.
fn failure_of(id: i64, field: &str) -> Value {
    let mut failure = failure(field);
    failure["id"] = json!(id);
    failure
}

#[tokio::test]
async fn every_entity_is_created_with_its_required_fields_and_not_without_them() {
    let (sandbox, program) = quick().await;
    let lead = program.lead(json!({ "name": "l" })).await;
    let activity = json!({ "parent": { "type": "lead", "id": lead }, "type": { "category": "user", "id": 1 }, "details": "d" });
    for (kind, good, needed) in [
        ("leads", json!({ "name": "x" }), "name"),
        ("people", json!({ "name": "x" }), "name"),
        ("companies", json!({ "name": "x" }), "name"),
        (
            "opportunities",
            json!({ "name": "x", "primary_contact_id": 1 }),
            "name",
        ),
        (
            "opportunities",
            json!({ "name": "x", "primary_contact_id": 1 }),
            "primary_contact_id",
        ),
        ("activities", activity, "details"),
    ] {
        let before = sandbox.records(kind).len();
        let (mut without, mut odd) = (good.clone(), good.clone());
        without.as_object_mut().unwrap().remove(needed);
        odd["mood"] = json!("good");
        let records = json!([good, without, odd, good]);
        let items = program
            .items(&format!("/{kind}/bulk_create"), records)
            .await;
        let unknown = json!({ "base": [{ "error": "Unrecognized attributes specified: mood" }] });
        assert_eq!(items[1], failure(needed), "{kind}");
        assert_eq!(
            items[2],
            json!({ "success": false, "message": unknown }),
            "{kind}"
        );
        assert_eq!(
            sandbox.records(kind)[before..],
            [items[0].clone(), items[3].clone()]
        );
    }
    assert!(sandbox.records("tasks").is_empty());
}

/// The fields as they are printed in Copper's documentation.
const FIELDS: [(&str, &str); 4] = [
    (
        "people",
        "id name prefix first_name middle_name last_name suffix address assignee_id company_id company_name contact_type_id details emails \
         phone_numbers socials tags title websites custom_fields date_created date_modified date_last_contacted interaction_count leads_converted_from",
    ),
    (
        "companies",
        "id name address assignee_id contact_type_id details email_domain phone_numbers socials tags websites custom_fields interaction_count \
         date_created date_modified",
    ),
    (
        "opportunities",
        "id name assignee_id close_date company_id company_name customer_source_id details loss_reason_id pipeline_id pipeline_stage_id \
         primary_contact_id priority status tags interaction_count monetary_value win_probability date_last_contacted leads_converted_from \
         date_created date_modified custom_fields",
    ),
    (
        "activities",
        "id parent type user_id details activity_date old_value new_value date_created date_modified",
    ),
];

#[tokio::test]
async fn answers_have_the_documented_fields_and_lists_are_never_null() {
    let (_sandbox, program) = quick().await;
    let project = json!({ "type": "project", "id": 1 });
    let record = json!({ "name": "x", "primary_contact_id": 1, "parent": project, "type": { "category": "user", "id": 1 }, "details": "d" });
    for (kind, fields) in FIELDS {
        let writable: &[&str] = match kind {
            "activities" => &["parent", "type", "details"],
            "opportunities" => &["name", "primary_contact_id"],
            _ => &["name"],
        };
        let sent: serde_json::Map<_, _> = writable
            .iter()
            .map(|field| ((*field).to_owned(), record[field].clone()))
            .collect();
        let items = program
            .items(&format!("/{kind}/bulk_create"), json!([sent]))
            .await;
        let item = items[0].as_object().unwrap();
        let mut expected: Vec<_> = fields.split_whitespace().collect();
        let mut found: Vec<_> = item.keys().map(String::as_str).collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{kind}");
        for list in [
            "tags",
            "emails",
            "phone_numbers",
            "custom_fields",
            "leads_converted_from",
        ] {
            assert!(item.get(list).is_none_or(Value::is_array), "{kind}: {list}");
        }
    }
}

#[tokio::test]
async fn people_who_share_an_address_are_refused_in_the_request_and_in_the_account() {
    let (sandbox, program) = quick().await;
    let person = |name: &str, emails: &[&str]| {
        let emails: Vec<_> = emails
            .iter()
            .map(|email| json!({ "email": email, "category": "work" }))
            .collect();
        json!({ "name": name, "emails": emails })
    };
    let people = json!([
        person("a", &["a@x.com"]),
        person("none", &[]),
        person("b", &["b@x.com", "twin@x.com"]),
        person("c", &["TWIN@x.com"])
    ]);
    let items = program.items("/people/bulk_create", people).await;
    assert_eq!(
        (&items[0]["name"], &items[1]["name"]),
        (&json!("a"), &json!("none"))
    );
    assert_eq!([&items[2], &items[3]], [&failure("emails"); 2]);
    let people = json!([person("again", &["A@x.com"]), person("b", &["b@x.com"])]);
    let items = program.items("/people/bulk_create", people).await;
    assert_eq!(items[0], failure("emails"));
    assert_eq!(items[1]["name"], "b");

    let (a, b) = (
        sandbox.records("people")[0]["id"].as_i64().unwrap(),
        items[1]["id"].as_i64().unwrap(),
    );
    let keep = json!({ "id": a, "emails": [{ "email": "a@x.com" }, { "email": "new@x.com" }] });
    let take = json!({ "id": b, "emails": [{ "email": "a@x.com" }] });
    let items = program.items("/people/bulk_update", json!([keep])).await;
    assert_eq!(items[0]["emails"].as_array().unwrap().len(), 2);
    assert_eq!(
        program.items("/people/bulk_update", json!([take])).await[0],
        failure_of(b, "emails")
    );
    let items = program
        .items("/people/bulk_update", json!([{ "id": a, "emails": null }]))
        .await;
    assert_eq!(items[0]["emails"], json!([]));
    assert_eq!(
        program.items("/people/bulk_update", json!([take])).await[0]["id"],
        b
    );
}

#[tokio::test]
async fn every_bulk_update_gives_records_or_failures_with_their_ids() {
    let (sandbox, program) = quick().await;
    for kind in ["leads", "people", "companies"] {
        let ids: Vec<_> = ["a", "b"]
            .map(|name| {
                sandbox
                    .put(
                        kind,
                        &json!({ "name": name, "details": "d", "tags": ["t"], "assignee_id": 1 }),
                    )
                    .unwrap()
            })
            .into();
        let updates = json!([
            { "id": ids[0], "name": "A", "details": null, "tags": [] },
            { "id": ids[1], "name": null },
            { "id": 1, "name": "x" },
            { "name": "x" },
            { "id": "x" },
            { "id": ids[1], "tags": "t" },
        ]);
        let items = program
            .items(&format!("/{kind}/bulk_update"), updates)
            .await;
        assert_eq!(
            [
                &items[0]["id"],
                &items[0]["name"],
                &items[0]["details"],
                &items[0]["tags"],
                &items[0]["assignee_id"]
            ],
            [
                &json!(ids[0]),
                &json!("A"),
                &Value::Null,
                &json!([]),
                &json!(1)
            ]
        );
        assert_eq!(items[1], failure_of(ids[1], "name"));
        assert_eq!(items[2], failure_of(1, "id"));
        assert_eq!([&items[3], &items[4]], [&failure("id"); 2]);
        assert_eq!(items[5], failure_of(ids[1], "tags"));
        assert_eq!(sandbox.records(kind)[1]["name"], "b");
    }
}

#[tokio::test]
async fn a_record_names_the_company_that_it_belongs_to() {
    let (sandbox, program) = quick().await;
    let company = program
        .items("/companies/bulk_create", json!([{ "name": "C" }]))
        .await;
    let id = &company[0]["id"];
    program
        .items(
            "/people/bulk_create",
            json!([{ "name": "p", "company_id": id }]),
        )
        .await;
    program
        .items(
            "/opportunities/bulk_create",
            json!([{ "name": "o", "primary_contact_id": 1, "company_id": id }]),
        )
        .await;
    assert_eq!(sandbox.records("people")[0]["company_name"], "C");
    assert_eq!(sandbox.records("opportunities")[0]["company_name"], "C");
}

#[tokio::test]
async fn the_size_limit_holds_for_every_bulk_endpoint() {
    let (_sandbox, program) = quick().await;
    for path in [
        "/leads/bulk_create",
        "/leads/bulk_update",
        "/people/bulk_create",
        "/people/bulk_update",
        "/companies/bulk_create",
        "/companies/bulk_update",
        "/opportunities/bulk_create",
        "/activities/bulk_create",
    ] {
        let key = path.split('/').nth(1).unwrap();
        let reply = program
            .post(path, json!({ key: vec![json!({}); 11] }))
            .await;
        assert_eq!(
            (reply.status, reply.json()),
            (
                422,
                json!({ "error": "Request size too large, limit is 10" })
            )
        );
        assert_eq!(program.items(path, json!([])).await, json!([]));
    }
    assert_eq!(
        program
            .post("/opportunities/bulk_update", "{}")
            .await
            .json(),
        json!({ "error": "not_found" })
    );
}
