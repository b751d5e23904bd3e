//! `POST /leads`: the created lead, or a 422 with all its problems.

use super::call::Call;
use crate::{
    entities::{
        lead::LEAD,
        record::{self, Draft},
    },
    response::Response,
};

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    let (schema, body) = (call.schema()?, call.json()?);
    let draft = Draft::single(schema, &body);
    record::create(&LEAD, &draft, call.document, call.account)
        .map(|lead| Response::ok(&lead))
        .map_err(|problems| Response::invalid(&problems))
}
