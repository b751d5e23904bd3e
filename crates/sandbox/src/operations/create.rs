//! `POST /leads` and `POST /activities`: the created record, or a 422 with all its problems.

use super::call::Call;
use crate::{
    entities::record::{self, Draft},
    response::Response,
};

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    let (entity, schema, body) = (call.entity()?, call.schema()?, call.written()?);
    let draft = Draft::single(schema, &body);
    record::create(entity, &draft, call.document, call.account)
        .map(|record| Response::ok(&record))
        .map_err(|problems| Response::invalid(&problems))
}
