//! The common part of all bulk operations: a well-formed request gets a 200 with one item per record, in the
//! order of the request. An invalid record affects only its own item.

use serde_json::Value;

use super::call::Call;
use crate::{
    account::Account,
    entities::record::Draft,
    response::Response,
    schema::{Document, Problem},
};

/// Does the work for each record.
pub(crate) fn each(
    call: Call<'_>,
    mut item: impl FnMut(&Draft<'_>, &Document, &mut Account) -> Value,
) -> Result<Response, Response> {
    let body = call.written()?;
    let Call {
        operation,
        max_items,
        document,
        account,
        ..
    } = call;
    let bulk = operation
        .bulk
        .as_ref()
        .ok_or_else(Response::no_such_route)?;
    let schema = document
        .bulk_item(operation.id, bulk.key)
        .ok_or_else(Response::no_such_route)?;
    let records = records(&body, bulk.key).map_err(|problem| Response::invalid(&[problem]))?;
    if records.len() > max_items {
        return Err(Response::too_many_records(max_items));
    }
    let items = (0..records.len()).map(|at| {
        let draft = Draft {
            schema,
            records,
            at,
        };
        item(&draft, document, account)
    });
    Ok(Response::ok(&items.collect()))
}

/// The records of a request. Copper's response to a request without the list is not documented. It can't be
/// a 200, because that has one item per record.
fn records<'a>(body: &'a Value, key: &str) -> Result<&'a Vec<Value>, Problem> {
    let body = body.as_object().ok_or_else(|| Problem::missing(key))?;
    let unknown: Vec<_> = body.keys().filter(|name| *name != key).cloned().collect();
    if !unknown.is_empty() {
        return Err(Problem::Unrecognized(unknown));
    }
    match body.get(key) {
        Some(Value::Array(records)) => Ok(records),
        None | Some(Value::Null) => Err(Problem::missing(key)),
        Some(_) => Err(Problem::invalid(key)),
    }
}
