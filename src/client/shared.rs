//! What all requests of one client share.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use tokio::sync::Semaphore;

use super::observer::Observers;
use crate::{
    limit::Limiter,
    redactor::{Credentials, Redactor},
};

const BEARER: &str = "Bearer ";

/// The most requests of all runs of one client that are in flight at a time, and the most chunks of a run
/// that are not yet given out. At 3 requests a second it covers answers that take five seconds.
pub(crate) const MAX_IN_FLIGHT: usize = 16;

/// What all requests of one [`Copper`](crate::Copper) share.
pub(crate) struct Shared {
    headers: HeaderMap,
    credentials: Credentials,
    pub(crate) base_url: Arc<str>,
    pub(crate) limiter: Limiter,
    /// A place for each request that runs may have in flight at a time.
    pub(crate) places: Semaphore,
    /// The longest that one attempt may take.
    pub(crate) timeout: Duration,
    pub(crate) observers: Observers,
}

impl Shared {
    pub(crate) fn new(
        headers: HeaderMap,
        base_url: Arc<str>,
        limiter: Limiter,
        timeout: Duration,
        observers: Observers,
    ) -> Self {
        let secret = headers.values().filter(|value| value.is_sensitive());
        let secret = secret.filter_map(|value| value.to_str().ok());
        let credentials = secret.map(|text| text.strip_prefix(BEARER).unwrap_or(text));
        Self {
            credentials: Credentials::new(credentials),
            headers,
            base_url,
            limiter,
            places: Semaphore::new(MAX_IN_FLIGHT),
            timeout,
            observers,
        }
    }

    /// Adds the headers of every request.
    pub(crate) fn add_headers(&self, headers: &mut HeaderMap) {
        let ours = self.headers.iter();
        headers.extend(ours.map(|(name, value)| (name.clone(), value.clone())));
    }

    /// The credentials, to be redacted.
    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Redacts what a request with this body carries.
    pub(crate) fn redactor(&self, body: Option<&[u8]>) -> Redactor {
        let body = Bytes::copy_from_slice(body.unwrap_or_default());
        Redactor::new(self.credentials.clone(), body)
    }
}
