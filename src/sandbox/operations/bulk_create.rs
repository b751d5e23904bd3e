//! `POST /leads/bulk_create`: any well-formed request gets a 200 with one item per record, in the order
//! of the request. A bad record costs its own item and no other.

use serde_json::{Map, Value, json};

use super::{Call, create_lead};
use crate::sandbox::{
    answer::Answer,
    document::{Document, Problem},
};

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    let body = call.json()?;
    let bulk = call
        .operation
        .bulk
        .as_ref()
        .ok_or_else(Answer::no_such_route)?;
    let schema = call
        .document
        .bulk_item(call.operation.id, bulk.key)
        .ok_or_else(Answer::no_such_route)?;
    let records = records(&body, bulk.key)?;
    if records.len() > call.max_items {
        return Err(Answer::too_many_records(call.max_items));
    }
    let (document, account) = (call.document, call.account);
    let item = |record| create_one(record, schema, document, account);
    Ok(Answer::ok(&records.iter().map(item).collect()))
}

fn create_one(
    record: &Value,
    schema: &Value,
    document: &Document,
    account: &mut crate::sandbox::account::Account,
) -> Value {
    create_lead::create(record, schema, document, account)
        .unwrap_or_else(|problems| failure(&problems))
}

/// The records of a request. What Copper says when there are none of them is not documented; it can't
/// be a 200, since there is nothing to answer item by item.
fn records<'a>(body: &'a Value, key: &str) -> Result<&'a Vec<Value>, Answer> {
    let refuse = |problem: Problem| Answer::invalid(&[problem.sentence()]);
    let body = body
        .as_object()
        .ok_or_else(|| refuse(Problem::Missing(key.to_owned())))?;
    let unknown: Vec<_> = body.keys().filter(|name| *name != key).cloned().collect();
    if !unknown.is_empty() {
        return Err(refuse(Problem::Unrecognized(unknown)));
    }
    match body.get(key) {
        Some(Value::Array(records)) => Ok(records),
        None | Some(Value::Null) => Err(refuse(Problem::Missing(key.to_owned()))),
        Some(_) => Err(refuse(Problem::Invalid(key.to_owned()))),
    }
}

/// The documented failure item.
fn failure(problems: &[Problem]) -> Value {
    let mut message = Map::new();
    for (field, text) in problems.iter().map(Problem::entry) {
        let errors = message.entry(field).or_insert_with(|| json!([]));
        if let Some(errors) = errors.as_array_mut() {
            errors.push(json!({ "error": text }));
        }
    }
    json!({ "success": false, "message": message })
}
