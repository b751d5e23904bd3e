//! The effects of a change in the schema: the generated text follows it, and nothing else changes. A
//! sentence, the compiler or a named test says what is left to do by hand. The guide's page is
//! `copper_crm::guide::regenerating`. The tests that run cargo are slow; `scripts/regenerating` runs them.

use std::{
    collections::BTreeSet,
    env, fs,
    path::Path,
    process::{Command, Output},
    sync::{Mutex, PoisonError},
};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{
    build_script::{DOCUMENT, run_on, sentence},
    folder::Folder,
};

fn document() -> Value {
    serde_json::from_str(DOCUMENT).expect("JSON")
}

/// The document after a change.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut document = document();
    change(&mut document);
    document.to_string()
}

/// Copper has added `nickname` to its leads.
fn with_field(document: &mut Value) {
    let field = json!({ "type": "string", "description": "What friends say." });
    let nullable =
        json!({ "type": "string", "description": "What friends say.", "nullable": true });
    for (schema, field) in [
        ("NewLead", field),
        ("LeadUpdate", nullable.clone()),
        ("Lead", nullable),
    ] {
        document["components"]["schemas"][schema]["properties"]["nickname"] = field;
    }
}

/// Copper has added a bulk upsert.
fn with_operation(document: &mut Value) {
    document["components"]["schemas"]["BulkUpsertLeads"] = json!({
        "description": "The body of a bulk upsert.",
        "type": "object",
        "required": ["leads"],
        "properties": { "leads": {
            "description": "The leads, each with what it is found by.",
            "type": "array",
            "maxItems": 10,
            "items": { "$ref": "#/components/schemas/UpsertLead" }
        } }
    });
    let mut operation = document["paths"]["/leads/bulk_create"]["post"].clone();
    operation["operationId"] = json!("bulk_upsert_leads");
    operation["summary"] = json!("Upsert leads in bulk");
    operation["x-copper-idempotency"] = json!("idempotent");
    operation["requestBody"]["content"]["application/json"]["schema"]["$ref"] =
        json!("#/components/schemas/BulkUpsertLeads");
    document["paths"]["/leads/bulk_upsert"] = json!({ "post": operation });
}

/// A user needs operations that this crate does not have: one with a path and a query, one with a body, and one
/// without an answer.
fn with_operations_of_ones_own(document: &mut Value) {
    let id = json!({ "$ref": "#/components/schemas/WebhookId" });
    let text = |description| json!({ "type": "string", "description": description });
    let schemas = &mut document["components"]["schemas"];
    schemas["WebhookId"] =
        json!({ "type": "integer", "format": "int64", "description": "Identifies a webhook." });
    schemas["Webhook"] = json!({
        "description": "A webhook, as Copper returns it.",
        "type": "object",
        "required": ["id"],
        "additionalProperties": {},
        "properties": {
            "id": { "description": "Its id.", "allOf": [id.clone()] },
            "target": { "type": "string", "nullable": true, "description": "The URL that is called." }
        }
    });
    schemas["NewWebhook"] = json!({
        "description": "A webhook to create.",
        "type": "object",
        "required": ["target"],
        "additionalProperties": {},
        "properties": { "target": text("The URL that is called."), "event": text("What it is called for.") }
    });
    let one = json!({ "$ref": "#/components/schemas/Webhook" });
    let answer = |schema: &Value| json!({ "200": { "description": "It.", "content": { "application/json": { "schema": schema } } } });
    let by_id = json!({ "name": "id", "in": "path", "required": true, "description": "Its id.", "schema": id });
    let event = json!({ "name": "event", "in": "query", "description": "Only those for this event.", "schema": { "type": "string" } });
    let size = json!({ "name": "page_size", "in": "query", "description": "The most of them.", "schema": { "type": "integer", "format": "int64" } });
    let documented = json!({ "url": "https://developer.copper.com/webhooks/overview.html" });
    document["paths"]["/webhooks"] = json!({
        "get": {
            "operationId": "list_webhooks",
            "summary": "List webhooks.",
            "x-copper-idempotency": "safe",
            "parameters": [event, size],
            "responses": answer(&json!({ "type": "array", "items": one }))
        },
        "post": {
            "operationId": "create_webhook",
            "description": "Creates one webhook.",
            "externalDocs": documented,
            "x-copper-idempotency": "not-idempotent",
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewWebhook" } } } },
            "responses": answer(&one)
        }
    });
    let mut fetched = answer(&one);
    fetched["404"] = json!({ "description": "There is none.", "content": { "application/json": { "schema": { "type": "object" } } } });
    document["paths"]["/webhooks/{id}"] = json!({
        "get": {
            "operationId": "get_webhook",
            "description": "Fetches one webhook.",
            "x-copper-idempotency": "safe",
            "parameters": [by_id, event],
            "responses": fetched
        },
        "delete": {
            "operationId": "delete_webhook",
            "description": "Deletes one webhook.",
            "x-copper-idempotency": "idempotent",
            "parameters": [by_id],
            "responses": { "204": { "description": "It is gone." } }
        }
    });
}

