//! An answer to the creation of one lead.

use bytes::Bytes;
use futures_util::FutureExt;
use progenitor_client::{Error, ResponseValue};
use reqwest::{StatusCode, header::HeaderMap};

use super::wire::{Said, assert_quotes_nothing};
use crate::{client, generated::operation, types::Lead};

pub fn single_answer(body: &[u8]) {
    // As the generated client does.
    let read = match serde_json::from_slice::<Lead>(body) {
        Ok(lead) => Ok(ResponseValue::new(lead, StatusCode::OK, HeaderMap::new())),
        Err(error) => Err(Error::InvalidResponsePayload(
            Bytes::copy_from_slice(body),
            error,
        )),
    };
    let lead = client::record(operation::CREATE_LEAD, read)
        .now_or_never()
        .expect("there is nothing to wait for");
    let said = std::str::from_utf8(body).ok().and_then(Said::by);
    match lead {
        Ok(lead) => {
            let said = said.expect("it is an object");
            assert!(!said.failed, "what failed is no lead");
            assert_eq!(Some(lead.id.0), said.id);
        }
        Err(error) => {
            assert!(error.may_have_taken_effect(), "nobody can know");
            assert_quotes_nothing(&format!("{error} {error:?}"));
            let exists = said.is_some_and(|said| !said.failed && said.id.is_some());
            assert!(!exists, "it exists: {error}");
        }
    }
}
