//! `GET /lead_statuses`: the lead statuses of the account.

use super::call::Call;
use crate::response::Response;

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    Ok(Response::ok(&call.account.statuses()))
}
