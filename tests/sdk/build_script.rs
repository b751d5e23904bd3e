//! The build script's messages about documents that it can't use. These tests run the same build script that
//! built this crate, on broken copies of the schema.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};

use crate::support::{
    build_script::{self, DOCUMENT, run, run_on},
    files::files,
    folder::Folder,
};

/// The message of the build script about this text.
fn sentence(text: &str) -> String {
    let folder = Folder::new();
    let error = build_script::sentence(&run_on(text, folder.path()));
    let place = format!("{}: ", folder.file("own.json").display());
    error
        .strip_prefix(&place)
        .unwrap_or_else(|| panic!("`{error}` does not name the file"))
        .to_owned()
}

/// The message about the real document after a change.
fn sentence_after(change: impl FnOnce(&mut Value)) -> String {
    let mut document: Value = serde_json::from_str(DOCUMENT).expect("JSON");
    change(&mut document);
    sentence(&document.to_string())
}

fn remove(document: &mut Value, object: &str, key: &str) {
    document
        .pointer_mut(object)
        .and_then(Value::as_object_mut)
        .expect("an object")
        .remove(key)
        .expect("it was there");
}

#[test]
fn an_own_copy_of_the_document_is_built_from() {
    let folder = Folder::new();
    let own = DOCUMENT.replace("A postal address.", "An address of one's own.");
    let output = run_on(&own, folder.path());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    let types = fs::read_to_string(folder.file("types.rs")).expect("the types");
    assert!(types.contains("An address of one's own."));
    let schema = folder.file("own.json");
    assert!(
        said.contains(&format!("cargo::rerun-if-changed={}", schema.display())),
        "{said}"
    );
    assert!(
        said.contains("cargo::rerun-if-env-changed=COPPER_CRM_SCHEMA"),
        "{said}"
    );
}

#[test]
fn a_relative_path_is_refused_for_it_would_be_looked_up_elsewhere() {
    let said = build_script::sentence(&run("own.json", Folder::new().path()));
    assert!(
        said.starts_with("COPPER_CRM_SCHEMA is `own.json`: give an absolute path"),
        "{said}"
    );
}

#[test]
fn a_missing_file_is_named() {
    let folder = Folder::new();
    let missing = folder.file("missing.json");
    let missing = missing.to_str().expect("a plain path");
    let said = build_script::sentence(&run(missing, folder.path()));
    assert!(
        said.starts_with(&format!("{missing}: the schema can't be read")),
        "{said}"
    );
}

#[test]
fn what_is_not_json_is_said_with_its_place() {
    assert_eq!(
        sentence("{\n  \"openapi\": \"3.0.3\",\n"),
        "this is not JSON: EOF while parsing a value at line 3 column 0"
    );
}

#[test]
fn another_openapi_version_is_named() {
    let said = sentence_after(|document| document["openapi"] = json!("3.1.0"));
    assert_eq!(
        said,
        "`openapi` is `3.1.0`; the generator reads OpenAPI 3.0.x"
    );
}

#[test]
fn a_missing_operation_is_named() {
    let said = sentence_after(|document| remove(document, "/paths", "/lead_statuses"));
    assert_eq!(
        said,
        "the operation `list_lead_statuses` is missing; the handwritten layer calls it"
    );
}

#[test]
fn a_missing_extension_is_named_with_its_operation() {
    let said =
        sentence_after(|document| remove(document, "/paths/~1leads/post", "x-copper-idempotency"));
    assert!(
        said.starts_with(
            "operation `create_lead` (POST /leads) lacks the extension `x-copper-idempotency`"
        ),
        "{said}"
    );
    let said = sentence_after(|document| {
        document["paths"]["/leads"]["post"]["x-copper-idempotency"] = json!("sometimes")
    });
    assert!(
        said.starts_with(
            "operation `create_lead` (POST /leads): `x-copper-idempotency` is `sometimes`; it must be \"safe\""
        ),
        "{said}"
    );
}

#[test]
fn a_bulk_operation_without_its_size_is_named() {
    let said = sentence_after(|document| {
        remove(
            document,
            "/components/schemas/BulkCreateLeads/properties/leads",
            "maxItems",
        );
    });
    assert_eq!(
        said,
        "operation `bulk_create_leads` (POST /leads/bulk_create) is a bulk operation, but the list `BulkCreateLeads.leads` lacks `maxItems`, the most records of one request"
    );
}

#[test]
fn unusable_rate_limits_are_said() {
    for limits in [
        json!(null),
        json!([]),
        json!([{"applies_to": "some", "requests": 3, "seconds": 1}]),
        json!([{"applies_to": "all", "requests": 0, "seconds": 1}]),
    ] {
        let said = sentence_after(|document| document["x-copper-rate-limits"] = limits);
        assert!(
            said.starts_with("the extension `x-copper-rate-limits` must be a list of"),
            "{said}"
        );
    }
}

#[test]
fn an_operation_id_that_is_not_snake_case_is_named() {
    let said = sentence_after(|document| {
        document["paths"]["/leads"]["post"]["operationId"] = json!("createLead")
    });
    assert_eq!(
        said,
        "the operationId `createLead` of POST /leads must be in snake_case"
    );
}

