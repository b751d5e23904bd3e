//! The documented rules, and those that were recorded on the live API.

use copper_crm_sandbox::Sandbox;

use serde_json::json;

use crate::{Program, names};

/// The fields of the answer in Copper's documentation, in its order.
const DOCUMENTED_FIELDS: [&str; 26] = [
    "id",
    "name",
    "prefix",
    "first_name",
    "last_name",
    "middle_name",
    "suffix",
    "address",
    "assignee_id",
    "company_name",
    "customer_source_id",
    "details",
    "email",
    "interaction_count",
    "monetary_value",
    "socials",
    "status",
    "status_id",
    "tags",
    "title",
    "websites",
    "phone_numbers",
    "custom_fields",
    "date_created",
    "date_modified",
    "date_last_contacted",
];

#[tokio::test]
async fn a_created_lead_has_every_documented_field() {
    let sandbox = Sandbox::start().await.unwrap();
    let program = Program::of(&sandbox);
    let sent = json!({
        "name": "Lead One", "email": { "email": "one@example.com", "category": "work" }, "tags": ["a"], "details": null,
        "address": { "street": null, "city": "Savannah", "state": null, "postal_code": null, "country": null },
        "custom_fields": [{ "custom_field_definition_id": 100764, "value": "text" }],
    });
    let reply = program.post("/leads", &sent).await;
    let lead = reply.json();
    assert_eq!(reply.status, 200);
    assert_eq!(lead.as_object().unwrap().len(), DOCUMENTED_FIELDS.len());
    assert!(
        DOCUMENTED_FIELDS
            .iter()
            .all(|field| lead.get(field).is_some()),
        "{lead}"
    );
    assert_eq!(
        (&lead["first_name"], &lead["last_name"]),
        (&json!("Lead"), &json!("One"))
    );
    assert_eq!(
        (&lead["status"], &lead["status_id"]),
        (&json!("New"), &json!(208_231))
    );
    for field in ["name", "email", "tags", "address", "details"] {
        assert_eq!(lead[field], sent[field]);
    }
    assert_eq!(lead["custom_fields"][0], sent["custom_fields"][0]);
    assert_eq!(lead["websites"], json!([]));
    assert!(lead["date_created"].as_u64().unwrap() > 1_700_000_000);
    assert_eq!(
        program.get(&format!("/leads/{}", lead["id"])).await.json(),
        lead
    );
    assert_eq!(sandbox.leads(), [lead]);
}

#[tokio::test]
async fn a_lead_gets_the_status_it_asks_for() {
    let sandbox = Sandbox::builder()
        .lead_status(7, "Ours")
        .start()
        .await
        .unwrap();
    let program = Program::of(&sandbox);
    let statuses = program.get("/lead_statuses").await.json();
    assert_eq!(
        statuses[0],
        json!({ "id": 208_231, "name": "New", "order": 1, "is_default": true })
    );
    assert_eq!(
        statuses[5],
        json!({ "id": 7, "name": "Ours", "order": 6, "is_default": false })
    );
    assert_eq!(
        program
            .post("/leads", json!({ "name": "x", "status_id": 7 }))
            .await
            .json()["status"],
        "Ours"
    );
    assert_eq!(
        program
            .post("/leads", json!({ "name": "x", "status_id": 8 }))
            .await
            .status,
        422
    );
}

#[tokio::test]
async fn a_single_lead_that_is_not_valid_gets_the_recorded_message() {
    let sandbox = Sandbox::start().await.unwrap();
    let program = Program::of(&sandbox);
    for (lead, reasons) in [
        (json!({}), "Name: can't be blank"),
        (json!(null), "Name: can't be blank"),
        (json!({ "name": "  " }), "Name: can't be blank"),
        (
            json!({ "name": "x", "pageSize": 1 }),
            "Base: Unrecognized attributes specified: pageSize",
        ),
        (
            json!({ "url": "u" }),
            "Base: Unrecognized attributes specified: url\nName: can't be blank",
        ),
        (
            json!({ "name": "x", "assignee_id": "test" }),
            "Assignee Id: Invalid value for Assignee Id: IDs must be positive integers: test",
        ),
    ] {
        let reply = program.post("/leads", lead).await;
        let message = format!("Invalid input: Validation errors: {reasons}");
        assert_eq!(reply.status, 422);
        assert_eq!(
            reply.json(),
            json!({ "success": false, "status": 422, "message": message })
        );
    }
    assert!(names(&sandbox).is_empty());
}

