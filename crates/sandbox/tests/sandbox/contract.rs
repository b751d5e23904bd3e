//! Contract tests: an independent validator checks every response against the schema document. It reads
//! JSON Schema, so the document is translated where OpenAPI 3.0 differs.

use std::collections::BTreeSet;

use boon::{Compiler, Draft, Schemas};
use reqwest::Method;
use serde_json::{Map, Value, json};

use copper_crm_sandbox::Sandbox;

use crate::{Program, quick, reply};

/// The document as JSON Schema: `nullable` becomes a separate form. Objects are closed, although Copper's are
/// open, because the sandbox must not invent a field.
fn translated(document: Value) -> Value {
    match document {
        Value::Object(mut schema) => {
            let nullable = schema.remove("nullable") == Some(json!(true));
            if schema.get("additionalProperties") == Some(&json!({})) {
                schema.insert("additionalProperties".to_owned(), json!(false));
            }
            let schema = schema.into_iter();
            let schema: Map<_, _> = schema
                .map(|(name, inner)| (name, translated(inner)))
                .collect();
            if nullable {
                json!({ "anyOf": [schema, { "type": "null" }] })
            } else {
                schema.into()
            }
        }
        Value::Array(items) => items.into_iter().map(translated).collect(),
        other => other,
    }
}

/// The operations of the document, and the place of their answer's description.
fn operations(document: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let path = path.replace('/', "~1");
            let answer =
                format!("/paths/{path}/{method}/responses/200/content/application~1json/schema");
            found.push((
                operation["operationId"].as_str().unwrap().to_owned(),
                answer,
            ));
        }
    }
    found
}

fn full_lead() -> Value {
    json!({
        "name": "Dr. Ada King Lovelace", "email": { "email": "ada@x.com", "category": "work" }, "phone_numbers": [{ "number": "1", "category": null }],
        "address": { "street": "s", "city": "c", "state": null, "postal_code": "p", "country": "GB" }, "assignee_id": 7, "company_name": "Engines",
        "customer_source_id": 331_240, "details": "d", "monetary_value": 10.5, "socials": [{ "url": "u", "category": "twitter" }],
        "status_id": 208_232, "tags": ["t"], "title": "t", "websites": [{ "url": "u", "category": "work" }],
        "custom_fields": [{ "custom_field_definition_id": 1, "value": [1, 2] }, { "custom_field_definition_id": 2, "value": null }]
    })
}

/// One request for each operation, whose answer shows everything that it can show.
async fn requests(
    sandbox: &Sandbox,
    program: &Program,
) -> Vec<(&'static str, Method, String, Value)> {
    let [id, converted, deleted] = [
        program.lead(full_lead()).await,
        program.lead(full_lead()).await,
        program.lead(json!({ "name": "Bob" })).await,
    ];
    let [person, company, sale] = ["people", "companies", "opportunities"]
        .map(|kind| sandbox.put(kind, &json!({ "name": "gone" })).unwrap());
    let by = json!({ "field_name": "email", "field_value": "new@x.com" });
    let user = json!({ "category": "user", "id": 1 });
    let activity = json!({ "parent": { "type": "lead", "id": id }, "type": user, "details": "d" });
    let people = json!([{ "name": "a", "emails": [{ "email": "a@x.com" }] }, { "name": "b", "emails": [{ "email": "A@x.com" }] }, { "name": "c" }]);
    let opportunity = json!({ "name": "o", "primary_contact_id": 1, "close_date": "1/2/2026", "priority": "Low", "monetary_value": 5 });
    let details = json!({ "person": { "name": "P" }, "company": { "name": "C" }, "opportunity": { "name": "O" } });
    let unknown = json!([{ "id": 1, "name": "x" }, { "name": "x" }]);
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    let path = |after: &str| format!("/leads/{id}{after}");
    let of = |path: &str| path.to_owned();
    vec![
        ("create_lead", post.clone(), of("/leads"), full_lead()),
        ("get_lead", get.clone(), path(""), Value::Null),
        (
            "update_lead",
            put.clone(),
            path(""),
            json!({ "title": null, "custom_fields": [{ "custom_field_definition_id": 1, "value": null }] }),
        ),
        (
            "upsert_lead",
            put,
            of("/leads/upsert"),
            json!({ "properties": full_lead(), "match": by }),
        ),
        (
            "bulk_create_activities",
            post.clone(),
            of("/activities/bulk_create"),
            json!({ "activities": [activity, {}] }),
        ),
        (
            "list_lead_activities",
            post.clone(),
            path("/activities"),
            json!({}),
        ),
        (
            "convert_lead",
            post.clone(),
            format!("/leads/{converted}/convert"),
            json!({ "details": details }),
        ),
        (
            "search_leads",
            post.clone(),
            of("/leads/search"),
            json!({ "include_converted_leads": true }),
        ),
        (
            "search_people",
            post.clone(),
            of("/people/search"),
            json!({ "name": "gone" }),
        ),
        (
            "search_companies",
            post.clone(),
            of("/companies/search"),
            json!({}),
        ),
        (
            "list_lead_statuses",
            get.clone(),
            of("/lead_statuses"),
            Value::Null,
        ),
        (
            "list_customer_sources",
            get.clone(),
            of("/customer_sources"),
            Value::Null,
        ),
        ("get_account", get.clone(), of("/account"), Value::Null),
        (
            "get_current_user",
            get.clone(),
            of("/users/me"),
            Value::Null,
        ),
        (
            "search_users",
            post.clone(),
            of("/users/search"),
            json!({ "page_size": 2 }),
        ),
        ("get_user", get.clone(), of("/users/159258"), Value::Null),
        (
            "list_custom_field_definitions",
            get.clone(),
            of("/custom_field_definitions"),
            Value::Null,
        ),
        (
            "get_custom_field_definition",
            get.clone(),
            of("/custom_field_definitions/126240"),
            Value::Null,
        ),
        (
            "list_contact_types",
            get.clone(),
            of("/contact_types"),
            Value::Null,
        ),
        (
            "list_loss_reasons",
            get.clone(),
            of("/loss_reasons"),
            Value::Null,
        ),
        ("list_pipelines", get.clone(), of("/pipelines"), Value::Null),
        (
            "list_pipeline_stages",
            get.clone(),
            of("/pipeline_stages"),
            Value::Null,
        ),
        (
            "list_stages_of_pipeline",
            get.clone(),
            of("/pipeline_stages/pipeline/213214"),
            Value::Null,
        ),
        (
            "list_activity_types",
            get.clone(),
            of("/activity_types"),
            Value::Null,
        ),
        ("list_tags", get, of("/tags?sort_by=count"), Value::Null),
        (
            "create_activity",
            post.clone(),
            of("/activities"),
            activity.clone(),
        ),
        (
            "delete_person",
            Method::DELETE,
            format!("/people/{person}"),
            Value::Null,
        ),
        (
            "delete_company",
            Method::DELETE,
            format!("/companies/{company}"),
            Value::Null,
        ),
        (
            "delete_opportunity",
            Method::DELETE,
            format!("/opportunities/{sale}"),
            Value::Null,
        ),
        (
            "bulk_create_leads",
            post.clone(),
            of("/leads/bulk_create"),
            json!({ "leads": [full_lead(), {}, { "mood": 1 }] }),
        ),
        (
            "bulk_update_leads",
            post.clone(),
            of("/leads/bulk_update"),
            json!({ "leads": [{ "id": id, "name": "x" }, { "id": id, "tags": 1 }, { "id": 1 }] }),
        ),
        (
            "bulk_create_people",
            post.clone(),
            of("/people/bulk_create"),
            json!({ "people": people }),
        ),
        (
            "bulk_update_people",
            post.clone(),
            of("/people/bulk_update"),
            json!({ "people": unknown }),
        ),
        (
            "bulk_create_companies",
            post.clone(),
            of("/companies/bulk_create"),
            json!({ "companies": [{ "name": "c", "email_domain": "x.com" }, {}] }),
        ),
        (
            "bulk_update_companies",
            post.clone(),
            of("/companies/bulk_update"),
            json!({ "companies": unknown }),
        ),
        (
            "bulk_create_opportunities",
            post,
            of("/opportunities/bulk_create"),
            json!({ "opportunities": [opportunity, {}] }),
        ),
        (
            "delete_lead",
            Method::DELETE,
            format!("/leads/{deleted}"),
            Value::Null,
        ),
    ]
}

