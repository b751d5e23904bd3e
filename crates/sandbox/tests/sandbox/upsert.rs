//! Upserts: no match creates, one updates, several are refused with their ids.

use serde_json::{Value, json};

use crate::{Program, Reply, names, quick, reasons};

async fn upsert(program: &Program, properties: Value, name: &str, value: Value) -> Reply {
    let by = json!({ "field_name": name, "field_value": value });
    program
        .put(
            "/leads/upsert",
            json!({ "properties": properties, "match": by }),
        )
        .await
}

#[tokio::test]
async fn without_a_match_a_lead_is_created_and_with_one_it_is_updated() {
    let (sandbox, program) = quick().await;
    let ada = json!({ "name": "Ada", "email": { "email": "ada@x.com" }, "details": "stays" });
    let created = upsert(&program, ada, "email", json!("ada@x.com")).await;
    assert_eq!(created.status, 200);
    let more = json!({ "name": "Ada King", "title": "Countess" });
    let updated = upsert(&program, more, "email", json!("ADA@x.com"))
        .await
        .json();
    assert_eq!(updated["id"], created.json()["id"]);
    assert_eq!(
        [&updated["name"], &updated["title"], &updated["details"]],
        ["Ada King", "Countess", "stays"]
    );
    assert_eq!(names(&sandbox), ["Ada King"]);
}

#[tokio::test]
async fn a_custom_field_can_be_the_match() {
    let (sandbox, program) = quick().await;
    let field = json!({ "custom_field_definition_id": 100_764, "value": "Some text" });
    let other = json!({ "custom_field_definition_id": 100_765, "value": "Some text" });
    program
        .lead(json!({ "name": "other", "custom_fields": [other] }))
        .await;
    for name in ["first", "second"] {
        let lead = json!({ "name": name, "custom_fields": [field] });
        let reply = upsert(&program, lead, "custom", field.clone()).await;
        assert_eq!((reply.status, &reply.json()["name"]), (200, &json!(name)));
    }
    assert_eq!(names(&sandbox), ["other", "second"]);
}

#[tokio::test]
async fn several_matches_are_refused_and_named_up_to_thirty() {
    let (sandbox, program) = quick().await;
    let twin = json!({ "name": "twin", "email": { "email": "t@x.com" } });
    let mut ids = Vec::new();
    for _ in 0..30 {
        ids.push(program.lead(twin.clone()).await.to_string());
    }
    let asked = || {
        upsert(
            &program,
            json!({ "name": "new" }),
            "email",
            json!("t@x.com"),
        )
    };
    assert_eq!(
        reasons(&asked().await),
        format!("Match: Several leads match: {}", ids.join(", "))
    );
    program.lead(twin.clone()).await;
    assert_eq!(reasons(&asked().await), "Match: Several leads match");
    assert_eq!(names(&sandbox), ["twin"; 31]);
}

#[tokio::test]
async fn an_invalid_upsert_is_refused() {
    let (sandbox, program) = quick().await;
    let ada = json!({ "name": "Ada" });
    for (properties, name, value, expected) in [
        (&ada, "title", json!("Ada"), "Field Name: is invalid"),
        (&ada, "name", json!(" "), "Field Value: is invalid"),
        (&ada, "email", json!(7), "Field Value: is invalid"),
        (&ada, "custom", json!("text"), "Field Value: is invalid"),
        (&json!({}), "email", json!("a@b.c"), "Name: can't be blank"),
        (
            &json!({ "name": "x", "url": 1 }),
            "email",
            json!("a@b.c"),
            "Base: Unrecognized attributes specified: url",
        ),
    ] {
        assert_eq!(
            reasons(&upsert(&program, properties.clone(), name, value).await),
            expected
        );
    }
    let reply = program
        .put("/leads/upsert", json!({ "match": {}, "x": 1 }))
        .await;
    assert_eq!(
        reasons(&reply),
        "Base: Unrecognized attributes specified: x\nProperties: can't be blank"
    );
    assert!(names(&sandbox).is_empty());
}
