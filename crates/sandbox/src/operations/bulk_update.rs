//! `POST /{records}/bulk_update`: a record or a failure item for each that was sent. Both have its id.

use serde_json::Value;

use super::{bulk::each, call::Call};
use crate::{
    entities::record,
    response::Response,
    schema::{Problem, failure},
};

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    let entity = call.entity()?;
    each(call, |draft, document, account| {
        let id = draft.input().get("id").and_then(Value::as_i64);
        // For a record that doesn't exist, no other problem is reported.
        let unknown = id.filter(|id| *id > 0 && account.get(entity.table, *id).is_none());
        if unknown.is_some() {
            return failure(&[Problem::invalid("id")], id);
        }
        record::update(entity, id.unwrap_or_default(), draft, document, account)
            .unwrap_or_else(|problems| failure(&problems, id))
    })
}
