//! `DELETE /leads/{id}`: the lead is gone, also for a second such request.

use serde_json::json;

use super::Call;
use crate::{answer::Answer, kinds::lead::LEAD};

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    let id = call.lead()?;
    call.account.remove(&LEAD, id);
    Ok(Answer::ok(&json!({ "id": id, "is_deleted": true })))
}
