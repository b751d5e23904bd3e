//! The requests that arrived and how each was answered, so that a test can check what a program really did.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::HeaderMap;

use super::route::is_bulk;
use crate::faults::{Fault, contains};

/// A request that reached the sandbox whole.
#[derive(Clone)]
#[non_exhaustive]
pub struct Arrival {
    /// The time of its arrival, since the sandbox was started. The rate limits count from here.
    pub at: Duration,
    /// The HTTP method.
    pub method: String,
    /// The path, without the base URL's path if it begins with that.
    pub path: String,
    /// The query after the `?`, if there is one.
    pub query: Option<String>,
    /// The `operationId` in the schema. `None` if the schema has no such operation.
    pub operation: Option<&'static str>,
    /// The number of records of a bulk request; 0 for all others.
    pub items: usize,
    /// The status of its response. `None` while it is in flight, and when a fault took the response.
    pub status: Option<u16>,
    /// The fault that applied to it, if any.
    pub fault: Option<Fault>,
    /// Its headers, credentials included.
    pub headers: HeaderMap,
    /// Its body. Empty if its credentials were not valid: such a body is not kept.
    pub body: Bytes,
}

impl Arrival {
    /// Returns true if its path, headers or body contain a text.
    pub fn contains(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let in_headers = self.headers.iter().any(|(name, value)| {
            contains(name.as_str().as_bytes(), text) || contains(value.as_bytes(), text)
        });
        contains(self.path.as_bytes(), text) || in_headers || contains(&self.body, text)
    }
}

/// Omits headers and body, which hold credentials and personal data.
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

/// The number of leads, requests, refusals and faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The leads that the sandbox holds.
    pub leads: usize,
    /// The requests that have arrived.
    pub requests: usize,
    /// The bulk requests among them.
    pub bulk_requests: usize,
    /// The requests answered with 429.
    pub limited: usize,
    /// The requests that met a fault.
    pub faults: usize,
}

impl Summary {
    pub(crate) fn of(leads: usize, arrivals: &[Arrival]) -> Self {
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
            "{leads} leads; {requests} requests, {bulk_requests} of them bulk, {limited} answered with 429, {faults} met a fault"
        )
    }
}