/// Copper accepts more leads in a request.
fn with_a_higher_limit(document: &mut Value) {
    document["components"]["schemas"]["BulkCreateLeads"]["properties"]["leads"]["maxItems"] =
        json!(12);
}

/// A field is removed that handwritten code names.
fn without_a_field(document: &mut Value) {
    let fields = document.pointer_mut("/components/schemas/LeadSearch/properties");
    let fields = fields.and_then(Value::as_object_mut).expect("fields");
    fields.remove("page_size").expect("it was there");
}

fn with_a_renamed_operation(document: &mut Value) {
    document["paths"]["/leads/{id}"]["get"]["operationId"] = json!("fetch_lead");
}

/// The texts that the build script generates from a document.
struct Generated {
    types: String,
    client: String,
    constants: String,
    endpoints: String,
    calls: String,
    blocking_calls: String,
}

fn generated(document: &str) -> Generated {
    let folder = Folder::new();
    let output = run_on(document, folder.path());
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let text = |file| fs::read_to_string(folder.file(file)).expect("it is made");
    Generated {
        types: text("types.rs"),
        client: text("client.rs"),
        constants: text("constants.rs"),
        endpoints: text("endpoints.rs"),
        calls: text("calls.rs"),
        blocking_calls: text("blocking_calls.rs"),
    }
}

/// The lines of `after` that are not in `before`. All of `before` must be in it, in the same order.
fn added(before: &str, after: &str) -> String {
    let mut kept = before.lines().peekable();
    let added: Vec<&str> = after
        .lines()
        .filter(|line| kept.next_if_eq(line).is_none())
        .collect();
    assert_eq!(kept.next(), None, "a line that is changed or gone");
    added.join("\n")
}

/// A reviewed text, which `contract.rs` compares with the generated one.
fn reviewed(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/sdk/snapshots")
        .join(format!("sdk__contract__{name}.snap"));
    let snapshot = fs::read_to_string(file).expect("a snapshot");
    let (_, text) = snapshot.split_once("\n---\n").expect("a head and a text");
    text.trim_end().to_owned()
}

#[test]
fn a_document_that_says_the_same_makes_the_reviewed_text() {
    let same = generated(&changed(|_| {}));
    assert!(same.types.trim_end() == reviewed("types"));
    assert!(same.client.trim_end() == reviewed("client"));
    assert!(same.endpoints.trim_end() == reviewed("endpoints"));
    assert!(same.constants.trim_end() == reviewed("constants"));
}

#[test]
fn a_new_field_is_in_the_types_and_nothing_else_has_changed() {
    let (before, after) = (generated(DOCUMENT), generated(&changed(with_field)));
    assert_snapshot!("new_field", added(&before.types, &after.types));
    assert_eq!(before.client, after.client);
    assert_eq!(before.constants, after.constants);
    assert_eq!(before.endpoints, after.endpoints);
    assert_eq!(before.calls, after.calls);
}

