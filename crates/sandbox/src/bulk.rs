//! What all bulk operations have in common: any well-formed request gets a 200 with one item per
//! record, in the order of the request. A bad record costs its own item and no other.

use serde_json::Value;

use super::{
    account::Account,
    answer::Answer,
    document::Document,
    kinds::{self, Kind},
    operations::Call,
    problem::Problem,
    record::Draft,
};

/// The kind of records that a bulk operation is about.
pub(super) fn kind(call: &Call<'_>) -> Result<&'static Kind, Answer> {
    let bulk = call.operation.bulk.as_ref();
    bulk.and_then(|bulk| kinds::kind(bulk.key))
        .ok_or_else(Answer::no_such_route)
}

/// Does the work on each record.
pub(super) fn each(
    call: Call<'_>,
    mut item: impl FnMut(&Draft<'_>, &Document, &mut Account) -> Value,
) -> Result<Answer, Answer> {
    let Call {
        operation,
        body,
        max_items,
        document,
        account,
        ..
    } = call;
    let body: Value = serde_json::from_slice(body).map_err(|_| Answer::malformed())?;
    let bulk = operation.bulk.as_ref().ok_or_else(Answer::no_such_route)?;
    let schema = document
        .bulk_item(operation.id, bulk.key)
        .ok_or_else(Answer::no_such_route)?;
    let records = records(&body, bulk.key).map_err(|problem| Answer::invalid(&[problem]))?;
    if records.len() > max_items {
        return Err(Answer::too_many_records(max_items));
    }
    let items = (0..records.len()).map(|at| {
        let draft = Draft {
            schema,
            records,
            at,
        };
        item(&draft, document, account)
    });
    Ok(Answer::ok(&items.collect()))
}

/// The records of a request. What Copper says when there are none of them is not documented; it can't
/// be a 200, since there is nothing to answer item by item.
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
