//! `GET /lead_statuses`: the statuses of this account.

use super::Call;
use crate::answer::Answer;

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    Ok(Answer::ok(&call.account.statuses()))
}
