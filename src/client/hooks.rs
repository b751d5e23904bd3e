//! The hooks of every request, and the only code that touches a request: headers, limiter, and the retries of
//! all requests except those of runs.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use reqwest::{Request, Response, Url};
use tokio::time::{Instant, sleep};

use super::{
    deadline::{Deadline, before},
    exchange::{self, Ready, event},
    failure::Halted,
    methods::Client,
    shared::Shared,
};
use crate::{
    generated::OPERATIONS,
    limit::Lane,
    operation::{Idempotency, Operation},
    redactor::Secrets,
    retry::{self, Decision, Event, RetryState},
    telemetry,
};

/// progenitor sends the document's version as a header that Copper does not know.
const API_VERSION: &str = "api-version";

/// The part of a generated client that sends its requests.
#[derive(Clone)]
pub struct Hooks {
    shared: Arc<Shared>,
    /// The one request that this client is for, if its permit was taken beforehand. A run does so, because
    /// its request is journalled between the permit and the sending.
    ready: Option<Arc<Mutex<Option<Ready>>>>,
    computed: bool,
    /// The time that a call may take.
    deadline: Option<Duration>,
}

impl Hooks {
    pub(crate) fn new(shared: Arc<Shared>, computed: bool, deadline: Option<Duration>) -> Self {
        Self {
            shared,
            ready: None,
            computed,
            deadline,
        }
    }

    /// For the one request of a run that may be sent now.
    pub(crate) fn ready(shared: Arc<Shared>, computed: bool, ready: Ready) -> Self {
        Self {
            shared,
            ready: Some(Arc::new(Mutex::new(Some(ready)))),
            computed,
            deadline: None,
        }
    }

    /// The query parameter that asks for computed custom field values, where it is wanted.
    pub(crate) fn computed(&self) -> Option<bool> {
        self.computed.then_some(true)
    }

    /// The credentials, to be redacted.
    pub(crate) fn credentials(&self) -> &Secrets {
        &self.shared.credentials
    }

    /// Adds our headers to a request.
    pub(crate) fn prepare(&self, request: &mut Request) {
        request.headers_mut().remove(API_VERSION);
        let ours = self.shared.headers.iter();
        let ours = ours.map(|(name, value)| (name.clone(), value.clone()));
        request.headers_mut().extend(ours);
    }

    /// Sends a request: once if it has its permit, otherwise until it is settled or the attempts run out.
    pub(crate) async fn send(
        &self,
        http: &reqwest::Client,
        request: Request,
        operation: &'static Operation,
    ) -> reqwest::Result<Response> {
        let ready = self
            .ready
            .as_ref()
            .and_then(|ready| ready.lock().unwrap_or_else(PoisonError::into_inner).take());
        match ready {
            Some(ready) => {
                let sent = exchange::send(http, request, operation, ready, &self.shared).await;
                sent.map(|(answer, _)| answer)
            }
            None => self.send_until_settled(http, request, operation).await,
        }
    }

    async fn send_until_settled(
        &self,
        http: &reqwest::Client,
        mut request: Request,
        operation: &'static Operation,
    ) -> reqwest::Result<Response> {
        let lane = lane(operation);
        let deadline = self.deadline.map(|of| Deadline::new(Instant::now(), of));
        let mut state = RetryState::default();
        let mut in_doubt = false;
        loop {
            let next = request.try_clone();
            let permit = before(deadline, self.shared.limiter.acquire(lane)).await;
            let permit = match permit {
                Ok(permit) => permit,
                Err(deadline) => return Err(expired(deadline, in_doubt, request.url()).await),
            };
            let ready = Ready {
                waited: permit.waited(),
                permit,
                attempt: state.all().saturating_add(1),
                records: None,
                deadline,
            };
            let url = request.url().clone();
            let result = exchange::send(http, request, operation, ready, &self.shared).await;
            let event = event(operation, &result);
            in_doubt |= event.leaves_doubt();
            state.count(event, Instant::now());
            let decision = retry::decide(event, operation.idempotency, 1, state);
            let (Decision::SendAgain, Some(next)) = (decision, next) else {
                telemetry::decision(operation.id, state.all(), event, decision, None, None);
                return result.map(|(answer, _)| answer);
            };
            let asked = result
                .as_ref()
                .ok()
                .and_then(|(answer, _)| retry::retry_after(answer.headers()));
            let pause = retry::pause(state, asked, retry::jitter());
            if let Some(deadline) = deadline
                && deadline.left(Instant::now()) <= pause
            {
                return Err(expired(deadline, in_doubt, &url).await);
            }
            telemetry::decision(
                operation.id,
                state.all(),
                event,
                decision,
                Some(pause),
                None,
            );
            match event {
                Event::Answered { status: 429, .. } => self.shared.limiter.hold(lane, pause),
                _ => sleep(pause).await,
            }
            request = next;
        }
    }
}

/// The deadline has expired, or will expire before the request may be sent again.
async fn expired(deadline: Deadline, in_doubt: bool, url: &Url) -> reqwest::Error {
    let halted = if in_doubt {
        Halted::Expired(deadline.of())
    } else {
        Halted::ExpiredUnsent(deadline.of())
    };
    halted.into_error(url.clone()).await
}

/// The queue of the limiter for a request that no run sends.
fn lane(operation: &Operation) -> Lane {
    match operation.bulk {
        Some(_) => Lane::Bulk,
        None => Lane::Single,
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

/// An operation that is not in the schema is not sent again.
static UNLISTED: Operation = Operation {
    id: "unlisted",
    method: "",
    path: "",
    idempotency: Idempotency::NotIdempotent,
    bulk: None,
    has_answer: false,
};

impl ClientHooks<Hooks> for Client {
    async fn pre<E>(
        &self,
        request: &mut Request,
        _: &OperationInfo,
    ) -> Result<(), progenitor_client::Error<E>> {
        self.inner().prepare(request);
        Ok(())
    }

    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let mut operations = OPERATIONS.iter();
        let operation = operations.find(|operation| operation.id == info.operation_id);
        self.inner()
            .send(self.client(), request, operation.unwrap_or(&UNLISTED))
            .await
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;
    use crate::{client::Observers, limit::Limiter};

    #[test]
    fn the_debug_of_what_requests_share_shows_none_of_it() {
        let (limiter, timeout) = (Limiter::new([]), Duration::from_secs(1));
        let shared = Shared::new(
            HeaderMap::new(),
            "".into(),
            limiter,
            timeout,
            Observers::default(),
        );
        let hooks = Hooks::new(Arc::new(shared), true, None);
        assert_eq!(format!("{hooks:?}"), "Hooks { .. }");
    }
}
