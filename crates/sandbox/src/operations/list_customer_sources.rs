//! `GET /customer_sources`: the customer sources of the account.

use super::call::Call;
use crate::response::Response;

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    Ok(Response::ok(&call.account.sources()))
}
