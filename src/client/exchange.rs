//! One request and its whole answer. Bodies are read here, within a cap, because the generated client
//! gets an answer at its headers: only what has been read whole can be told from what was cut off.

use std::{error::Error as StdError, io, time::Duration};

use bytes::Bytes;
use futures_util::stream;
use reqwest::{
    Body, Request, Response, StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use serde::de::IgnoredAny;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use crate::{
    limit::Permit,
    redactor::Redactor,
    retry::{self, Event},
    telemetry,
};

/// The largest answer that is read: some twenty times the largest that Copper is known to give.
const LARGEST_ANSWER: usize = 16 << 20;
/// The most items of an answer larger than this one, some fifty times the longest page. A list of nothing
/// but ids takes a hundred times as much in memory as on the wire.
const MOST_ITEMS: usize = 10_000;
const LARGE_ANSWER: usize = 1 << 20;
const RUNTIME: &str = "x-runtime";
/// The id that Copper gives a request.
pub(crate) const REQUEST_ID: &str = "x-request-id";
const BEARER: &str = "Bearer ";

/// Sends a request once, and tells what came of it.
pub(crate) async fn attempt(
    http: &reqwest::Client,
    request: Request,
    permit: Permit,
    span: Span,
) -> reqwest::Result<(Response, Bytes)> {
    if span.is_disabled() {
        return exchange(http, request, permit).await;
    }
    let sent = request.try_clone();
    let since = Instant::now();
    let result = exchange(http, request, permit)
        .instrument(span.clone())
        .await;
    let id = result
        .as_ref()
        .ok()
        .and_then(|(answer, _)| answer.headers().get(REQUEST_ID)?.to_str().ok());
    let hidden = || sent.as_ref().map(carried).unwrap_or_default();
    telemetry::ended(&span, event(&result), id, hidden, since.elapsed());
    result
}

/// Sends a request, and reads the whole answer. The body comes beside it, for an answer can't be
/// looked into without using it up.
async fn exchange(
    http: &reqwest::Client,
    request: Request,
    permit: Permit,
) -> reqwest::Result<(Response, Bytes)> {
    let carried = request.try_clone();
    let sent = permit.sent();
    match http.execute(request).await {
        Ok(answer) => {
            // Before the body: what is wanted is when the answer came, not when it was read.
            sent.answered(answer.status().as_u16(), runtime(answer.headers()));
            whole(answer, carried).await
        }
        Err(error) => {
            if error.is_connect() || error.is_builder() {
                sent.never_left();
            }
            Err(error)
        }
    }
}

/// The answer with its body in memory. If it may come to an error, what must not be told is beside it.
async fn whole(
    mut answer: Response,
    request: Option<Request>,
) -> reqwest::Result<(Response, Bytes)> {
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await? {
        if body.len() + part.len() > LARGEST_ANSWER {
            return Err(too_large().await);
        }
        body.extend_from_slice(&part);
    }
    if body.len() > LARGE_ANSWER && items(&body) > MOST_ITEMS {
        return Err(too_large().await);
    }
    let body = Bytes::from(body);
    let mut read = http::Response::new(Body::from(body.clone()));
    *read.status_mut() = answer.status();
    *read.headers_mut() = std::mem::take(answer.headers_mut());
    if let (true, Some(request)) = (answer.status() != StatusCode::OK, request) {
        read.extensions_mut().insert(carried(&request));
    }
    Ok((Response::from(read), body))
}

/// How many items an answer has, if it is a list.
fn items(body: &[u8]) -> usize {
    serde_json::from_slice::<Vec<IgnoredAny>>(body).map_or(0, |items| items.len())
}

fn carried(request: &Request) -> Redactor {
    let credentials = request
        .headers()
        .values()
        .filter(|value| value.is_sensitive())
        .filter_map(|value| value.to_str().ok())
        .map(|text| text.strip_prefix(BEARER).unwrap_or(text));
    let body = request.body().and_then(Body::as_bytes);
    Redactor::new(credentials, body.unwrap_or_default())
}

/// A hook may fail with reqwest's error only, which can't be made by hand; so one is provoked.
async fn too_large() -> reqwest::Error {
    loop {
        let refused = io::Error::new(
            io::ErrorKind::InvalidData,
            "the answer is larger than any that Copper gives",
        );
        let body = Body::wrap_stream(stream::iter([Err::<Bytes, _>(refused)]));
        if let Err(error) = Response::from(http::Response::new(body)).bytes().await {
            return error;
        }
    }
}

fn runtime(headers: &HeaderMap) -> Option<f64> {
    headers.get(RUNTIME)?.to_str().ok()?.trim().parse().ok()
}

/// What the answer's `Retry-After` asks for.
pub(crate) fn asked_to_wait(headers: &HeaderMap) -> Option<Duration> {
    retry::retry_after(headers.get(RETRY_AFTER)?.to_str().ok()?)
}

/// What came of an attempt. A success that says nothing readable is no answer.
pub(crate) fn event(result: &reqwest::Result<(Response, Bytes)>) -> Event {
    match result {
        Err(error) => failure(error),
        Ok((answer, body)) if answer.status().is_success() && !is_json(body) => Event::Lost,
        Ok((answer, _)) => Event::Answered {
            status: answer.status().as_u16(),
            size_limit: None,
        },
    }
}

fn is_json(body: &[u8]) -> bool {
    // Of bytes alone it would not be asked whether they are UTF-8.
    str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// What a request that got no whole answer came to.
pub(crate) fn failure(error: &reqwest::Error) -> Event {
    if error.is_builder() {
        return Event::Unsendable;
    }
    // A connect timeout is a timeout too, so this is asked first.
    if !error.is_connect() {
        return Event::Lost;
    }
    if refused_by_tls(error) {
        Event::Unsendable
    } else {
        Event::NotConnected
    }
}

/// Whether certificates or TLS itself are what failed, which no second attempt mends.
#[cfg(feature = "rustls-ring")]
fn refused_by_tls(error: &(dyn StdError + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    // An io::Error hides the error that it was made of from `source`.
    let wrapped = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => refused_by_tls(wrapped),
        None => error.source().is_some_and(refused_by_tls),
    }
}

/// Whose TLS it is can't be known without this crate's, nor how it fails: the attempts run out instead.
#[cfg(not(feature = "rustls-ring"))]
fn refused_by_tls(_: &(dyn StdError + 'static)) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn is_read(body: Vec<u8>) -> bool {
        let answer = Response::from(http::Response::new(Body::from(body)));
        whole(answer, None).await.is_ok()
    }

    /// A list of so many items, which takes so many bytes.
    fn list(items: usize, bytes: usize) -> Vec<u8> {
        let mut list = format!("[{}0]", "0,".repeat(items - 1)).into_bytes();
        list.resize(bytes.max(list.len()), b' ');
        list
    }

    #[tokio::test]
    async fn an_answer_is_read_up_to_its_cap() {
        assert!(is_read(vec![b' '; LARGEST_ANSWER]).await);
        assert!(!is_read(vec![b' '; LARGEST_ANSWER + 1]).await);
    }

    #[tokio::test]
    async fn a_large_answer_may_have_no_more_items_than_any_page() {
        assert!(is_read(list(MOST_ITEMS, LARGE_ANSWER + 1)).await);
        assert!(!is_read(list(MOST_ITEMS + 1, LARGE_ANSWER + 1)).await);
        assert!(is_read(list(MOST_ITEMS + 1, LARGE_ANSWER)).await);
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let value = value.parse().expect("a header's value");
        HeaderMap::from_iter([(http::HeaderName::from_static(name), value)])
    }

    #[test]
    fn how_long_copper_took_is_what_it_says_in_seconds() {
        let said = |value| runtime(&headers(RUNTIME, value));
        assert_eq!(said("0.153"), Some(0.153));
        assert_eq!(said(" 12 "), Some(12.0));
        assert_eq!(said("long"), None);
        assert_eq!(runtime(&HeaderMap::new()), None);
    }

    #[test]
    fn an_answer_is_waited_for_as_long_as_it_asks() {
        let asked = |value| asked_to_wait(&headers(RETRY_AFTER.as_str(), value));
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked_to_wait(&HeaderMap::new()), None);
    }

    #[test]
    fn a_success_that_says_nothing_readable_is_no_answer() {
        let came = |status, body: &'static [u8]| {
            let mut answer = http::Response::new(Body::default());
            *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
            event(&Ok((Response::from(answer), Bytes::from_static(body))))
        };
        let answered = |status| Event::Answered {
            status,
            size_limit: None,
        };
        assert_eq!(came(200, b"{}"), answered(200));
        assert_eq!(came(200, b"<html>"), Event::Lost);
        assert_eq!(came(200, b"\"\xFF\""), Event::Lost);
        assert_eq!(came(502, b"<html>"), answered(502));
    }
}
