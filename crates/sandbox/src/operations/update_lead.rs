//! `PUT /leads/{id}`: the lead with the changes made, or a 404, or a 422 and no change at all.

use super::Call;
use crate::{
    answer::Answer,
    kinds::lead::LEAD,
    record::{self, Draft},
};

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    let (id, schema, body) = (call.lead()?, call.schema()?, call.json()?);
    let draft = Draft::single(schema, &body);
    record::update(&LEAD, id, &draft, call.document, call.account)
        .map(|lead| Answer::ok(&lead))
        .map_err(|problems| Answer::invalid(&problems))
}
