//! The schema document, read and checked: everything that the handwritten layer relies on and that
//! the generator would silently pass over is asked for here, with a sentence for each lack.

use serde_json::{Map, Value};

pub struct Document {
    pub json: Value,
    pub base_url: String,
    pub size_limit_message: String,
    pub rate_limits: Vec<RateLimit>,
    pub headers: Headers,
    pub operations: Vec<Operation>,
}

pub struct RateLimit {
    pub bulk_only: bool,
    pub requests: u64,
    pub seconds: u64,
}

pub struct Headers {
    pub access_token: String,
    pub user_email: String,
    pub application: String,
    pub application_value: String,
}

pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub repeat_always: bool,
    pub bulk: Option<Bulk>,
}

/// A bulk operation: the request's component and its one list, and what the list and the answer hold.
pub struct Bulk {
    pub request: String,
    pub key: String,
    pub max_items: u64,
    pub input: String,
    pub output: String,
}

/// What the handwritten layer calls by name.
const OPERATIONS: [&str; 4] = [
    "bulk_create_leads",
    "create_lead",
    "get_lead",
    "list_lead_statuses",
];
const SCHEMAS: [&str; 4] = ["BulkFailure", "Lead", "LeadId", "NewLead"];

impl Document {
    pub fn read(text: &str) -> Result<Self, String> {
        let json: Value =
            serde_json::from_str(text).map_err(|e| format!("this is not JSON: {e}"))?;
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
        let operations = operations(&json)?;
        if let Some(missing) = OPERATIONS
            .iter()
            .find(|id| !operations.iter().any(|o| o.id == **id))
        {
            return Err(format!(
                "the operation `{missing}` is missing; the handwritten layer calls it"
            ));
        }
        Ok(Self {
            base_url,
            size_limit_message,
            rate_limits: rate_limits(&json)?,
            headers: headers(&json)?,
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
}

fn text_at<'a>(json: &'a Value, pointer: &str) -> Option<&'a str> {
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

/// Descriptions become rustdoc, where a fence or an indent would become a doctest.
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

fn operations(json: &Value) -> Result<Vec<Operation>, String> {
    let paths = json
        .get("paths")
        .and_then(Value::as_object)
        .ok_or("`paths` is missing")?;
    let mut operations = Vec::new();
    for (path, item) in paths {
        for method in ["get", "put", "post", "delete"] {
            if let Some(operation) = item.get(method) {
                operations.push(operation_at(json, path, method, operation)?);
            }
        }
    }
    Ok(operations)
}

fn operation_at(
    json: &Value,
    path: &str,
    method: &str,
    operation: &Value,
) -> Result<Operation, String> {
    let method = method.to_uppercase();
    let id = text_at(operation, "/operationId")
        .ok_or_else(|| format!("{method} {path} lacks an `operationId`"))?;
    // The generated client calls operations by their ids in snake case, and the hooks look them up by that.
    if id.is_empty()
        || !id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        return Err(format!(
            "the operationId `{id}` of {method} {path} must be in snake_case"
        ));
    }
    let place = format!("operation `{id}` ({method} {path})");
    let repeat_always = match text_at(operation, "/x-copper-repeat") {
        Some("always") => true,
        Some("if-refused") => false,
        Some(other) => {
            return Err(format!(
                "{place}: `x-copper-repeat` is `{other}`; it must be \"always\" or \"if-refused\""
            ));
        }
        None => {
            return Err(format!(
                "{place} lacks the extension `x-copper-repeat`, which says whether it may be sent again when it is in doubt whether it took effect: \"always\" or \"if-refused\""
            ));
        }
    };
    let bulk = match operation.get("x-copper-bulk") {
        None | Some(Value::Bool(false)) => None,
        Some(Value::Bool(true)) => Some(
            bulk(json, operation)
                .map_err(|why| format!("{place} is a bulk operation, but {why}"))?,
        ),
        Some(_) => return Err(format!("{place}: `x-copper-bulk` must be true or false")),
    };
    Ok(Operation {
        id: id.to_owned(),
        method,
        path: path.to_owned(),
        repeat_always,
        bulk,
    })
}

fn bulk(json: &Value, operation: &Value) -> Result<Bulk, String> {
    let content = "content/application~1json/schema";
    let request = ref_at(operation, &format!("/requestBody/{content}"))
        .ok_or("its request body is not a `$ref` to a schema")?;
    let schema = component(json, &request)?;
    let (key, list) = only_property(schema)
        .ok_or_else(|| format!("its body `{request}` must have exactly one property, the list"))?;
    let max_items = list
        .get("maxItems")
        .and_then(Value::as_u64)
        .filter(|n| *n > 0)
        .ok_or_else(|| {
            format!("the list `{request}.{key}` lacks `maxItems`, the most records of one request")
        })?;
    let input = ref_at(list, "/items")
        .ok_or_else(|| format!("the items of `{request}.{key}` are not a `$ref` to a schema"))?;
    let item = ref_at(operation, &format!("/responses/200/{content}/items"))
        .ok_or("its 200 answer is not a list of `$ref` to a schema")?;
    let output = ref_at(component(json, &item)?, "/x-rust-type/parameters/0")
        .ok_or_else(|| format!("the answer's item `{item}` lacks the `x-rust-type` that names its record (see BulkLeadItem)"))?;
    component(json, &output)?
        .pointer("/properties/id")
        .ok_or_else(|| format!("the record `{output}` has no `id`"))?;
    Ok(Bulk {
        request,
        key: key.clone(),
        max_items,
        input,
        output,
    })
}

fn component<'a>(json: &'a Value, name: &str) -> Result<&'a Value, String> {
    json.pointer(&format!("/components/schemas/{name}"))
        .ok_or_else(|| format!("the schema `{name}` is missing"))
}

fn ref_at(json: &Value, pointer: &str) -> Option<String> {
    Some(
        text_at(json.pointer(pointer)?, "/$ref")?
            .strip_prefix("#/components/schemas/")?
            .to_owned(),
    )
}

fn only_property(schema: &Value) -> Option<(&String, &Value)> {
    let properties: &Map<String, Value> = schema.get("properties")?.as_object()?;
    if properties.len() == 1 {
        properties.iter().next()
    } else {
        None
    }
}
