//! `PUT /leads/{id}`: the updated lead, or a 404, or a 422 and no change.

use super::call::Call;
use crate::{
    entities::{
        lead::LEAD,
        record::{self, Draft},
    },
    response::Response,
};

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    let (id, schema, body) = (call.lead()?, call.schema()?, call.written()?);
    let draft = Draft::single(schema, &body);
    record::update(&LEAD, id, &draft, call.document, call.account)
        .map(|lead| Response::ok(&lead))
        .map_err(|problems| Response::invalid(&problems))
}
