//! What a request holds of the limiter, from its turn to its answer. Promise 3 needs to know when
//! a request can have arrived, so each step says what became of it, and dropping it says the
//! worst that may be true: not sent before `sent`, possibly arrived after it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::gate::{InFlight, Slots};
use super::limiter::Shared;

/// A slot of each limit that applies, for one request that was not sent yet. It may take any time
/// until then. Dropped, its slots are free at once.
#[must_use = "dropping it gives the slots back"]
pub struct Permit {
    shared: Arc<Shared>,
    /// None only while `sent` takes it apart.
    slots: Option<Slots>,
    waited: Duration,
}

impl Permit {
    pub(super) fn new(shared: Arc<Shared>, slots: Slots, waited: Duration) -> Self {
        Self {
            shared,
            slots: Some(slots),
            waited,
        }
    }

    /// How long its request waited for it.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Call this right before the request is handed to the HTTP client: its time counts from now.
    pub fn sent(mut self) -> Sent {
        let slots = self.slots.take();
        let request = slots.map(|slots| self.shared.change(|gate, now| gate.sent(slots, now)));
        Sent {
            shared: Arc::clone(&self.shared),
            request,
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(slots) = self.slots.take() {
            self.shared.change(|gate, _| gate.give_back(&slots));
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// The slots of a request that was sent. Dropped without an answer, it may have arrived all the
/// same, and keeps its slots for the window, the margin and the grace.
#[must_use = "an answer frees the slots earlier"]
pub struct Sent {
    shared: Arc<Shared>,
    request: Option<InFlight>,
}

impl Sent {
    /// Call this when the answer's headers arrive, before the body is read. `runtime` is the
    /// `X-Runtime` header in seconds, as it is; what can't be true is not believed.
    pub fn answered(self, status: u16, runtime: Option<f64>) {
        if let Some(request) = &self.request {
            self.shared
                .change(|gate, now| gate.answered(request, now, status, runtime));
        }
    }

    /// Call this if the request surely never left, as when the connection was refused: its slots
    /// are free at once.
    pub fn never_left(self) {
        if let Some(request) = &self.request {
            self.shared.change(|gate, _| gate.never_left(request));
        }
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").finish_non_exhaustive()
    }
}
