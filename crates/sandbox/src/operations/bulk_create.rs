//! `POST /{records}/bulk_create`: a record or a failure item for each that was sent.

use super::{bulk::each, call::Call};
use crate::{entities::record, response::Response, schema::failure};

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    let entity = call.entity()?;
    each(call, |draft, document, account| {
        record::create(entity, draft, document, account)
            .unwrap_or_else(|problems| failure(&problems, None))
    })
}
