//! `GET /leads/{id}`: the lead, or a 404.

use super::call::Call;
use crate::{entities::lead::LEAD, response::Response};

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    let lead = call.account.get(LEAD.table, call.lead()?);
    lead.map(|lead| Response::ok(&lead.clone().into()))
        .ok_or_else(Response::no_such_record)
}
