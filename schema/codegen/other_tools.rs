//! Rewrites the parts of the document that are only for other tools. A reference that can be `null` has the
//! strict form of OpenAPI 3.0, which the generator would read as an enum. The error responses are dropped,
//! because the generator panics if there is a second type of response.

use serde_json::{Map, Value, json};

/// The document in the form that the generator reads.
pub fn rewritten(mut document: Value) -> Value {
    drop_errors(&mut document);
    rewrite_references(&mut document);
    document
}

/// `oneOf` of a reference and `null` becomes `nullable` beside `allOf`, which the generator understands.
fn rewrite_references(value: &mut Value) {
    match value {
        Value::Object(schema) => {
            if let Some(reference) = nullable_reference(schema).cloned() {
                schema.remove("oneOf");
                schema.insert("nullable".to_owned(), true.into());
                schema.insert("allOf".to_owned(), json!([reference]));
            }
            schema.values_mut().for_each(rewrite_references);
        }
        Value::Array(list) => list.iter_mut().for_each(rewrite_references),
        _ => {}
    }
}

fn nullable_reference(schema: &Map<String, Value>) -> Option<&Value> {
    let [reference, null] = schema.get("oneOf")?.as_array()?.as_slice() else {
        return None;
    };
    let is_null = null.get("enum") == Some(&json!([Value::Null]));
    (is_null && reference.get("$ref").is_some()).then_some(reference)
}

/// Drops the responses that are no success, and the schemas that only they name.
fn drop_errors(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let methods = paths.into_iter().flat_map(Map::values_mut);
    let operations = methods
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut);
    for operation in operations {
        if let Some(responses) = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
        {
            responses.retain(|status, _| status.starts_with('2'));
        }
    }
    let mut used = Vec::new();
    references(document.get("paths").unwrap_or(&Value::Null), &mut used);
    let Some(components) = document
        .get_mut("components")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let Some(responses) = components
        .get_mut("responses")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let mut named = Vec::new();
    responses.retain(|name, response| {
        let is_used = used.contains(name);
        if !is_used {
            references(response, &mut named);
        }
        is_used
    });
    if let Some(schemas) = components.get_mut("schemas").and_then(Value::as_object_mut) {
        for name in named.iter().filter(|name| !used.contains(name)) {
            schemas.remove(name);
        }
    }
}

/// The names of the schemas that a value refers to.
fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            let reference = object.get("$ref").and_then(Value::as_str);
            names.extend(reference.and_then(|it| Some(it.rsplit_once('/')?.1.to_owned())));
            object.values().for_each(|value| references(value, names));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, names)),
        _ => {}
    }
}
