//! Updates and deletions: absent fields keep their values, `null` clears, others are set.

use serde_json::{Value, json};

use copper_crm_sandbox::Sandbox;

use crate::{Program, names, quick, reasons};

#[tokio::test]
async fn only_the_fields_that_are_sent_change() {
    let (sandbox, program) = quick().await;
    let sent = json!({ "name": "Ada King", "details": "stays", "title": "goes", "tags": ["a", "b"], "assignee_id": 7 });
    let id = program.lead(sent).await;
    let before = sandbox.leads()[0].clone();
    let nothing = program.put(&format!("/leads/{id}"), json!({})).await;
    assert_eq!((nothing.status, nothing.json()), (200, before));

    let change =
        json!({ "name": "Ada Lovelace", "title": null, "tags": ["c"], "monetary_value": 5 });
    let reply = program.put(&format!("/leads/{id}"), change).await;
    let lead = reply.json();
    assert_eq!((reply.status, &lead["id"]), (200, &json!(id)));
    assert_eq!(
        [
            &lead["details"],
            &lead["title"],
            &lead["tags"],
            &lead["monetary_value"],
            &lead["assignee_id"]
        ],
        [
            &json!("stays"),
            &Value::Null,
            &json!(["c"]),
            &json!(5),
            &json!(7)
        ]
    );
    assert_eq!(
        (&lead["first_name"], &lead["last_name"]),
        (&json!("Ada"), &json!("Lovelace"))
    );
    assert_eq!(program.get(&format!("/leads/{id}")).await.json(), lead);
}

#[tokio::test]
async fn null_clears_single_values_and_empties_lists() {
    let (_sandbox, program) = quick().await;
    let full = json!({
        "name": "x", "email": { "email": "a@b.c", "category": "work" }, "phone_numbers": [{ "number": "1" }], "address": { "city": "c" },
        "assignee_id": 1, "company_name": "c", "customer_source_id": 331_240, "details": "d", "monetary_value": 1.5,
        "socials": [{ "url": "u" }], "status_id": 208_232, "tags": ["t"], "title": "t", "websites": [{ "url": "u" }],
    });
    let id = program.lead(full.clone()).await;
    for (field, held) in full.as_object().unwrap() {
        let reply = program
            .put(&format!("/leads/{id}"), json!({ field: null }))
            .await;
        match field.as_str() {
            "name" => assert_eq!(reasons(&reply), "Name: can't be blank"),
            "status_id" => assert_eq!(reply.json()["status"], "New"),
            _ if held.is_array() => assert_eq!(reply.json()[field], json!([]), "{field}"),
            _ => assert_eq!(reply.json()[field], Value::Null, "{field}"),
        }
    }
}

#[tokio::test]
async fn custom_fields_that_are_not_sent_stay_untouched() {
    let sandbox = Sandbox::builder().scale(1e-6).without_lookups();
    let sandbox = sandbox.start().await.unwrap();
    let program = Program::of(&sandbox);
    let field = |id: i64, value: Value| json!({ "custom_field_definition_id": id, "value": value });
    let fields = [
        field(1, json!("text")),
        field(2, json!([7, 8])),
        field(3, json!(true)),
        field(4, json!(50)),
    ];
    let id = program
        .lead(json!({ "name": "x", "custom_fields": fields }))
        .await;
    let update = async |change: Value| {
        let reply = program
            .put(&format!("/leads/{id}"), json!({ "custom_fields": change }))
            .await;
        reply.json()["custom_fields"].clone()
    };
    let after = update(json!([
        field(2, json!([9])),
        field(4, Value::Null),
        field(5, json!(1))
    ]))
    .await;
    assert_eq!(
        after,
        json!([
            field(1, json!("text")),
            field(2, json!([9])),
            field(3, json!(true)),
            field(4, Value::Null),
            field(5, json!(1))
        ])
    );
    let after = update(json!([field(2, Value::Null), field(3, Value::Null)])).await;
    assert_eq!(
        (&after[1]["value"], &after[2]["value"]),
        (&json!([]), &json!(false))
    );
    assert_eq!(update(json!([])).await, after);
}

#[tokio::test]
async fn the_date_of_change_tells_of_changes_only() {
    let (sandbox, program) = quick().await;
    let id = sandbox
        .put(
            "leads",
            &json!({ "name": "x", "date_created": 7, "date_modified": 8 }),
        )
        .unwrap();
    let path = format!("/leads/{id}");
    assert_eq!(
        program.put(&path, json!({})).await.json()["date_modified"],
        8
    );
    let lead = program.put(&path, json!({ "details": "d" })).await.json();
    assert!(lead["date_modified"].as_i64() > Some(8));
    assert_eq!(lead["date_created"], 7);
}

#[tokio::test]
async fn an_update_that_is_not_valid_changes_nothing() {
    let (sandbox, program) = quick().await;
    let id = program.lead(json!({ "name": "x" })).await;
    let before = sandbox.leads();
    for (change, expected) in [
        (
            json!({ "details": "d", "name": " " }),
            "Name: can't be blank",
        ),
        (
            json!({ "details": "d", "status_id": 1 }),
            "Status Id: is invalid",
        ),
        (
            json!({ "details": "d", "nickname": "y" }),
            "Base: Unrecognized attributes specified: nickname",
        ),
        (json!({ "details": "d", "tags": [1] }), "Tags: is invalid"),
    ] {
        let reply = program.put(&format!("/leads/{id}"), change).await;
        assert_eq!(reasons(&reply), expected);
    }
    assert_eq!(program.put("/leads/1", json!({})).await.status, 404);
    assert_eq!(program.put(&format!("/leads/{id}"), "{").await.status, 400);
    assert_eq!(sandbox.leads(), before);
}

#[tokio::test]
async fn a_deleted_lead_is_gone() {
    let (sandbox, program) = quick().await;
    let id = program.lead(json!({ "name": "x" })).await;
    program.lead(json!({ "name": "y" })).await;
    let path = format!("/leads/{id}");
    let reply = program.delete(&path).await;
    assert_eq!(
        (reply.status, reply.json()),
        (200, json!({ "id": id, "is_deleted": true }))
    );
    assert_eq!(program.get(&path).await.status, 404);
    assert_eq!(program.delete(&path).await.status, 404);
    assert_eq!(program.put(&path, json!({})).await.status, 404);
    assert_eq!(names(&sandbox), ["y"]);
}

#[tokio::test]
async fn computed_values_may_be_asked_for() {
    let (sandbox, program) = quick().await;
    let id = program.lead(json!({ "name": "x" })).await;
    let reply = program
        .get(&format!("/leads/{id}?custom_field_computed_values=true"))
        .await;
    assert_eq!((reply.status, &reply.json()["name"]), (200, &json!("x")));
    let query = sandbox.arrivals()[1].query.clone();
    assert_eq!(query.as_deref(), Some("custom_field_computed_values=true"));
}
