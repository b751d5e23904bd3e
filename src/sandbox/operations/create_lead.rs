//! `POST /leads`: one lead, or a 422 that says all that is wrong with it.

use serde_json::{Value, json};

use super::Call;
use crate::sandbox::{
    account::Account,
    answer::Answer,
    document::{Document, Problem},
    lead,
};

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    let body = call.json()?;
    let schema = call
        .document
        .request(call.operation.id)
        .ok_or_else(Answer::no_such_route)?;
    match create(&body, schema, call.document, call.account) {
        Ok(lead) => Ok(Answer::ok(&lead)),
        Err(problems) => Err(Answer::invalid(
            &problems.iter().map(Problem::sentence).collect::<Vec<_>>(),
        )),
    }
}

/// Creates one lead. This is all that single and bulk have in common, at Copper's side too.
pub(super) fn create(
    body: &Value,
    schema: &Value,
    document: &Document,
    account: &mut Account,
) -> Result<Value, Vec<Problem>> {
    let nothing = json!({});
    // What is no object has no name.
    let input = body
        .as_object()
        .or(nothing.as_object())
        .ok_or_else(Vec::new)?;
    let mut problems = document.problems(schema, input);
    problems.extend(lead::problems(input, account));
    if problems.is_empty() {
        Ok(lead::create(input, account))
    } else {
        Err(problems)
    }
}
