//! A call: one request for one operation, with what the operation works on.

use std::borrow::Cow;

use copper_crm::schema::Operation;
use serde_json::{Map, Value};

use crate::{
    account::{Account, Fields},
    entities::{self, Entity, lead::LEAD},
    response::Response,
    schema::{Document, Problem},
};

/// A request that has passed credentials, limits and faults.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'static Operation,
    /// The `{id}` of the path, as it was sent.
    pub(crate) id: Option<&'a str>,
    pub(crate) query: Option<&'a str>,
    pub(crate) body: &'a [u8],
    /// The most records that a bulk request may have.
    pub(crate) max_items: usize,
    pub(crate) document: &'a Document,
    pub(crate) account: &'a mut Account,
}

impl<'a> Call<'a> {
    /// The body. An empty one counts as an empty object.
    pub(super) fn json(&self) -> Result<Value, Response> {
        if self.body.trim_ascii().is_empty() {
            return Ok(Value::Object(Map::new()));
        }
        serde_json::from_slice(self.body).map_err(|_| Response::malformed())
    }

    /// The body of a write, with numbers where the schema has numbers: they can be sent as strings.
    pub(super) fn written(&self) -> Result<Value, Response> {
        Ok(self.document.with_numbers(self.schema()?, self.json()?))
    }

    /// The body of a search: parameters of the query count as fields that the body lacks.
    pub(super) fn search(&self) -> Result<Fields, Response> {
        let (mut fields, schema) = (self.fields()?, self.schema()?);
        for (name, value) in self.parameters() {
            if !fields.contains_key(&*name) && self.document.field(schema, &name).is_some() {
                fields.insert(name.into_owned(), Value::from(&*value));
            }
        }
        Ok(fields)
    }

    /// The value of a parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut parameters = self.parameters();
        parameters.find_map(|(found, value)| (found == name).then_some(value))
    }

    fn parameters(&self) -> form_urlencoded::Parse<'a> {
        form_urlencoded::parse(self.query.unwrap_or_default().as_bytes())
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

    /// The entity that the path begins with.
    pub(super) fn entity(&self) -> Result<&'static Entity, Response> {
        let first = self.operation.path.split('/').find(|part| !part.is_empty());
        first
            .and_then(entities::by_name)
            .ok_or_else(Response::no_such_route)
    }

    /// The id in the path. `None` if it is not a number.
    pub(super) fn id(&self) -> Option<i64> {
        self.id?.parse().ok()
    }

    /// The id in the path, if that record exists.
    pub(super) fn record(&self, entity: &Entity) -> Result<i64, Response> {
        self.id()
            .filter(|id| self.account.get(entity.table, *id).is_some())
            .ok_or_else(Response::no_such_record)
    }

    /// The id of the lead in the path, if that lead exists.
    pub(super) fn lead(&self) -> Result<i64, Response> {
        self.record(&LEAD)
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