#[test]
fn every_operation_of_ones_own_is_a_method_of_both_handles() {
    let document = changed(|document| {
        with_operations_of_ones_own(document);
        with_operation(document);
    });
    let after = generated(&document);
    assert_snapshot!("own_operations", after.calls);
    assert_snapshot!("own_operations_blocking", after.blocking_calls);
}

#[test]
fn a_new_operation_has_its_call_its_endpoint_and_its_entry_and_nothing_else_has_changed() {
    let (before, after) = (generated(DOCUMENT), generated(&changed(with_operation)));
    assert_snapshot!("new_operation_types", added(&before.types, &after.types));
    assert_snapshot!("new_operation", added(&before.client, &after.client));
    assert_snapshot!(
        "new_operation_endpoint",
        added(&before.endpoints, &after.endpoints)
    );
    // Where each operation stands in the list is no reader's concern.
    let unnumbered = |text: &str| {
        let lines = text
            .lines()
            .map(|line| match line.split_once("= &OPERATIONS[") {
                Some((constant, _)) => format!("{constant}= &OPERATIONS[_];"),
                None => line.to_owned(),
            });
        lines.collect::<Vec<_>>().join("\n")
    };
    let (before, after) = (unnumbered(&before.constants), unnumbered(&after.constants));
    assert_snapshot!("new_operation_constants", added(&before, &after));
}

#[test]
fn a_limit_is_changed_in_one_place() {
    let (before, after) = (
        generated(DOCUMENT),
        generated(&changed(with_a_higher_limit)),
    );
    assert_eq!(before.types, after.types);
    assert_eq!(before.client, after.client);
    assert_eq!(before.endpoints, after.endpoints);
    let pairs = before.constants.lines().zip(after.constants.lines());
    let changes: Vec<_> = pairs.filter(|(before, after)| before != after).collect();
    assert_eq!(
        before.constants.lines().count(),
        after.constants.lines().count()
    );
    assert!(
        matches!(changes[..], [(before, after)] if before.contains("10") && after.contains("12")),
        "{changes:?}"
    );
}

#[test]
fn a_renamed_operation_is_a_sentence() {
    let folder = Folder::new();
    let output = run_on(&changed(with_a_renamed_operation), folder.path());
    let said = sentence(&output);
    assert!(
        said.ends_with("the operation `get_lead` is missing; the handwritten layer calls it"),
        "{said}"
    );
}

/// Runs cargo on this crate with a changed document, in a separate target folder.
fn cargo(arguments: &[&str], change: impl FnOnce(&mut Value)) -> Output {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("regenerating");
    cargo_in(&target, arguments, change)
}

fn cargo_in(target: &Path, arguments: &[&str], change: impl FnOnce(&mut Value)) -> Output {
    // One after the other: what one has built, the next would replace while it runs.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Folder::new();
    let schema = folder.file("own.json");
    fs::write(&schema, changed(change)).expect("the schema is written");
    Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .arg("--target-dir")
        .arg(target)
        .env("COPPER_CRM_SCHEMA", schema)
        .env("INSTA_UPDATE", "no")
        .output()
        .expect("cargo runs")
}

/// The tests that fail with a changed document, among those that check the schema. Everything else compiles.
fn failing(change: impl Fn(&mut Value)) -> BTreeSet<String> {
    let unit_tests = ["--package=copper-crm-sandbox", "--lib"];
    let of_the_sdk = ["--test=sdk", "contract::", "operations::"];
    let programs = [&unit_tests[..], &of_the_sdk[..]];
    programs
        .into_iter()
        .flat_map(|which| failing_of(which, &change))
        .collect()
}