#[test]
fn a_dangling_reference_is_a_sentence_too() {
    let said = sentence_after(|document| {
        document["components"]["schemas"]["Lead"]["properties"]["email"] =
            json!({"description": "x", "allOf": [{"$ref": "#/components/schemas/Gone"}]});
    });
    assert!(said.contains("Gone"), "{said}");
}

#[test]
fn a_missing_type_header_or_description_is_named() {
    let said = sentence_after(|document| remove(document, "/components/schemas", "BulkFailure"));
    assert_eq!(
        said,
        "the schema `BulkFailure` is missing; the handwritten layer uses its type"
    );
    let said =
        sentence_after(|document| remove(document, "/components/securitySchemes", "UserEmail"));
    assert_eq!(
        said,
        "the security scheme `UserEmail` lacks `name`; it says which header carries it"
    );
    let said = sentence_after(|document| {
        remove(
            document,
            "/components/schemas/Lead/properties/title",
            "description",
        )
    });
    assert_eq!(
        said,
        "the field `Lead.title` lacks a `description`; it becomes the field's documentation"
    );
    let said = sentence_after(|document| document["info"]["description"] = json!("text\n    code"));
    assert!(
        said.starts_with("the description at /info/description has a fenced or indented block"),
        "{said}"
    );
}

#[test]
fn a_response_that_requires_more_than_its_id_is_refused() {
    let said = sentence_after(|document| {
        document["components"]["schemas"]["Lead"]["required"] = json!(["id", "name"]);
    });
    assert!(
        said.starts_with("the schema `Lead` requires \"name\", but it is a response"),
        "{said}"
    );
}

/// The document with one more operation, at a path of its own.
fn with_operation(document: &mut Value, operation: Value) {
    document["paths"]["/webhooks"] = json!({ "get": operation });
}

fn listing(id: &str) -> Value {
    let list = json!({ "application/json": { "schema": { "type": "array", "items": { "type": "integer" } } } });
    json!({
        "operationId": id,
        "x-copper-idempotency": "safe",
        "responses": { "200": { "description": "They.", "content": list } }
    })
}

/// The names of the methods of both handles, from the sources.
fn methods() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "rs") {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let parts = text.split("\nimpl ").skip(1);
        let handles = parts
            .filter(|part| part.starts_with("Copper {") || part.starts_with("crate::Copper {"));
        for part in handles {
            let part = part.split("\n}").next().unwrap_or_default();
            let code = part
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let functions = code.filter_map(|line| Some(line.split_once("fn ")?.1));
            names.extend(functions.filter_map(|rest| {
                let (name, _) = rest.split_once(['(', '<'])?;
                let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                (is_name && !name.is_empty()).then(|| name.to_owned())
            }));
        }
    }
    names
}

#[test]
fn an_operation_cannot_have_the_name_of_another_method_of_the_handle() {
    let document: Value = serde_json::from_str(DOCUMENT).expect("JSON");
    let operations = document["paths"].as_object().expect("paths").values();
    let operations: BTreeSet<&str> = operations
        .flat_map(|path| path.as_object().expect("a path").values())
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    let methods = methods();
    assert!(methods.len() > 50, "{methods:?}");
    for name in methods {
        let said = sentence_after(|document| with_operation(document, listing(&name)));
        let expected = match operations.contains(name.as_str()) {
            true => format!("two operations have the operationId `{name}`"),
            false => format!(
                "the operationId `{name}` of GET /webhooks is the name of another method of the handle; choose a different one"
            ),
        };
        assert_eq!(said, expected);
    }
}

#[test]
fn an_operation_that_does_not_speak_json_is_named() {
    for (part, form, expected) in [
        (
            "requestBody",
            "text/csv",
            "its request body is not `application/json`, the only form that the client sends",
        ),
        (
            "answer",
            "application/pdf",
            "its answer is not `application/json`, the only form that the client reads",
        ),
    ] {
        let content = json!({ "content": { form: { "schema": { "type": "string" } } } });
        let said = sentence_after(|document| {
            let mut operation = listing("list_webhooks");
            match part {
                "answer" => operation["responses"]["200"]["content"] = content["content"].clone(),
                _ => operation["requestBody"] = content,
            }
            with_operation(document, operation);
        });
        assert_eq!(
            said,
            format!("operation `list_webhooks` (GET /webhooks): {expected}")
        );
    }
}

#[test]
fn a_record_that_could_lose_what_it_is_known_by_is_named() {
    for (change, expected) in [
        (
            json!({ "required": [] }),
            "the schema `Webhook` is that of a record, but does not require its `id`",
        ),
        (
            json!({ "required": ["id"], "additionalProperties": false }),
            "the schema `Webhook` is that of a record, but lacks `\"additionalProperties\": {}`, which keeps what Copper adds to it",
        ),
    ] {
        let said = sentence_after(|document| {
            let mut schema = json!({
                "description": "A webhook.",
                "type": "object",
                "properties": { "id": { "type": "integer", "description": "Its id." } }
            });
            let keys = schema.as_object_mut().expect("an object");
            keys.extend(change.as_object().expect("an object").clone());
            document["components"]["schemas"]["Webhook"] = schema;
            let mut operation = listing("list_webhooks");
            operation["responses"]["200"]["content"]["application/json"]["schema"]["items"] =
                json!({ "$ref": "#/components/schemas/Webhook" });
            with_operation(document, operation);
        });
        assert_eq!(said, expected);
    }
}
