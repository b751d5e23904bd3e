//! One attempt at a request, and its whole answer. The body is read here, up to a limit, because the
//! generated client gets an answer as soon as its headers are there. Only after the whole body was read can
//! it be told from one that was cut off.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::{Body, Request, Response, StatusCode, header::HeaderMap};
use serde::de::IgnoredAny;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::{
    deadline::{Deadline, within},
    failure::{self, Halted},
    observer::Attempt,
    refusal::{REQUEST_ID, Sent},
    shared::Shared,
};
use crate::{
    limit::Permit,
    operation::Operation,
    redactor::Redactor,
    retry::Event,
    telemetry::{self, Range},
};

/// The largest answer that is read: some twenty times the largest known answer of Copper's.
const LARGEST_ANSWER: usize = 16 << 20;
/// The most items of an answer larger than `LARGE_ANSWER`: some fifty times the longest page. A list of ids
/// alone takes a hundred times as much memory as on the wire.
const MOST_ITEMS: usize = 10_000;
const LARGE_ANSWER: usize = 1 << 20;
const RUNTIME: &str = "x-runtime";

/// A request that may be sent once, now.
pub(crate) struct Ready {
    pub(crate) permit: Permit,
    /// The number of the attempt, from 1.
    pub(crate) attempt: u32,
    /// The time that it waited before it was allowed to be sent.
    pub(crate) waited: Duration,
    /// The records in it, if a run sends it.
    pub(crate) records: Option<Range>,
    pub(crate) deadline: Option<Deadline>,
}

/// A whole answer. Its body is given separately as well, because reading the answer consumes it.
pub(crate) type WholeAnswer = (Response, Bytes);

/// Sends a request once, and reads the whole answer.
pub(crate) async fn send(
    http: &reqwest::Client,
    mut request: Request,
    operation: &'static Operation,
    ready: Ready,
    shared: &Shared,
) -> reqwest::Result<WholeAnswer> {
    let Ready {
        permit,
        attempt,
        waited,
        records,
        deadline,
    } = ready;
    let span = telemetry::request(operation, &request, attempt, waited, records);
    shared
        .observers
        .add_headers(operation, attempt, request.headers_mut());
    let url = request.url().clone();
    // Bytes are shared here, not copied.
    let carried = request.try_clone();
    let (started, since) = (SystemTime::now(), Instant::now());
    let (limit, halted) = limit(shared.timeout, deadline, since);
    let exchange = exchange(http, request, permit).instrument(span.clone());
    let in_flight = InFlight::of_call(operation, records, &span);
    let result = match within(limit, exchange).await {
        Some(Err(Failed::TooLarge)) => Err(Halted::TooLarge.into_error(url).await),
        Some(Err(Failed::Http(error))) => Err(error),
        Some(Ok(answer)) => Ok(in_memory(answer, carried.as_ref(), shared)),
        None => Err(halted.into_error(url).await),
    };
    in_flight.end();
    let took = since.elapsed();
    if let Ok((answer, _)) = &result {
        shared
            .clock
            .learn(started, started + took, answer.headers());
    }
    let event = || event(operation, &result);
    let id = || request_id(&result, &redactor(carried.as_ref(), shared));
    telemetry::ended(&span, event, id, took);
    shared.observers.tell(&Attempt {
        operation: operation.id,
        attempt,
        started,
        took,
        waited,
        status: result
            .as_ref()
            .ok()
            .map(|(answer, _)| answer.status().as_u16()),
        failure: result.as_ref().err().map(|error| failure::kind(error).0),
    });
    result
}

/// A request in flight. If it is dropped, a single call that may have taken effect reports it. A run reports it
/// by itself.
struct InFlight<'a>(Option<(&'static str, &'a Span)>);

impl<'a> InFlight<'a> {
    fn of_call(operation: &Operation, records: Option<Range>, span: &'a Span) -> Self {
        let tells = records.is_none() && operation.idempotency.has_effect();
        Self(tells.then_some((operation.id, span)))
    }

    fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if let Some((operation, span)) = self.0 {
            span.in_scope(|| telemetry::call_interrupted(operation));
        }
    }
}

/// The time limit of an attempt, and why the attempt ends then.
fn limit(timeout: Duration, deadline: Option<Deadline>, now: Instant) -> (Duration, Halted) {
    match deadline {
        Some(deadline) if deadline.left(now) < timeout => {
            (deadline.left(now), Halted::Expired(deadline.of()))
        }
        _ => (timeout, Halted::Timeout(timeout)),
    }
}

enum Failed {
    Http(reqwest::Error),
    TooLarge,
}

