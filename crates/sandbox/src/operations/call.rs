//! A call: one request for one operation, with what the operation works on.

use copper_crm::schema::Operation;
use serde_json::{Map, Value};

use crate::{
    account::{Account, Fields},
    entities::lead::LEAD,
    response::Response,
    schema::{Document, Problem},
};

/// A request that has passed credentials, limits and faults.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'static Operation,
    /// The `{id}` of the path, as it was sent.
    pub(crate) id: Option<&'a str>,
    pub(crate) body: &'a [u8],
    /// The most records that a bulk request may have.
    pub(crate) max_items: usize,
    pub(crate) document: &'a Document,
    pub(crate) account: &'a mut Account,
}

impl<'a> Call<'a> {
    pub(super) fn json(&self) -> Result<Value, Response> {
        serde_json::from_slice(self.body).map_err(|_| Response::malformed())
    }

    /// The fields of the body. A body that is not an object has none.
    pub(super) fn fields(&self) -> Result<Fields, Response> {
        Ok(match self.json()? {
            Value::Object(fields) => fields,
            _ => Map::new(),
        })
    }

    /// The schema of the body.
    pub(super) fn schema(&self) -> Result<&'a Value, Response> {
        let schema = self.document.request(self.operation.id);
        schema.ok_or_else(Response::no_such_route)
    }

    /// The id of the lead in the path, if that lead exists.
    pub(super) fn lead(&self) -> Result<i64, Response> {
        let id = self.id.and_then(|id| id.parse().ok());
        id.filter(|id| self.account.get(LEAD.table, *id).is_some())
            .ok_or_else(Response::no_such_record)
    }
}

/// A 422, unless there are no problems.
pub(super) fn check(problems: Vec<Problem>) -> Result<(), Response> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Response::invalid(&problems))
    }
}
