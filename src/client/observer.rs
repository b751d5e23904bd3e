//! Observers: hooks that only read each attempt, and one hook that adds headers to it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, SystemTime},
};

use reqwest::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HOST, HeaderMap, HeaderName,
    PROXY_AUTHORIZATION, TRANSFER_ENCODING, USER_AGENT,
};

use crate::{error::ErrorKind, operation::Operation};

/// One attempt at a request, for an observer, after it has ended. It contains nothing of the request's body
/// or the answer's.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// The operation's name in the schema.
    pub operation: &'static str,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The time when it was sent, by this machine's clock.
    pub started: SystemTime,
    /// The time from its sending to its whole answer, or to its failure.
    pub took: Duration,
    /// The time that it waited for the rate limits, before it was sent.
    pub waited: Duration,
    /// The status of the answer, if a whole one came.
    pub status: Option<u16>,
    /// The reason why no whole answer came.
    pub failure: Option<ErrorKind>,
}

impl Attempt {
    /// Returns the time when it ended.
    pub fn ended(&self) -> SystemTime {
        self.started.checked_add(self.took).unwrap_or(self.started)
    }
}

/// One attempt at a request, before it is sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outgoing {
    /// The operation's name in the schema.
    pub operation: &'static str,
    /// The number of the attempt, from 1.
    pub attempt: u32,
}

type Observe = Arc<dyn Fn(&Attempt) + Send + Sync>;
type AddHeaders = Arc<dyn Fn(&Outgoing) -> HeaderMap + Send + Sync>;

/// The hooks of one client.
#[derive(Clone, Default)]
pub(crate) struct Observers {
    pub(crate) observe: Vec<Observe>,
    pub(crate) add_headers: Vec<AddHeaders>,
}

impl Observers {
    /// Notifies the observers of an attempt that has ended.
    pub(crate) fn tell(&self, attempt: &Attempt) {
        for observe in &self.observe {
            // The request was sent, so a panic in a user's hook must not cost its outcome.
            let _ = catch_unwind(AssertUnwindSafe(|| observe(attempt)));
        }
    }

    /// Adds the hooks' headers to those of a request. They can't replace existing headers, and can't set
    /// those that identify the caller or frame the body.
    pub(crate) fn add_headers(&self, operation: &Operation, attempt: u32, headers: &mut HeaderMap) {
        let outgoing = Outgoing {
            operation: operation.id,
            attempt,
        };
        for add in &self.add_headers {
            let Ok(added) = catch_unwind(AssertUnwindSafe(|| add(&outgoing))) else {
                continue;
            };
            for (name, value) in &added {
                if !is_ours(name) && !headers.contains_key(name) {
                    headers.insert(name.clone(), value.clone());
                }
            }
        }
    }
}

fn is_ours(name: &HeaderName) -> bool {
    [
        AUTHORIZATION,
        PROXY_AUTHORIZATION,
        COOKIE,
        HOST,
        CONNECTION,
        CONTENT_LENGTH,
        TRANSFER_ENCODING,
        // The HTTP client adds it later.
        USER_AGENT,
    ]
    .contains(name)
        || name.as_str().starts_with("x-pw-")
}

#[cfg(test)]
mod tests {
    use reqwest::header::{ACCEPT, HeaderValue};

    use super::*;
    use crate::generated::operation::CREATE_LEAD;

    #[test]
    fn headers_are_added_and_none_is_replaced() {
        let mut observers = Observers::default();
        observers.add_headers.push(Arc::new(|outgoing| {
            let mut headers = HeaderMap::new();
            let trace = format!("{}-{}", outgoing.operation, outgoing.attempt);
            headers.insert("traceparent", trace.parse().expect("a value"));
            for ours in [
                "authorization",
                "host",
                "content-length",
                "x-pw-useremail",
                "user-agent",
                "accept",
            ] {
                headers.insert(ours, HeaderValue::from_static("theirs"));
            }
            headers
        }));
        observers
            .add_headers
            .push(Arc::new(|_| panic!("somebody else's")));
        let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("ours"))]);
        observers.add_headers(CREATE_LEAD, 2, &mut headers);
        assert_eq!(headers["traceparent"], "create_lead-2");
        assert_eq!(headers["accept"], "ours");
        assert_eq!(headers.len(), 2);
    }
}
