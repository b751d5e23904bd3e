//! Converts our own extensions in the document to what the generator understands: open sets and three-state
//! updates become Rust types, and a few types are handwritten.

use serde_json::{Map, Value, json};

/// The schemas whose types are handwritten, because layers below the generated types use them.
const HANDWRITTEN: [&str; 2] = ["BulkFailure", "Timestamp"];

/// The set's documented members, if the schema is an open set (`x-copper-open-set`).
pub fn open_set(schema: &Value) -> Option<Vec<&str>> {
    schema
        .get("x-copper-open-set")?
        .as_array()?
        .iter()
        .map(Value::as_str)
        .collect()
}

/// The document with `x-rust-type` for each type that the generator must name and not generate.
pub fn resolved(document: &Value) -> Value {
    let mut document = document.clone();
    let schemas = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        if open_set(schema).is_some() || HANDWRITTEN.contains(&name.as_str()) {
            name_type(schema, &format!("types::{name}"), None);
        }
        if schema.get("x-copper-patch") == Some(&Value::Bool(true)) {
            for (_, property) in schema
                .get_mut("properties")
                .and_then(Value::as_object_mut)
                .into_iter()
                .flatten()
            {
                let mut value = property.clone();
                if let Some(value) = value.as_object_mut() {
                    value.remove("nullable");
                    value.remove("description");
                    only_reference(value);
                }
                name_type(property, "Patch", Some(value));
            }
        }
    }
    document
}

fn name_type(schema: &mut Value, path: &str, parameter: Option<Value>) {
    if let Some(schema) = schema.as_object_mut() {
        let parameters: Vec<Value> = parameter.into_iter().collect();
        let named = json!({ "crate": "copper-crm", "version": "*", "path": format!("copper_crm::{path}"), "parameters": parameters });
        schema.insert("x-rust-type".to_owned(), named);
    }
}

/// `allOf` with one reference, which is how a reference with a description is written, is that reference.
fn only_reference(schema: &mut Map<String, Value>) {
    let reference = schema
        .get("allOf")
        .and_then(|all| all.get(0))
        .and_then(Value::as_object)
        .cloned();
    if let Some(reference) = reference {
        *schema = reference;
    }
}
