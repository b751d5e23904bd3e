//! The state that all requests of one client share.

use std::{sync::Arc, time::Duration};

use reqwest::header::HeaderMap;
use tokio::sync::Semaphore;

use super::{clock::Clock, observer::Observers};
use crate::{limit::Limiter, redactor::Credentials};

const BEARER: &str = "Bearer ";

/// The most requests of all runs of one client that are in flight at a time, and the most chunks of a run
/// that are not yet given out. At 3 requests a second it covers answers that take five seconds.
pub(crate) const MAX_IN_FLIGHT: usize = 16;

/// The state that all requests of one [`Copper`](crate::Copper) share.
pub(crate) struct Shared {
    /// The headers of every request.
    pub(super) headers: HeaderMap,
    /// To be redacted.
    pub(super) credentials: Credentials,
    pub(crate) base_url: Arc<str>,
    pub(crate) limiter: Limiter,
    /// A place for each request that runs may have in flight at a time.
    pub(crate) places: Semaphore,
    /// The longest that one attempt may take.
    pub(crate) timeout: Duration,
    pub(crate) observers: Observers,
    /// How far Copper's clock differs from this machine's.
    pub(super) clock: Clock,
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
            clock: Clock::default(),
        }
    }
}
