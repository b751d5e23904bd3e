//! `DELETE /{records}/{id}`: deletes the record. A second such request gets a 404.

use serde_json::json;

use super::call::Call;
use crate::response::Response;

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    let entity = call.entity()?;
    let id = call.record(entity)?;
    call.account.remove(entity.table, id);
    Ok(Response::ok(&json!({ "id": id, "is_deleted": true })))
}