impl From<reqwest::Error> for Failed {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

async fn exchange(
    http: &reqwest::Client,
    request: Request,
    permit: Permit,
) -> Result<(Response, Bytes), Failed> {
    let sent = permit.sent();
    match http.execute(request).await {
        Ok(answer) => {
            // Before the body: the limiter counts from when the answer's headers came, not from when the body
            // was read.
            sent.answered(answer.status().as_u16(), runtime(answer.headers()));
            whole(answer).await
        }
        Err(error) => {
            if error.is_connect() || error.is_builder() {
                sent.never_left();
            }
            Err(error.into())
        }
    }
}

/// Reads an answer into memory.
async fn whole(mut answer: Response) -> Result<(Response, Bytes), Failed> {
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await? {
        if body.len() + part.len() > LARGEST_ANSWER {
            return Err(Failed::TooLarge);
        }
        body.extend_from_slice(&part);
    }
    let body = Bytes::from(body);
    // Blanks around JSON mean nothing, and may be megabytes that each reader would pass over again.
    let body = body.slice_ref(body.trim_ascii());
    if body.len() > LARGE_ANSWER && items(&body) > MOST_ITEMS {
        return Err(Failed::TooLarge);
    }
    Ok((answer, body))
}

/// The answer with its body in memory, and the redactor for what must not be repeated of it.
fn in_memory(
    (mut answer, body): (Response, Bytes),
    request: Option<&Request>,
    shared: &Shared,
) -> WholeAnswer {
    let mut read = http::Response::new(Body::from(body.clone()));
    *read.status_mut() = answer.status();
    *read.headers_mut() = std::mem::take(answer.headers_mut());
    read.extensions_mut().insert(shared.credentials.clone());
    if answer.status() != StatusCode::OK {
        read.extensions_mut().insert(Sent {
            redactor: redactor(request, shared),
            base_url: shared.base_url.clone(),
        });
    }
    (Response::from(read), body)
}

/// The redactor of what a request carried.
fn redactor(request: Option<&Request>, shared: &Shared) -> Redactor {
    let body = request.and_then(|request| request.body()?.as_bytes());
    let body = Bytes::copy_from_slice(body.unwrap_or_default());
    Redactor::new(shared.credentials.clone(), body)
}

/// Returns the number of items of an answer, if it is a list.
fn items(body: &[u8]) -> usize {
    serde_json::from_slice::<Vec<IgnoredAny>>(body).map_or(0, |items| items.len())
}

/// The id that Copper gave the request, for the log.
fn request_id(result: &reqwest::Result<WholeAnswer>, redactor: &Redactor) -> Option<String> {
    let (answer, _) = result.as_ref().ok()?;
    let id = answer.headers().get(REQUEST_ID)?.to_str().ok()?;
    Some(redactor.redact(id, telemetry::LONGEST_ID))
}

/// The seconds that the server worked, as it says.
fn runtime(headers: &HeaderMap) -> Option<f64> {
    headers.get(RUNTIME)?.to_str().ok()?.trim().parse().ok()
}

/// The event of an attempt, for the retry decision. A success that can't be read counts as no answer, unless the
/// operation has none.
pub(crate) fn event(operation: &Operation, result: &reqwest::Result<WholeAnswer>) -> Event {
    let is_whole = |body: &Bytes| is_json(body) || (body.is_empty() && !operation.has_answer);
    match result {
        Err(error) => failure::event(error),
        Ok((answer, body)) if answer.status().is_success() && !is_whole(body) => Event::Lost,
        Ok((answer, _)) => Event::Answered {
            status: answer.status().as_u16(),
            size_limit: None,
        },
    }
}

fn is_json(body: &[u8]) -> bool {
    // From bytes, serde_json would not check all of it for UTF-8.
    str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{generated::operation, operation::Idempotency};

    async fn is_read(body: Vec<u8>) -> bool {
        let answer = Response::from(http::Response::new(Body::from(body)));
        whole(answer).await.is_ok()
    }

    /// A list of this many items, which takes at least this many bytes.
    fn list(items: usize, bytes: usize) -> Vec<u8> {
        let blanks = " ".repeat(bytes);
        format!("[{}0{blanks}]", "0,".repeat(items - 1)).into_bytes()
    }

    #[tokio::test]
    async fn an_answer_is_read_up_to_its_cap() {
        assert!(is_read(vec![b' '; LARGEST_ANSWER]).await);
        assert!(!is_read(vec![b' '; LARGEST_ANSWER + 1]).await);
    }

    #[tokio::test]
    async fn a_large_answer_may_have_no_more_items_than_any_page() {
        assert!(is_read(list(MOST_ITEMS, LARGE_ANSWER)).await);
        assert!(!is_read(list(MOST_ITEMS + 1, LARGE_ANSWER)).await);
        assert!(is_read(list(MOST_ITEMS + 1, LARGE_ANSWER / 2)).await);
    }

    #[tokio::test]
    async fn blanks_around_an_answer_are_left_out() {
        let answer = Response::from(http::Response::new(Body::from(" \r\n[1, 2]\n")));
        let read = whole(answer).await;
        assert_eq!(read.ok().map(|(_, body)| body), Some("[1, 2]".into()));
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
    fn a_success_that_says_nothing_readable_is_no_answer() {
        let came_to = |operation: &Operation, status, body: &'static [u8]| {
            let mut answer = http::Response::new(Body::default());
            *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
            let answer = (Response::from(answer), Bytes::from_static(body));
            event(operation, &Ok(answer))
        };
        let came = |status, body| came_to(operation::GET_LEAD, status, body);
        let answered = |status| Event::Answered {
            status,
            size_limit: None,
        };
        assert_eq!(came(200, b"{}"), answered(200));
        assert_eq!(came(200, b"<html>"), Event::Lost);
        assert_eq!(came(200, b"\"\xFF\""), Event::Lost);
        assert_eq!(came(200, b""), Event::Lost);
        assert_eq!(came(502, b"<html>"), answered(502));
        let without_answer = Operation {
            id: "touch",
            method: "POST",
            path: "/touch",
            idempotency: Idempotency::Idempotent,
            bulk: None,
            has_answer: false,
        };
        assert_eq!(came_to(&without_answer, 204, b""), answered(204));
        assert_eq!(came_to(&without_answer, 200, b"{}"), answered(200));
        assert_eq!(came_to(&without_answer, 200, b"<html>"), Event::Lost);
    }
}
