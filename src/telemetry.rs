//! Telemetry: the spans and events of `tracing`, with all names, levels and fields, as the page
//! [`observing`](crate::guide::observing) lists them. Fields are numbers, words of ours, and the id that
//! Copper gave a request, redacted. Records appear only by their place in the input.

use std::time::Duration;

use reqwest::Request;
use tracing::{
    Span, debug, debug_span, error,
    field::{Empty, display},
    info, info_span, warn,
};

use crate::{
    Error,
    operation::Operation,
    retry::{Decision, Event},
};

const TARGET: &str = "copper_crm";
/// A longer request id is not an id.
pub(crate) const LONGEST_ID: usize = 100;

/// Consecutive records of the input: the index of the first, and their number.
pub(crate) type Range = (u64, usize);

/// A bulk run, from its first request to its last.
pub(crate) fn run(operation: &'static str) -> Span {
    info_span!(target: TARGET, "run", operation)
}

/// One attempt at a request, after the limiter has let it go. The names with dots are those of OpenTelemetry
/// for an HTTP client.
pub(crate) fn request(
    operation: &Operation,
    request: &Request,
    attempt: u32,
    waited: Duration,
    records: Option<Range>,
) -> Span {
    let (method, url) = (request.method().as_str(), request.url());
    // A request that is in no schema has a path that only its caller knows.
    let template = Some(operation.path).filter(|path| !path.is_empty());
    // It is written only where somebody records the span.
    let name = || match template {
        Some(path) => format!("{method} {path}"),
        None => method.to_owned(),
    };
    debug_span!(
        target: TARGET,
        "request",
        otel.name = name(),
        otel.kind = "client",
        http.request.method = method,
        http.request.resend_count = attempt.saturating_sub(1),
        http.response.status_code = Empty,
        url.template = template,
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        error.type = Empty,
        operation = operation.id,
        attempt,
        waited_ms = ms(waited),
        first = records.map(|(first, _)| first),
        count = records.map(|(_, count)| count),
        status = Empty,
        request_id = Empty,
        took_ms = Empty,
    )
}

/// Ends the attempt of this span. The event takes a reading of the whole answer, so it is asked for only where somebody
/// listens.
pub(crate) fn ended(
    span: &Span,
    event: impl FnOnce() -> Event,
    request_id: impl FnOnce() -> Option<String>,
    took: Duration,
) {
    if span.is_disabled() {
        return;
    }
    let (event, request_id, took_ms) = (event(), request_id(), ms(took));
    let request_id = request_id.as_deref();
    span.record("took_ms", took_ms);
    span.record("status", status(event));
    span.record("http.response.status_code", status(event));
    span.record("request_id", request_id);
    match status(event) {
        Some(status) if status >= 400 => {
            span.record("error.type", display(status));
        }
        Some(_) => {}
        None => {
            span.record("error.type", reason(event));
        }
    }
    span.in_scope(|| match status(event) {
        Some(status) => debug!(target: TARGET, status, request_id, took_ms, "answered"),
        None => debug!(target: TARGET, reason = reason(event), took_ms, "no answer"),
    });
}

/// Reports the retry decision about an attempt that did not settle its request. With a `pause`, the request
/// is sent again after it.
pub(crate) fn decision(
    operation: &'static str,
    attempt: u32,
    event: Event,
    decision: Decision,
    pause: Option<Duration>,
    records: Option<Range>,
) {
    let (status, reason) = (status(event), reason(event));
    let (first, count) = (records.map(|(first, _)| first), records.map(|(_, n)| n));
    match decision {
        Decision::SendAgain => {
            let pause_ms = pause.map(ms);
            warn!(target: TARGET, operation, attempt, status, reason, pause_ms, first, count, "sent again");
        }
        Decision::Split(_) | Decision::Halve => {
            info!(target: TARGET, operation, status, first, count, "sent in parts");
        }
        Decision::NotSent => {
            warn!(target: TARGET, operation, attempt, status, reason, first, count, "not sent")
        }
        Decision::Unknown => {
            warn!(target: TARGET, operation, attempt, status, reason, first, count, "in doubt")
        }
        // The answer, the outcomes, or the stop report these.
        Decision::Read | Decision::Rejected | Decision::Stop => {}
    }
}

/// Reports entries of a list that are left out because their id can't be read.
pub(crate) fn dropped(operation: &'static str, entries: usize) {
    warn!(target: TARGET, operation, entries, "left out of a list");
}

/// The number of records with each outcome: done, rejected, not sent, unknown.
pub(crate) type Counts = [u64; 4];

/// Reports that these records have their outcomes.
pub(crate) fn settled((first, count): Range, [done, rejected, not_sent, unknown]: Counts) {
    debug!(target: TARGET, first, count, done, rejected, not_sent, unknown, "settled");
}

/// Reports an outage: nothing is sent until Copper answers a read.
pub(crate) fn held_back() {
    warn!(target: TARGET, "held back by an outage");
}

/// Reports the end of an outage: Copper has answered the read.
pub(crate) fn resumed(after: Duration) {
    info!(target: TARGET, after_ms = ms(after), "resumed after an outage");
}

/// Reports that the caller stopped the run. Nothing more is sent.
pub(crate) fn stopped_by_caller() {
    info!(target: TARGET, by = "caller", "stopped");
}

/// Reports that the input failed. Nothing more is sent. The text of its error is the caller's.
pub(crate) fn stopped_by_input() {
    error!(target: TARGET, by = "input", "stopped");
}

/// Reports that an error stopped the run which all later requests would get as well.
pub(crate) fn stopped_by_error(why: &Error) {
    error!(target: TARGET, by = "error", error = %why, "stopped");
}

/// Reports that the run was dropped before its end, with the numbers of outcomes that were and were not
/// returned.
pub(crate) fn run_dropped(given_out: u64, not_given_out: u64) {
    warn!(target: TARGET, given_out, not_given_out, "dropped");
}

/// Reports that the request of these records was interrupted, because its run was dropped.
pub(crate) fn interrupted((first, count): Range) {
    warn!(target: TARGET, first, count, "interrupted");
}

/// Reports that the request of this single call was interrupted, because its future was dropped.
pub(crate) fn call_interrupted(operation: &'static str) {
    warn!(target: TARGET, operation, "interrupted");
}

/// Reports that all outcomes of a run are returned.
pub(crate) fn over([done, rejected, not_sent, unknown]: Counts) {
    info!(target: TARGET, done, rejected, not_sent, unknown, "over");
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn status(event: Event) -> Option<u16> {
    match event {
        Event::Answered { status, .. } => Some(status),
        Event::NotConnected | Event::Unsendable | Event::Expired | Event::Lost => None,
    }
}

fn reason(event: Event) -> &'static str {
    match event {
        Event::NotConnected => "not connected",
        Event::Unsendable => "can't be sent",
        Event::Expired => "deadline expired",
        Event::Lost => "no whole answer",
        Event::Answered { status: 429, .. } => "rate limit",
        Event::Answered { .. } => "refused",
    }
}
