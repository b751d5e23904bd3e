//! The schema document, read and checked. Everything that the handwritten layer needs, and that the generator
//! would silently ignore, is checked here. Each lack has its own sentence.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    operations::{self, Operation},
    other_tools,
};

pub struct Document {
    pub json: Value,
    pub base_url: String,
    pub size_limit_message: String,
    pub rate_limits: Vec<RateLimit>,
    pub headers: Headers,
    pub search: Search,
    pub none_id: i64,
    pub operations: Vec<Operation>,
}

pub struct RateLimit {
    pub bulk_only: bool,
    pub requests: u64,
    pub seconds: u64,
}

/// The limits of a search.
pub struct Search {
    pub total_header: String,
    pub largest_page: i64,
    pub most_records: i64,
}

pub struct Headers {
    pub access_token: String,
    pub user_email: String,
    pub application: String,
    pub application_value: String,
}

/// The types that the handwritten layer uses by name.
const SCHEMAS: [&str; 6] = [
    "BulkFailure",
    "Lead",
    "LeadId",
    "LeadUpdate",
    "NewLead",
    "Timestamp",
];

impl Document {
    pub fn read(text: &str) -> Result<Self, String> {
        let json = serde_json::from_str(text).map_err(|e| format!("this is not JSON: {e}"))?;
        let json: Value = other_tools::rewritten(json);
        let version = text_at(&json, "/openapi").unwrap_or_default();
        if !version.starts_with("3.0.") {
            return Err(format!(
                "`openapi` is `{version}`; the generator reads OpenAPI 3.0.x"
            ));
        }
        let base_url = text_at(&json, "/servers/0/url")
            .ok_or("`servers` lacks an entry with the `url` of the API")?
            .to_owned();
        let size_limit_message = text_at(&json, "/x-copper-size-limit-message")
            .ok_or("the extension `x-copper-size-limit-message` is missing; it is the start of Copper's message about too large a request, up to the number")?
            .to_owned();
        check_schemas(&json)?;
        let operations = operations::read(&json)?;
        check_records(&json, &operations)?;
        Ok(Self {
            base_url,
            size_limit_message,
            rate_limits: rate_limits(&json)?,
            headers: headers(&json)?,
            search: search(&json)?,
            none_id: json.get("x-copper-none-id").and_then(Value::as_i64).ok_or("the extension `x-copper-none-id` is missing; it is the id that stands for nobody in a search")?,
            operations,
            json,
        })
    }

    pub fn schemas(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.json
            .pointer("/components/schemas")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    }

    /// The schemas of the records in answers, each once.
    pub fn records(&self) -> Vec<&str> {
        let mut records: Vec<_> = answered(self.operations.iter())
            .filter(|name| self.schema(name).is_some_and(is_record))
            .collect();
        records.sort_unstable();
        records.dedup();
        records
    }

    /// The fields with the rules for values that Copper only calls invalid (`x-copper-invalid-hint`).
    pub fn invalid_hints(&self) -> BTreeMap<&str, &str> {
        let properties = self.schemas().filter_map(|(_, schema)| {
            let properties = schema.get("properties")?;
            properties.as_object()
        });
        properties
            .flatten()
            .filter_map(|(field, property)| {
                let hint = text_at(property, "/x-copper-invalid-hint")?;
                Some((field.as_str(), hint))
            })
            .collect()
    }

    pub fn schema(&self, name: &str) -> Option<&Value> {
        self.json.pointer("/components/schemas")?.get(name)
    }
}

/// A record has an id, which is a number or a type of its own.
fn is_record(schema: &Value) -> bool {
    let id = schema.pointer("/properties/id");
    id.is_some_and(|id| text_at(id, "/type").is_none_or(|kind| kind == "integer"))
}

/// The schemas of the answers of these operations.
fn answered<'a>(operations: impl Iterator<Item = &'a Operation>) -> impl Iterator<Item = &'a str> {
    operations.filter_map(|operation| match &operation.bulk {
        Some(bulk) => Some(bulk.output.as_str()),
        None => operation.answer.as_deref(),
    })
}

