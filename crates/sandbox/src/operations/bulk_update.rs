//! `POST /{kind}/bulk_update`: a record or a failure for each that was sent, with its id either way.

use serde_json::Value;

use super::Call;
use crate::{
    answer::Answer,
    bulk::{each, kind},
    problem::{Problem, failure},
    record,
};

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    let kind = kind(&call)?;
    each(call, |draft, document, account| {
        let id = draft.input().get("id").and_then(Value::as_i64);
        // Of a record that there is not, nothing else is worth saying.
        let unknown = id.filter(|id| *id > 0 && account.get(kind, *id).is_none());
        if unknown.is_some() {
            return failure(&[Problem::invalid("id")], id);
        }
        record::update(kind, id.unwrap_or_default(), draft, document, account)
            .unwrap_or_else(|problems| failure(&problems, id))
    })
}
