//! What came, when, and what became of it: so that a test can ask not only what a program believes,
//! but what it did.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::HeaderMap;

use super::{fault::Fault, route::is_bulk, when::contains};

/// A request that reached the sandbox whole.
#[derive(Clone)]
#[non_exhaustive]
pub struct Arrival {
    /// When it arrived, since the sandbox was started. The rate limits count from here.
    pub at: Duration,
    /// The HTTP method.
    pub method: String,
    /// The path, below the base URL's if it is there.
    pub path: String,
    /// What follows on the path after a `?`, if anything does.
    pub query: Option<String>,
    /// The `operationId` in the schema, if the schema knows such a request.
    pub operation: Option<&'static str>,
    /// How many records a bulk request held; 0 for all others.
    pub items: usize,
    /// The status it was answered with: `None` while it is under way, and when a fault took its answer.
    pub status: Option<u16>,
    /// The fault that struck it, if any.
    pub fault: Option<Fault>,
    /// Its headers, credentials included.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Arrival {
    /// Whether a text is anywhere in it: path, headers or body.
    pub fn contains(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let in_headers = self.headers.iter().any(|(name, value)| {
            contains(name.as_str().as_bytes(), text) || contains(value.as_bytes(), text)
        });
        contains(self.path.as_bytes(), text) || in_headers || contains(&self.body, text)
    }
}

/// Without headers and body, which hold credentials and people's data.
impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival")
            .field("at", &self.at)
            .field("method", &self.method)
            .field("operation", &self.operation)
            .field("items", &self.items)
            .field("status", &self.status)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

/// How things stand, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Leads that the sandbox holds.
    pub leads: usize,
    /// Requests that have arrived.
    pub requests: usize,
    /// Bulk requests among them.
    pub bulk_requests: usize,
    /// Requests answered with 429.
    pub limited: usize,
    /// Requests struck by a fault.
    pub faults: usize,
}

impl Summary {
    pub(super) fn of(leads: usize, arrivals: &[Arrival]) -> Self {
        let count = |which: &dyn Fn(&Arrival) -> bool| {
            arrivals.iter().filter(|arrival| which(arrival)).count()
        };
        Self {
            leads,
            requests: arrivals.len(),
            bulk_requests: count(&|arrival| arrival.operation.is_some_and(is_bulk)),
            limited: count(&|arrival| arrival.status == Some(429)),
            faults: count(&|arrival| arrival.fault.is_some()),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            leads,
            requests,
            bulk_requests,
            limited,
            faults,
        } = self;
        write!(
            f,
            "{leads} leads; {requests} requests, {bulk_requests} of them bulk, {limited} answered with 429, {faults} struck by a fault"
        )
    }
}
