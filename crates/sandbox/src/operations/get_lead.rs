//! `GET /leads/{id}`: the lead, or a 404.

use super::Call;
use crate::{answer::Answer, kinds::lead::LEAD};

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    let lead = call.account.get(&LEAD, call.lead()?);
    lead.map(|lead| Answer::ok(&lead.clone().into()))
        .ok_or_else(Answer::no_such_record)
}