/// A record exists once Copper has answered with its id, so no other field may be required to read it.
fn check_records(json: &Value, operations: &[Operation]) -> Result<(), String> {
    let schema = |name: &str| json.pointer(&format!("/components/schemas/{name}"));
    let has_effect = operations
        .iter()
        .filter(|operation| operation.idempotency != "Safe");
    let records: Vec<&str> = answered(operations.iter())
        .filter(|name| schema(name).is_some_and(is_record))
        .collect();
    for name in answered(has_effect).chain(records.iter().copied()) {
        let required = schema(name).and_then(|schema| schema.get("required"));
        let mut required = required.and_then(Value::as_array).into_iter().flatten();
        if let Some(field) = required.find(|field| *field != "id") {
            return Err(format!(
                "the schema `{name}` requires {field}, but it is a response: nothing but its `id` may be required, or else a record that was created could not be told from one that was not"
            ));
        }
    }
    for name in records {
        let Some(schema) = schema(name) else { continue };
        if schema.get("required") != Some(&json!(["id"])) {
            return Err(format!(
                "the schema `{name}` is that of a record, but does not require its `id`"
            ));
        }
        if schema.get("additionalProperties") != Some(&json!({})) {
            return Err(format!(
                "the schema `{name}` is that of a record, but lacks `\"additionalProperties\": {{}}`, which keeps what Copper adds to it"
            ));
        }
    }
    Ok(())
}

pub fn text_at<'a>(json: &'a Value, pointer: &str) -> Option<&'a str> {
    json.pointer(pointer)?.as_str()
}

fn check_schemas(json: &Value) -> Result<(), String> {
    let schemas = json
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .ok_or("`components.schemas` is missing")?;
    if let Some(missing) = SCHEMAS.iter().find(|name| !schemas.contains_key(**name)) {
        return Err(format!(
            "the schema `{missing}` is missing; the handwritten layer uses its type"
        ));
    }
    check_descriptions(json, "")?;
    for (name, schema) in schemas {
        if text_at(schema, "/description").is_none() {
            return Err(format!(
                "the schema `{name}` lacks a `description`; it becomes the type's documentation"
            ));
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (field, property) in properties.into_iter().flatten() {
            if text_at(property, "/description").is_none() {
                return Err(format!(
                    "the field `{name}.{field}` lacks a `description`; it becomes the field's documentation"
                ));
            }
        }
    }
    Ok(())
}

/// Descriptions become rustdoc, in which a fence or an indent would become a doctest.
fn check_descriptions(value: &Value, place: &str) -> Result<(), String> {
    match value {
        Value::Object(object) => object.iter().try_for_each(|(key, value)| {
            let place = format!("{place}/{key}");
            match value.as_str() {
                Some(text) if key == "description" && (text.contains("```") || text.contains("\n    ")) => {
                    Err(format!("the description at {place} has a fenced or indented block; rustdoc would run it as a test"))
                }
                _ => check_descriptions(value, &place),
            }
        }),
        Value::Array(list) => {
            list.iter().enumerate().try_for_each(|(n, value)| check_descriptions(value, &format!("{place}/{n}")))
        }
        _ => Ok(()),
    }
}

fn rate_limits(json: &Value) -> Result<Vec<RateLimit>, String> {
    let form = "the extension `x-copper-rate-limits` must be a list of {\"applies_to\": \"all\" or \"bulk\", \"requests\": 1 or more, \"seconds\": 1 or more}";
    let list = json
        .get("x-copper-rate-limits")
        .and_then(Value::as_array)
        .filter(|l| !l.is_empty())
        .ok_or(form)?;
    let at_least_one = |entry: &Value, key: &str| {
        entry
            .get(key)
            .and_then(Value::as_u64)
            .filter(|n| (1..=u64::from(u32::MAX)).contains(n))
    };
    list.iter()
        .map(|entry| {
            let bulk_only = match text_at(entry, "/applies_to") {
                Some("all") => false,
                Some("bulk") => true,
                _ => return Err(form.to_owned()),
            };
            let requests = at_least_one(entry, "requests").ok_or(form)?;
            let seconds = at_least_one(entry, "seconds").ok_or(form)?;
            Ok(RateLimit {
                bulk_only,
                requests,
                seconds,
            })
        })
        .collect()
}

fn headers(json: &Value) -> Result<Headers, String> {
    let at = |scheme: &str, key: &str| {
        text_at(json, &format!("/components/securitySchemes/{scheme}/{key}"))
            .map(str::to_owned)
            .ok_or_else(|| {
                format!(
                    "the security scheme `{scheme}` lacks `{key}`; it says which header carries it"
                )
            })
    };
    Ok(Headers {
        access_token: at("AccessToken", "name")?,
        user_email: at("UserEmail", "name")?,
        application: at("Application", "name")?,
        application_value: at("Application", "x-copper-value")?,
    })
}

fn search(json: &Value) -> Result<Search, String> {
    let at = |key: &str| json.pointer(&format!("/x-copper-search/{key}"));
    let number = |key: &str| at(key).and_then(Value::as_i64).filter(|n| *n > 0);
    match (at("total_header").and_then(Value::as_str), number("largest_page"), number("most_records")) {
        (Some(header), Some(largest_page), Some(most_records)) => {
            Ok(Search { total_header: header.to_owned(), largest_page, most_records })
        }
        _ => Err("the extension `x-copper-search` must have `total_header`, `largest_page` and `most_records`".to_owned()),
    }
}
