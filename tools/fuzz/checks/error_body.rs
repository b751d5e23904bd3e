//! A refusal. Its first line is a status and a request's id, the rest is its body.

use futures_util::FutureExt;
use reqwest::{Body, Response, header::HeaderValue};

use super::wire::{OWNER, TOKEN, assert_short, assert_silent, lead};
use crate::{
    client::{self, Sent},
    generated::operation,
    redactor::{Redactor, Secrets},
};

pub fn error_body(bytes: &[u8]) {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let (head, body) = (
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    );
    let (status, id) = head.split_at(head.len().min(3));
    let status = std::str::from_utf8(status)
        .ok()
        .and_then(|status| status.parse().ok())
        .filter(|status| (300..=599).contains(status))
        .unwrap_or(422);
    let request = serde_json::to_vec(&lead()).expect("a lead is JSON");
    for operation in [operation::BULK_CREATE_LEADS, operation::UPSERT_LEAD] {
        let mut answer = http::Response::new(Body::from(body.to_vec()));
        *answer.status_mut() = http::StatusCode::from_u16(status).expect("a status");
        if let Ok(id) = HeaderValue::from_bytes(id.trim_ascii()) {
            answer.headers_mut().insert("x-request-id", id.clone());
            answer.headers_mut().insert("retry-after", id);
        }
        let credentials = Secrets::new([TOKEN, OWNER]);
        answer.extensions_mut().insert(Sent {
            redactor: Redactor::new(credentials, request.clone().into()),
            base_url: "https://api.example.com/v1".into(),
        });
        let error = progenitor_client::Error::UnexpectedResponse(Response::from(answer));
        let error = client::error(operation, error)
            .now_or_never()
            .expect("it is in memory");
        let shown = error.to_string();
        assert_short(&shown);
        assert_silent(&format!(
            "{shown} {:?} {:?}",
            error.message(),
            error.request_id()
        ));
        assert_silent(&format!("{error:?}"));
        assert_eq!(error.status(), Some(status));
        let surely_nothing =
            (300..=499).contains(&status) && ![302, 303, 408, 409].contains(&status);
        assert_eq!(error.may_have_taken_effect(), !surely_nothing);
        let named = error.matching_ids();
        assert!(named.iter().all(|id| {
            error
                .message()
                .unwrap_or_default()
                .contains(&id.to_string())
        }));
    }
}
