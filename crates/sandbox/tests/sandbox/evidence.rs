//! Rules where foreign clients or the documentation disagree with a strict reading, one test for each.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Program, names, quick, reasons, reply};

/// The names of the leads that a search finds.
async fn found(program: &Program, search: Value) -> Vec<String> {
    let reply = program.post("/leads/search", &search).await;
    assert_eq!(reply.status, 200, "{search}");
    let leads = reply.json();
    let leads = leads.as_array().unwrap().iter();
    leads
        .map(|lead| lead["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_path_makes_no_difference() {
    let (sandbox, program) = quick().await;
    let reply = program.post("/leads/", json!({ "name": "a" })).await;
    assert_eq!(reply.status, 200);
    let id = &reply.json()["id"];
    assert_eq!(program.get(&format!("/leads/{id}/")).await.status, 200);
    assert_eq!(program.post("/leads/search/", "{}").await.status, 200);
    assert_eq!(sandbox.arrivals()[0].operation, Some("create_lead"));
}

#[tokio::test]
async fn a_request_without_a_body_is_an_empty_object() {
    let (_sandbox, program) = quick().await;
    let id = program.lead(json!({ "name": "a" })).await;
    let path = format!("/leads/{id}");
    for (method, path) in [
        (Method::POST, "/leads/search"),
        (Method::POST, "/users/search"),
        (Method::PUT, path.as_str()),
    ] {
        let bare = program.request(method, path);
        assert_eq!(reply(bare).await.unwrap().status, 200, "{path}");
    }
    let bare = program.request(Method::POST, "/leads");
    assert_eq!(reasons(&reply(bare).await.unwrap()), "Name: can't be blank");
}

#[tokio::test]
async fn phone_numbers_are_found_by_the_documented_example() {
    let (_sandbox, program) = quick().await;
    let phone = json!([{ "number": "510-555-1234" }]);
    program
        .lead(json!({ "name": "a", "phone_numbers": phone }))
        .await;
    for (wanted, finds) in [
        (json!("408-555-1234"), true),
        (json!({ "value": "510555", "match": "partial" }), false),
        (json!({ "value": "551234", "match": "partial" }), true),
    ] {
        let names = found(&program, json!({ "phone_number": wanted })).await;
        assert_eq!(!names.is_empty(), finds, "{wanted}");
    }
}

#[tokio::test]
async fn numbers_can_be_written_as_strings() {
    let (_sandbox, program) = quick().await;
    let lead = json!({ "name": "7", "customer_source_id": "331240", "monetary_value": "10.5" });
    let lead = program.post("/leads", lead).await.json();
    assert_eq!(lead["customer_source_id"], 331_240);
    assert_eq!(
        (&lead["monetary_value"], &lead["name"]),
        (&json!(10.5), &json!("7"))
    );
    let items = json!([{ "name": "b", "customer_source_id": "331240" }]);
    let items = program.items("/leads/bulk_create", items).await;
    assert_eq!(items[0]["customer_source_id"], 331_240);
    let path = format!("/leads/{}", lead["id"]);
    let reply = program.put(&path, json!({ "assignee_id": "test" })).await;
    assert!(reasons(&reply).ends_with("IDs must be positive integers: test"));
}

#[tokio::test]
async fn a_lead_that_was_read_can_be_sent_back_and_unknown_fields_are_refused() {
    let (_sandbox, program) = quick().await;
    let id = program.lead(json!({ "name": "Ada King" })).await;
    let path = format!("/leads/{id}");
    let mut lead = program.get(&path).await.json();
    lead["details"] = json!("new");
    let updated = program.put(&path, &lead).await;
    assert_eq!(
        (updated.status, &updated.json()["details"]),
        (200, &json!("new"))
    );
    lead["first_name"] = json!("Bob");
    lead["date_created"] = json!(7);
    let updated = program.put(&path, &lead).await.json();
    assert_eq!(updated["first_name"], "Ada");
    assert_ne!(updated["date_created"], 7);
    let copy = program.post("/leads", &lead).await;
    assert_ne!(copy.json()["id"], id);
    lead["nickname"] = json!("Al");
    let refused = program.put(&path, &lead).await;
    assert_eq!(
        reasons(&refused),
        "Base: Unrecognized attributes specified: nickname"
    );
}

#[tokio::test]
async fn a_conversion_makes_a_company_even_of_a_lead_without_one() {
    let (sandbox, program) = quick().await;
    let id = program.lead(json!({ "name": "Ada King" })).await;
    let path = format!("/leads/{id}/convert");
    let made = program.post(&path, json!({ "details": {} })).await.json();
    assert_eq!(made["company"]["name"], "Ada King");
    assert_eq!(made["person"]["company_id"], made["company"]["id"]);
    assert_eq!(sandbox.records("companies").len(), 1);
}

#[tokio::test]
async fn nested_values_come_back_with_all_their_fields() {
    let (_sandbox, program) = quick().await;
    let lead = json!({
        "name": "a", "address": { "city": "Paris" }, "email": { "email": "a@b.c" }, "phone_numbers": [{ "number": "1" }],
        "websites": [{ "url": "w" }], "socials": [{ "url": "s", "category": "twitter" }]
    });
    let lead = program.post("/leads", lead).await.json();
    assert_eq!(
        lead["address"],
        json!({ "street": null, "city": "Paris", "state": null, "postal_code": null, "country": null })
    );
    assert_eq!(lead["email"], json!({ "email": "a@b.c", "category": null }));
    assert_eq!(
        [&lead["phone_numbers"], &lead["websites"], &lead["socials"]],
        [
            &json!([{ "number": "1", "category": null }]),
            &json!([{ "url": "w", "category": null }]),
            &json!([{ "url": "s", "category": "twitter" }]),
        ]
    );
    let people = json!([{ "name": "p", "emails": [{ "email": "p@b.c" }] }]);
    let people = program.items("/people/bulk_create", people).await;
    assert_eq!(
        people[0]["emails"],
        json!([{ "email": "p@b.c", "category": null }])
    );
}

#[tokio::test]
async fn an_upsert_can_match_by_name() {
    let (sandbox, program) = quick().await;
    program.lead(json!({ "name": "Ada King" })).await;
    for (name, details) in [("ada king", "updated"), ("Bob", "created")] {
        let by = json!({ "field_name": "name", "field_value": name });
        let properties = json!({ "name": name, "details": details });
        let upsert = json!({ "properties": properties, "match": by });
        assert_eq!(
            program.put("/leads/upsert", upsert).await.json()["details"],
            details
        );
    }
    assert_eq!(names(&sandbox), ["ada king", "Bob"]);
}

#[tokio::test]
async fn searches_take_an_empty_list_of_socials_and_tags_without_an_option() {
    let (_sandbox, program) = quick().await;
    let socials = json!([{ "url": "https://x.com/a" }]);
    program
        .lead(json!({ "name": "a", "tags": ["t"], "socials": socials }))
        .await;
    program.lead(json!({ "name": "b" })).await;
    assert_eq!(found(&program, json!({ "socials": [] })).await, ["a", "b"]);
    assert_eq!(
        found(&program, json!({ "socials": ["x.com"] })).await,
        ["a"]
    );
    assert_eq!(
        found(&program, json!({ "tags": { "value": ["t", "u"] } })).await,
        ["a"]
    );
}

#[tokio::test]
async fn a_conversion_can_ask_for_nothing() {
    let (_sandbox, program) = quick().await;
    for body in ["{}", ""] {
        let id = program
            .lead(json!({ "name": "a", "company_name": "C" }))
            .await;
        let made = program.post(&format!("/leads/{id}/convert"), body).await;
        assert_eq!(
            (made.status, &made.json()["person"]["name"]),
            (200, &json!("a"))
        );
    }
}

#[tokio::test]
async fn parameters_of_a_search_count_where_the_body_lacks_them() {
    let (_sandbox, program) = quick().await;
    for n in 0..30 {
        program
            .lead(json!({ "name": format!("Lead {n:02}") }))
            .await;
    }
    for (path, body, length) in [
        ("/leads/search", json!({}), 20),
        ("/leads/search?page_size=25", json!({}), 25),
        ("/leads/search?page_size=25", json!({ "page_size": 5 }), 5),
        ("/leads/search?page_size=25&page_number=2&x=1", json!({}), 5),
        ("/users/search?page_size=2", json!({}), 2),
    ] {
        let page = program.post(path, body).await.json();
        assert_eq!(page.as_array().unwrap().len(), length, "{path}");
    }
    let refused = program.post("/leads/search?page_size=0", "{}").await;
    assert_eq!(reasons(&refused), "Page Size: is invalid");
}

#[tokio::test]
async fn a_new_lead_shows_its_unset_custom_fields() {
    let (_sandbox, program) = quick().await;
    let size = json!({ "custom_field_definition_id": 126_240, "value": 167_778 });
    let lead = program
        .post("/leads", json!({ "name": "a", "custom_fields": [size] }))
        .await
        .json();
    let fields = lead["custom_fields"].as_array().unwrap();
    let value = |id: i64| {
        let field = fields
            .iter()
            .find(|field| field["custom_field_definition_id"] == id);
        field.unwrap()["value"].clone()
    };
    assert_eq!(fields.len(), 12);
    assert_eq!(
        [
            value(126_240),
            value(126_241),
            value(126_242),
            value(126_243)
        ],
        [json!(167_778), json!([]), Value::Null, json!(false)]
    );
}

#[tokio::test]
async fn text_fields_can_t_be_searched_and_an_unknown_source_is_refused() {
    let (_sandbox, program) = quick().await;
    for (filter, status) in [
        (
            json!({ "custom_field_definition_id": 100_764, "value": "x" }),
            422,
        ),
        (
            json!({ "custom_field_definition_id": 126_248, "value": "x" }),
            422,
        ),
        (
            json!({ "custom_field_definition_id": 100_764, "allow_empty": true }),
            500,
        ),
        (
            json!({ "custom_field_definition_id": 126_240, "value": [167_778] }),
            200,
        ),
    ] {
        let search = json!({ "custom_fields": [filter] });
        assert_eq!(
            program.post("/leads/search", &search).await.status,
            status,
            "{filter}"
        );
    }
    let lead = json!({ "name": "a", "customer_source_id": 1 });
    let refused = program.post("/leads", lead).await;
    assert_eq!(reasons(&refused), "Customer Source Id: is invalid");
}