#[tokio::test]
async fn every_answer_is_as_the_schema_document_says() {
    let document: Value = serde_json::from_str(copper_crm::schema::DOCUMENT).unwrap();
    let answers = operations(&document);
    let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
    compiler.set_default_draft(Draft::V2020_12);
    compiler
        .add_resource("copper.json", translated(document))
        .unwrap();

    let (sandbox, program) = quick().await;
    let mut called = BTreeSet::new();
    for (operation, method, path, body) in requests(&sandbox, &program).await {
        let request = program.request(method, &path);
        let request = if body.is_null() {
            request
        } else {
            request.body(body.to_string())
        };
        let reply = reply(request).await.unwrap();
        assert_eq!(reply.status, 200, "{operation}");
        let (_, answer) = answers.iter().find(|(id, _)| id == operation).unwrap();
        let schema = compiler
            .compile(&format!("copper.json#{answer}"), &mut schemas)
            .unwrap();
        if let Err(why) = schemas.validate(&reply.json(), schema) {
            panic!("{operation}: {why:#}\n{:#}", reply.json());
        }
        called.insert(operation);
    }
    let all: BTreeSet<_> = answers
        .iter()
        .map(|(operation, _)| operation.as_str())
        .collect();
    assert_eq!(called, all, "every operation of the schema is called here");
}

#[test]
fn the_validator_sees_what_is_wrong() {
    let document: Value = serde_json::from_str(copper_crm::schema::DOCUMENT).unwrap();
    let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
    compiler.set_default_draft(Draft::V2020_12);
    compiler
        .add_resource("copper.json", translated(document))
        .unwrap();
    let mut compile = |name: &str| {
        compiler
            .compile(
                &format!("copper.json#/components/schemas/{name}"),
                &mut schemas,
            )
            .unwrap()
    };
    let (lead, item) = (compile("Lead"), compile("BulkLeadItem"));
    for (schema, value, good) in [
        (
            lead,
            json!({ "id": 1, "title": null, "tags": ["t"], "email": { "email": "e", "category": null } }),
            true,
        ),
        (lead, json!({ "title": "t" }), false),
        (lead, json!({ "id": "1" }), false),
        (lead, json!({ "id": 1, "tags": [1] }), false),
        (lead, json!({ "id": 1, "mood": "good" }), false),
        (
            lead,
            json!({ "id": 1, "email": { "category": "work" } }),
            false,
        ),
        (
            item,
            json!({ "id": 1, "success": false, "message": { "name": [] } }),
            true,
        ),
        (item, json!({ "message": {} }), false),
    ] {
        assert_eq!(schemas.validate(&value, schema).is_ok(), good, "{value}");
    }
}