#[tokio::test]
async fn in_bulk_each_lead_gets_its_own_item_at_its_own_place() {
    let sandbox = Sandbox::start().await.unwrap();
    let program = Program::of(&sandbox);
    let leads = json!([{ "name": "A" }, { "name": " " }, {}, "text", { "name": "B", "tags": "c" }, { "name": "D", "x": 1, "y": 2 }, { "name": "E" }]);
    let reply = program
        .post("/leads/bulk_create", json!({ "leads": leads }))
        .await;
    let items = reply.json();
    let failure = |message| json!({ "success": false, "message": message });
    let no_name = failure(json!({ "name": [{ "error": "invalid" }] }));
    assert_eq!(reply.status, 200);
    assert_eq!(items.as_array().unwrap().len(), 7);
    assert_eq!(
        (&items[0]["name"], &items[6]["name"]),
        (&json!("A"), &json!("E"))
    );
    assert_eq!([&items[1], &items[2], &items[3]], [&no_name; 3]);
    assert_eq!(
        items[4],
        failure(json!({ "tags": [{ "error": "invalid" }] }))
    );
    assert_eq!(
        items[5],
        failure(json!({ "base": [{ "error": "Unrecognized attributes specified: x, y" }] }))
    );
    assert_eq!(names(&sandbox), ["A", "E"]);
    assert!(items[0]["id"].as_i64() < items[6]["id"].as_i64());
}

#[tokio::test]
async fn too_large_a_bulk_request_is_refused_whole_with_the_documented_body() {
    let sandbox = Sandbox::start().await.unwrap();
    let program = Program::of(&sandbox);
    let reply = program.bulk(&["x"; 11]).await;
    assert_eq!(reply.status, 422);
    assert_eq!(
        String::from_utf8(reply.body).unwrap(),
        r#"{"error":"Request size too large, limit is 10"}"#
    );
    assert!(names(&sandbox).is_empty());
    assert_eq!(program.bulk(&["x"; 10]).await.status, 200);
    assert_eq!(
        sandbox
            .arrivals()
            .iter()
            .map(|arrival| arrival.items)
            .collect::<Vec<_>>(),
        [11, 10]
    );
}

#[tokio::test]
async fn invalid_requests_are_refused() {
    let sandbox = Sandbox::builder().scale(1e-6).start().await.unwrap();
    let program = Program::of(&sandbox);
    assert_eq!(program.post("/leads", "{\"name\":").await.status, 400);
    assert_eq!(program.post("/leads/bulk_create", "{").await.status, 400);
    assert_eq!(program.post("/leads/bulk_create", "").await.status, 422);
    for body in [
        json!({}),
        json!([]),
        json!({ "leads": null }),
        json!({ "leads": 3 }),
        json!({ "leads": [], "people": [] }),
    ] {
        assert_eq!(program.post("/leads/bulk_create", body).await.status, 422);
    }
    assert_eq!(
        program
            .post("/leads/bulk_create", json!({ "leads": [] }))
            .await
            .json(),
        json!([])
    );
    let missing = json!({ "success": false, "status": 404, "message": "Resource not found" });
    assert_eq!(program.get("/leads/1").await.json(), missing);
    assert_eq!(program.get("/leads/x").await.json(), missing);
    for path in ["/leads", "/nothing", "/leads/1/2"] {
        let reply = program.get(path).await;
        assert_eq!(
            (reply.status, reply.json()),
            (404, json!({ "error": "not_found" })),
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_response_has_the_recorded_headers() {
    let sandbox = Sandbox::start().await.unwrap();
    let program = Program::of(&sandbox);
    let replies = [
        program.bulk(&["a"]).await,
        program.get("/leads/1").await,
        program.post("/leads", "").await,
    ];
    for reply in &replies {
        assert_eq!(
            reply.header("content-type"),
            Some("application/json; charset=utf-8")
        );
        assert!(reply.header("x-runtime").unwrap().parse::<f64>().unwrap() >= 0.0);
    }
    let ids = replies
        .each_ref()
        .map(|reply| reply.header("x-request-id").unwrap().to_owned());
    assert_ne!(ids[0], ids[1]);
}
