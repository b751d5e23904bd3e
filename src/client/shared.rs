//! The state that all requests of one client share.

use std::{sync::Arc, time::Duration};

use reqwest::header::HeaderMap;
use tokio::sync::Semaphore;

use super::{clock::Clock, observer::Observers};
use crate::{limit::Limiter, redactor::Secrets};

const BEARER: &str = "Bearer ";

/// The most requests in flight of all runs of one client, and the most chunks of a run whose outcomes are not
/// yet given out. At 3 requests a second, 16 cover answers that take five seconds; more concurrency would add
/// no throughput.
pub(crate) const MAX_IN_FLIGHT: usize = 16;

/// The state that all requests of one [`Copper`](crate::Copper) share.
pub(crate) struct Shared {
    /// The headers of every request.
    pub(super) headers: HeaderMap,
    /// The texts to redact.
    pub(super) credentials: Secrets,
    pub(crate) base_url: Arc<str>,
    pub(crate) limiter: Limiter,
    /// One permit for each request that runs may have in flight.
    pub(crate) places: Semaphore,
    /// The timeout of one attempt.
    pub(crate) timeout: Duration,
    pub(crate) observers: Observers,
    /// The difference between Copper's clock and this machine's.
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
            credentials: Secrets::new(credentials),
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
