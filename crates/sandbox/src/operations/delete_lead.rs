//! `DELETE /leads/{id}`: deletes the lead. A second such request gets a 404.

use serde_json::json;

use super::call::Call;
use crate::{entities::lead::LEAD, response::Response};

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    let id = call.lead()?;
    call.account.remove(LEAD.table, id);
    Ok(Response::ok(&json!({ "id": id, "is_deleted": true })))
}
