//! The lookups of the account: the default ones, and those that a test sets.

use copper_crm_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::{Program, quick};

/// The values of one field in a list.
fn each<'a>(list: &'a Value, field: &'a str) -> Vec<&'a Value> {
    let list = list.as_array().unwrap().iter();
    list.map(|entry| &entry[field]).collect()
}

#[tokio::test]
async fn the_default_account_has_several_of_each() {
    let (_sandbox, program) = quick().await;
    for path in [
        "/custom_field_definitions",
        "/lead_statuses",
        "/customer_sources",
        "/contact_types",
        "/pipelines",
        "/pipeline_stages",
        "/loss_reasons",
    ] {
        let list = program.get(path).await.json();
        assert!(list.as_array().unwrap().len() > 1, "{path}");
    }
    let users = program.post("/users/search", "{}").await.json();
    assert_eq!(users.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_current_user_owns_the_credentials_and_is_one_of_the_users() {
    let (sandbox, program) = quick().await;
    let me = program.get("/users/me").await.json();
    assert_eq!(me["email"], sandbox.email());
    assert_eq!(
        program.get(&format!("/users/{}", me["id"])).await.json(),
        me
    );
    assert_eq!(program.get("/users/1").await.status, 404);
    let id = program.lead(json!({ "name": "a" })).await;
    let parent = json!({ "type": "lead", "id": id });
    let note = json!({ "category": "user", "id": 0 });
    let activity = json!({ "parent": parent, "type": note, "details": "d" });
    let activity = program.post("/activities", activity).await.json();
    assert_eq!(activity["user_id"], me["id"]);
    assert_eq!(activity["type"], note);
}

#[tokio::test]
async fn a_stage_names_its_pipeline_but_within_a_pipeline() {
    let (_sandbox, program) = quick().await;
    let pipelines = program.get("/pipelines").await.json();
    assert_eq!(pipelines[0]["stages"][0]["pipeline_id"], Value::Null);
    let stages = program.get("/pipeline_stages").await.json();
    let of = program.get("/pipeline_stages/pipeline/213214").await.json();
    assert_eq!(each(&of, "pipeline_id"), [&json!(213_214); 2]);
    assert_eq!(&stages.as_array().unwrap()[..2], of.as_array().unwrap());
    let unknown = program.get("/pipeline_stages/pipeline/1").await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn activity_types_are_an_object_of_two_lists_and_zero_is_an_id() {
    let (_sandbox, program) = quick().await;
    let types = program.get("/activity_types").await.json();
    assert_eq!(types["user"][0]["id"], 0);
    assert_eq!(types["user"][0]["name"], "Note");
    assert_eq!(types["system"][0]["category"], "system");
}

#[tokio::test]
async fn tags_are_counted_and_sorted() {
    let (_sandbox, program) = quick().await;
    program.lead(json!({ "name": "a", "tags": ["b"] })).await;
    program
        .lead(json!({ "name": "b", "tags": ["a", "b"] }))
        .await;
    let people = json!([{ "name": "p", "tags": ["b"] }]);
    program.items("/people/bulk_create", people).await;
    let tags = program.get("/tags").await.json();
    assert_eq!(each(&tags, "name"), [&json!("a"), &json!("b")]);
    let tags = program.get("/tags?sort_by=count").await.json();
    assert_eq!(each(&tags, "name"), [&json!("b"), &json!("a")]);
    assert_eq!(
        [
            &tags[0]["count"],
            &tags[0]["count_leads"],
            &tags[0]["count_people"]
        ],
        [3, 2, 1]
    );
    let names = program.get("/tags?tag_names_only=true").await.json();
    assert_eq!(names, json!(["a", "b"]));
    assert_eq!(program.get("/tags?sort_by=mood").await.status, 422);
}

#[tokio::test]
async fn people_companies_and_opportunities_can_be_deleted() {
    let (sandbox, program) = quick().await;
    for kind in ["people", "companies", "opportunities"] {
        let id = sandbox.put(kind, &json!({ "name": "x" })).unwrap();
        let path = format!("/{kind}/{id}");
        let reply = program.delete(&path).await;
        assert_eq!(reply.json(), json!({ "id": id, "is_deleted": true }));
        assert_eq!(program.delete(&path).await.status, 404);
        assert!(sandbox.records(kind).is_empty());
    }
}

#[tokio::test]
async fn a_test_can_give_the_account_other_lookups() {
    let fruit =
        json!({ "id": 7, "name": "Fruit", "data_type": "Dropdown", "available_on": ["person"] });
    let sandbox = Sandbox::builder()
        .without_lookups()
        .lead_status(1, "First")
        .customer_source(2, "Web")
        .user(3, "Bo", "bo@example.com")
        .contact_type(4, "Friend")
        .pipeline(5, "Line", [(6, "Start", 10), (8, "End", 100)])
        .loss_reason(9, "Bored")
        .activity_type(10, "Visit")
        .custom_field(fruit.clone())
        .scale(1e-6)
        .start()
        .await
        .unwrap();
    let program = Program::of(&sandbox);
    for (path, names) in [
        ("/lead_statuses", json!(["First"])),
        ("/customer_sources", json!(["Web"])),
        ("/contact_types", json!(["Friend"])),
        ("/pipelines", json!(["Line"])),
        ("/pipeline_stages", json!(["Start", "End"])),
        ("/loss_reasons", json!(["Bored"])),
        ("/custom_field_definitions", json!(["Fruit"])),
    ] {
        let list = program.get(path).await.json();
        assert_eq!(json!(each(&list, "name")), names, "{path}");
    }
    let types = program.get("/activity_types").await.json();
    assert_eq!(each(&types["user"], "id"), [&json!(10)]);
    let users = program.post("/users/search", "{}").await.json();
    assert_eq!(each(&users, "id")[0], &json!(3));
    let lead = program.post("/leads", json!({ "name": "a" })).await.json();
    assert_eq!(
        (&lead["status"], &lead["custom_fields"]),
        (&json!("First"), &json!([]))
    );
    let sale = json!([{ "name": "o", "primary_contact_id": 1 }]);
    let sale = program.items("/opportunities/bulk_create", sale).await;
    assert_eq!(
        (&sale[0]["pipeline_id"], &sale[0]["pipeline_stage_id"]),
        (&json!(5), &json!(6))
    );
}

#[tokio::test]
async fn an_account_without_leads_refuses_everything_about_them() {
    let sandbox = Sandbox::builder().disable_leads().start().await.unwrap();
    let program = Program::of(&sandbox);
    for path in ["/lead_statuses", "/leads/1"] {
        let reply = program.get(path).await;
        assert_eq!(reply.status, 403, "{path}");
        assert_eq!(reply.json()["message"], "Feature not enabled");
    }
    assert_eq!(program.bulk(&["a"]).await.status, 403);
    let account = program.get("/account").await.json();
    assert_eq!(account["settings"]["setting_enable_leads"], false);
    assert_eq!(program.get("/contact_types").await.status, 200);
}
