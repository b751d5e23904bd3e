//! The operations of the document, with what our own extensions say about them.

use serde_json::{Map, Value};

use crate::document::text_at;

pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    /// The variant of `Idempotency`.
    pub idempotency: &'static str,
    /// True if it can return computed custom field values.
    pub computed: bool,
    pub bulk: Option<Bulk>,
    /// True if its answer has a body.
    pub has_answer: bool,
    /// The schema of its answer, or of the items of its answer.
    pub answer: Option<String>,
}

impl Operation {
    /// True if the handwritten layer has a method for it.
    pub fn is_handwritten(&self) -> bool {
        HANDWRITTEN.contains(&self.id.as_str())
    }
}

/// A bulk operation: the request's component and its one list, and the schemas of the list's and the answer's
/// items.
pub struct Bulk {
    pub request: String,
    pub key: String,
    pub max_items: u64,
    pub input: String,
    pub output: String,
}

/// The parameter that asks for computed custom field values.
const COMPUTED: &str = "custom_field_computed_values";

/// The methods of OpenAPI, in the order in which the operations of a path are listed.
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "patch", "head", "options", "trace",
];

/// The operations whose method is written by hand. All others are given one by `calls`.
const HANDWRITTEN: [&str; 37] = [
    "bulk_create_activities",
    "bulk_create_companies",
    "bulk_create_leads",
    "bulk_create_opportunities",
    "bulk_create_people",
    "bulk_update_companies",
    "bulk_update_leads",
    "bulk_update_people",
    "convert_lead",
    "create_activity",
    "create_lead",
    "delete_company",
    "delete_lead",
    "delete_opportunity",
    "delete_person",
    "get_account",
    "get_current_user",
    "get_custom_field_definition",
    "get_lead",
    "get_user",
    "list_activity_types",
    "list_contact_types",
    "list_custom_field_definitions",
    "list_customer_sources",
    "list_lead_activities",
    "list_lead_statuses",
    "list_loss_reasons",
    "list_pipeline_stages",
    "list_pipelines",
    "list_stages_of_pipeline",
    "list_tags",
    "search_companies",
    "search_leads",
    "search_people",
    "search_users",
    "update_lead",
    "upsert_lead",
];

/// The other methods of the handles, which no operation can share its name with.
const TAKEN: [&str; 44] = [
    "all",
    "all_companies",
    "all_leads",
    "all_people",
    "base_url",
    "blocking",
    "builder",
    "builder_from_env",
    "client",
    "client_for",
    "client_ready",
    "client_with",
    "clock_offset",
    "clone",
    "deadline",
    "directory",
    "from_env",
    "hooks",
    "http",
    "limiter",
    "oauth",
    "of",
    "pages",
    "place",
    "probe",
    "read_page",
    "request",
    "search",
    "search_companies_page",
    "search_leads_page",
    "search_page",
    "search_page_strictly",
    "search_people_page",
    "search_strictly",
    "send_request",
    "sync_companies",
    "sync_leads",
    "sync_people",
    "upsert_leads",
    "wait",
    "with_computed_values",
    "with_deadline",
    "without_computed_values",
    "without_deadline",
];

/// Every operation of the document.
pub fn read(json: &Value) -> Result<Vec<Operation>, String> {
    let paths = json
        .get("paths")
        .and_then(Value::as_object)
        .ok_or("`paths` is missing")?;
    let mut operations = Vec::new();
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let operation = operation_at(json, path, method, operation)?;
                if operations
                    .iter()
                    .any(|other: &Operation| other.id == operation.id)
                {
                    return Err(format!(
                        "two operations have the operationId `{}`",
                        operation.id
                    ));
                }
                operations.push(operation);
            }
        }
    }
    match HANDWRITTEN
        .iter()
        .find(|id| !operations.iter().any(|operation| operation.id == **id))
    {
        Some(missing) => Err(format!(
            "the operation `{missing}` is missing; the handwritten layer calls it"
        )),
        None => Ok(operations),
    }
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
    // The generated client calls operations by their ids in snake case, and the hooks find them by these.
    if id.is_empty()
        || !id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        return Err(format!(
            "the operationId `{id}` of {method} {path} must be in snake_case"
        ));
    }
    if TAKEN.contains(&id) {
        return Err(format!(
            "the operationId `{id}` of {method} {path} is the name of another method of the handle; choose a different one"
        ));
    }
    let place = format!("operation `{id}` ({method} {path})");
    check_json(operation).map_err(|why| format!("{place}: {why}"))?;
    let idempotency = idempotency(operation).map_err(|why| format!("{place}{why}"))?;
    let bulk = match operation.get("x-copper-bulk") {
        None | Some(Value::Bool(false)) => None,
        Some(Value::Bool(true)) => Some(
            bulk(json, operation)
                .map_err(|why| format!("{place} is a bulk operation, but {why}"))?,
        ),
        Some(_) => return Err(format!("{place}: `x-copper-bulk` must be true or false")),
    };
    let parameters = operation
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let computed = parameters
        .into_iter()
        .any(|parameter| text_at(parameter, "/name") == Some(COMPUTED));
    Ok(Operation {
        id: id.to_owned(),
        method,
        path: path.to_owned(),
        idempotency,
        computed,
        bulk,
        has_answer: success(operation).is_some_and(has_content),
        answer: answer(operation),
    })
}

/// The response of an operation that succeeds. Other tools' responses are gone by now.
fn success(operation: &Value) -> Option<&Value> {
    let responses = operation.get("responses").and_then(Value::as_object);
    responses?.values().next()
}

fn has_content(of: &Value) -> bool {
    let content = of.get("content").and_then(Value::as_object);
    content.is_some_and(|content| !content.is_empty())
}

fn answer(operation: &Value) -> Option<String> {
    let schema = "/content/application~1json/schema";
    let success = success(operation)?;
    ref_at(success, schema).or_else(|| ref_at(success, &format!("{schema}/items")))
}

/// The client reads and writes JSON alone.
fn check_json(operation: &Value) -> Result<(), String> {
    let other = |of: Option<&Value>| {
        of.is_some_and(|of| has_content(of) && of.pointer("/content/application~1json").is_none())
    };
    if other(operation.get("requestBody")) {
        Err(
            "its request body is not `application/json`, the only form that the client sends"
                .to_owned(),
        )
    } else if other(success(operation)) {
        Err("its answer is not `application/json`, the only form that the client reads".to_owned())
    } else {
        Ok(())
    }
}

fn idempotency(operation: &Value) -> Result<&'static str, String> {
    const FORM: &str = "\"safe\" (it changes nothing), \"idempotent\" (twice has the effect of once) or \"not-idempotent\" (twice has the effect twice)";
    match text_at(operation, "/x-copper-idempotency") {
        Some("safe") => Ok("Safe"),
        Some("idempotent") => Ok("Idempotent"),
        Some("not-idempotent") => Ok("NotIdempotent"),
        Some(other) => Err(format!(
            ": `x-copper-idempotency` is `{other}`; it must be {FORM}"
        )),
        None => Err(format!(
            " lacks the extension `x-copper-idempotency`, which says what it does to send it twice: {FORM}"
        )),
    }
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
