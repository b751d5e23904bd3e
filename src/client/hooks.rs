//! What every request passes, and the only place that touches one: headers, limiter, and for all but
//! bulk requests the retries.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::{Request, Response, header::HeaderMap};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep},
};
use tracing::Span;

use super::exchange::{asked_to_wait, attempt, event};
use crate::{
    generated::{self, Client, ClientInfo, OPERATIONS},
    limit::{Lane, Limiter, Permit},
    operation::{Operation, Repeat},
    retry::{self, Decision, Event, RetryState},
    telemetry,
};

/// progenitor sends the document's version as a header that Copper does not know.
const API_VERSION: &str = "api-version";

/// The most requests of all runs of one client that are in flight at a time, and the most chunks of a run
/// that are not yet given out. At 3 requests a second it covers answers that take five seconds.
pub(crate) const MAX_IN_FLIGHT: usize = 16;

/// What all requests of one [`Copper`](crate::Copper) share.
pub struct Shared {
    pub(crate) headers: HeaderMap,
    pub(crate) limiter: Limiter,
    /// A place for each request that runs may have under way at a time: as long as answers take less than
    /// five seconds, what is more only takes connections and memory.
    pub(crate) places: Semaphore,
}

impl Shared {
    pub(crate) fn new(headers: HeaderMap, limiter: Limiter) -> Self {
        Self {
            headers,
            limiter,
            places: Semaphore::new(MAX_IN_FLIGHT),
        }
    }
}

/// What a request may go with, and what is told of it.
type Departure = (Permit, Span);

/// What one generated client carries.
#[derive(Clone)]
pub struct Hooks {
    shared: Arc<Shared>,
    /// The permit of the one request that this client is for. The pipeline takes it beforehand, so
    /// that a request's intent is written down between the permit and the sending. The span is what is
    /// told of that request.
    permit: Option<Arc<Mutex<Option<Departure>>>>,
    computed: bool,
}

impl Hooks {
    pub(crate) fn new(shared: Arc<Shared>, computed: bool) -> Self {
        Self {
            shared,
            permit: None,
            computed,
        }
    }

    pub(crate) fn with_permit(
        shared: Arc<Shared>,
        computed: bool,
        permit: Permit,
        span: Span,
    ) -> Self {
        Self {
            shared,
            permit: Some(Arc::new(Mutex::new(Some((permit, span))))),
            computed,
        }
    }

    /// The query parameter that asks for computed custom field values, where it is wanted.
    pub(crate) fn computed(&self) -> Option<bool> {
        self.computed.then_some(true)
    }

    fn take_permit(&self) -> Option<Departure> {
        self.permit
            .as_ref()?
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .take()
    }

    /// Sends a request until it is settled or has been tried for long enough.
    async fn repeat(
        &self,
        http: &reqwest::Client,
        mut request: Request,
        id: &'static str,
        repeat: Repeat,
        lane: Lane,
    ) -> reqwest::Result<Response> {
        let limiter = &self.shared.limiter;
        let mut tries = RetryState::default();
        let mut first_limited = None;
        loop {
            let next = request.try_clone();
            let permit = limiter.acquire(lane).await;
            let span = telemetry::request(id, tries.all().saturating_add(1), permit.waited(), None);
            let result = attempt(http, request, permit, span).await;
            let event = event(&result);
            count(&mut tries, event, &mut first_limited);
            let verdict = retry::decide(event, repeat, 1, tries);
            let (Decision::SendAgain, Some(next)) = (verdict, next) else {
                telemetry::decision(id, tries.all(), event, verdict, None, None);
                return result.map(|(answer, _)| answer);
            };
            let asked = result
                .as_ref()
                .ok()
                .and_then(|(answer, _)| asked_to_wait(answer.headers()));
            let pause = retry::pause(tries, asked, retry::jitter());
            telemetry::decision(id, tries.all(), event, verdict, Some(pause), None);
            match event {
                Event::Answered { status: 429, .. } => limiter.hold(lane, pause),
                _ => sleep(pause).await,
            }
            request = next;
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

impl ClientHooks<Hooks> for Client {
    async fn pre<E>(
        &self,
        request: &mut Request,
        _: &OperationInfo,
    ) -> Result<(), generated::Error<E>> {
        let headers = request.headers_mut();
        headers.remove(API_VERSION);
        headers.extend(
            self.inner()
                .shared
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        Ok(())
    }

    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let hooks = self.inner();
        if let Some((permit, span)) = hooks.take_permit() {
            return attempt(self.client(), request, permit, span)
                .await
                .map(|(answer, _)| answer);
        }
        let operation = OPERATIONS
            .iter()
            .find(|operation| operation.id == info.operation_id);
        let repeat = operation.map_or(Repeat::IfRefused, |operation| operation.repeat);
        hooks
            .repeat(
                self.client(),
                request,
                info.operation_id,
                repeat,
                lane(operation),
            )
            .await
    }
}

fn lane(operation: Option<&Operation>) -> Lane {
    if operation.is_some_and(|operation| operation.bulk.is_some()) {
        Lane::Bulk
    } else {
        Lane::Single
    }
}

/// Counts an attempt that came to `event`.
pub(crate) fn count(tries: &mut RetryState, event: Event, first_limited: &mut Option<Instant>) {
    if let Event::Answered { status: 429, .. } = event {
        tries.limited = tries.limited.saturating_add(1);
        tries.limited_for = first_limited.get_or_insert_with(Instant::now).elapsed();
    } else {
        tries.unanswered = tries.unanswered.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debug_of_what_requests_share_shows_none_of_it() {
        let shared = Shared::new(HeaderMap::new(), Limiter::new([]));
        let hooks = Hooks::new(Arc::new(shared), true);
        assert_eq!(format!("{hooks:?}"), "Hooks { .. }");
    }
}
