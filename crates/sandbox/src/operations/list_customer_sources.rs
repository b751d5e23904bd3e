//! `GET /customer_sources`: the sources of this account.

use super::Call;
use crate::answer::Answer;

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    Ok(Answer::ok(&call.account.sources()))
}
