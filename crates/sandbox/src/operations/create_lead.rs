//! `POST /leads`: one lead, or a 422 that says all that is wrong with it.

use super::Call;
use crate::{
    answer::Answer,
    kinds::lead::LEAD,
    record::{self, Draft},
};

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    let (schema, body) = (call.schema()?, call.json()?);
    let draft = Draft::single(schema, &body);
    record::create(&LEAD, &draft, call.document, call.account)
        .map(|lead| Answer::ok(&lead))
        .map_err(|problems| Answer::invalid(&problems))
}