fn failing_of(which: &[&str], change: impl FnOnce(&mut Value)) -> Vec<String> {
    let (options, filters): (Vec<_>, Vec<_>) = which.iter().partition(|it| it.starts_with('-'));
    let test = [
        "test",
        "--package=copper-crm",
        "--all-features",
        "--no-fail-fast",
    ];
    let arguments: Vec<&str> = test
        .into_iter()
        .chain(options)
        .chain(["--"])
        .chain(filters)
        .collect();
    let output = cargo(&arguments, change);
    let said = String::from_utf8_lossy(&output.stdout);
    let heard = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("test result"), "{heard}");
    let failed = said.lines().filter_map(|line| {
        let name = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
        Some(name.to_owned())
    });
    failed.collect()
}

const TYPES: &str = "contract::the_generated_types_are_as_reviewed";
const CLIENT: &str = "contract::the_generated_client_is_as_reviewed";
const ENDPOINTS: &str = "contract::the_generated_endpoints_are_as_reviewed";
const CONSTANTS: &str = "contract::the_generated_constants_are_as_reviewed";
const DOCUMENTED: &str = "contract::the_document_is_as_reviewed";
const SCHEMAS: &str = "contract::the_derived_schemas_are_as_reviewed";
const EVERY_TYPE: &str =
    "contract::every_type_of_the_document_has_its_derived_schema_with_the_same_fields";
const NEVER_ANSWERED: &str =
    "contract::nothing_in_a_response_is_a_closed_set_and_unknown_fields_are_kept";
const HANDWRITTEN: &str =
    "contract::every_operation_of_this_document_has_a_method_that_is_written_by_hand";
const EVERY_CALL: &str = "operations::every_operation_of_the_schema_is_called_and_answered";
const EVERY_HANDLER: &str = "operations::tests::every_operation_of_the_schema_has_its_handler";

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[test]
#[ignore = "it builds the crate anew; run scripts/regenerating"]
fn a_new_field_needs_a_review_and_nothing_else() {
    assert_eq!(failing(with_field), names([TYPES, DOCUMENTED, SCHEMAS]));
}

#[test]
#[ignore = "it builds the crate anew; run scripts/regenerating"]
fn a_new_operation_is_asked_for_by_the_tests_that_list_them_all() {
    assert_eq!(
        failing(with_operation),
        names([
            TYPES,
            CLIENT,
            CONSTANTS,
            ENDPOINTS,
            DOCUMENTED,
            EVERY_TYPE,
            NEVER_ANSWERED,
            HANDWRITTEN,
            EVERY_CALL,
            EVERY_HANDLER
        ])
    );
}

#[test]
#[ignore = "it builds the crate anew; run scripts/regenerating"]
fn operations_of_ones_own_are_sent_like_all_others() {
    // The folder in which CI builds the guide's programs, so that little is built anew.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target folder");
    let arguments = [
        "test",
        "--locked",
        "--manifest-path=tools/programs/Cargo.toml",
        "--features=own-operations",
        "--test=own_operations",
    ];
    let output = cargo_in(target, &arguments, |document| {
        with_operations_of_ones_own(document);
        with_operation(document);
    });
    let said = String::from_utf8_lossy(&output.stdout);
    let heard = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{heard}");
    assert!(!said.contains("0 passed"), "{said}");
}

#[test]
#[ignore = "it builds the crate anew; run scripts/regenerating"]
fn a_changed_limit_needs_a_review_and_nothing_else() {
    assert_eq!(failing(with_a_higher_limit), names([CONSTANTS, DOCUMENTED]));
}

#[test]
#[ignore = "it builds the crate anew; run scripts/regenerating"]
fn a_field_that_is_gone_is_named_by_the_compiler_where_it_is_used() {
    let output = cargo(&["check", "--package=copper-crm", "--lib"], without_a_field);
    let heard = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        heard.contains("`page_size`") && heard.contains("src/search/criteria.rs"),
        "{heard}"
    );
}
