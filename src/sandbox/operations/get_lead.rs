//! `GET /leads/{id}`: the lead, or a 404.

use super::Call;
use crate::sandbox::{answer::Answer, lead};

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    let id = call
        .id
        .and_then(|id| id.parse().ok())
        .ok_or_else(Answer::no_such_record)?;
    call.account
        .get(lead::KIND, id)
        .map(Answer::ok)
        .ok_or_else(Answer::no_such_record)
}
