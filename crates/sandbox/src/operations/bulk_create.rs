//! `POST /{kind}/bulk_create`: a record or a failure for each that was sent.

use super::Call;
use crate::{
    answer::Answer,
    bulk::{each, kind},
    problem::failure,
    record,
};

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    let kind = kind(&call)?;
    each(call, |draft, document, account| {
        record::create(kind, draft, document, account)
            .unwrap_or_else(|problems| failure(&problems, None))
    })
}
