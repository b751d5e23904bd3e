//! A permit: the slots that a request holds until its answer. Dropping a handle assumes the worst: not sent
//! before [`Permit::sent`], possibly arrived after it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::local::Shared;
use crate::remote::Remote;
use crate::{gate, peer};

/// A slot of each limit that counts a request which is not sent yet. The request may take any time until
/// then. Dropping the permit frees the slots at once.
#[must_use = "dropping it gives the slots back"]
pub struct Permit {
    /// None only while `sent` takes it apart.
    held: Option<Held>,
    waited: Duration,
}

enum Held {
    Local(Arc<Shared>, gate::Slots),
    Store(Arc<Remote>, peer::Slots),
}

impl Permit {
    pub(crate) fn local(shared: Arc<Shared>, slots: gate::Slots, waited: Duration) -> Self {
        Self {
            held: Some(Held::Local(shared, slots)),
            waited,
        }
    }

    pub(crate) fn in_store(remote: Arc<Remote>, slots: peer::Slots, waited: Duration) -> Self {
        Self {
            held: Some(Held::Store(remote, slots)),
            waited,
        }
    }

    /// Returns the time that the request waited for it.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Marks the request as sent: call this right before it is handed to the HTTP client.
    pub fn sent(mut self) -> Sent {
        let request = match self.held.take() {
            Some(Held::Local(shared, slots)) => {
                let request = shared.change(|gate, now| gate.sent(slots, now));
                Some(Flight::Local(shared, request))
            }
            Some(Held::Store(remote, slots)) => {
                let request = remote.with(|peer, now| peer.sent(slots, now));
                Some(Flight::Store(remote, request))
            }
            None => None,
        };
        Sent { request }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        match self.held.take() {
            Some(Held::Local(shared, slots)) => shared.change(|gate, _| gate.give_back(&slots)),
            Some(Held::Store(remote, slots)) => remote.change(|peer, _| peer.give_back(&slots)),
            None => {}
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// The slots of a request that was sent. If it is dropped without an answer, it keeps them for as long as the
/// request may still arrive and count.
#[must_use = "an answer frees the slots earlier"]
pub struct Sent {
    request: Option<Flight>,
}

enum Flight {
    Local(Arc<Shared>, gate::InFlight),
    Store(Arc<Remote>, peer::InFlight),
}

impl Sent {
    /// Records the answer: call this when its headers arrive, before the body is read.
    ///
    /// `status` is the HTTP status. A 429 makes the limiter more careful for some minutes. `runtime` is the
    /// time in seconds that the server says it worked on the request, for example in the header `X-Runtime`
    /// or `Server-Timing`. If it is missing or impossible, the limiter still keeps the limits. But it can't
    /// tell the time on the wire from the work, so it is slower.
    pub fn answered(self, status: u16, runtime: Option<f64>) {
        match &self.request {
            Some(Flight::Local(shared, request)) => {
                shared.change(|gate, now| gate.answered(request, now, status, runtime));
            }
            Some(Flight::Store(remote, request)) => {
                remote.change(|peer, now| peer.answered(request, now, status, runtime));
            }
            None => {}
        }
    }

    /// Records that the request certainly never left, for example because the connection was refused. Its
    /// slots are free at once.
    pub fn never_left(self) {
        match &self.request {
            Some(Flight::Local(shared, request)) => {
                shared.change(|gate, _| gate.never_left(request))
            }
            Some(Flight::Store(remote, request)) => {
                remote.change(|peer, _| peer.never_left(request))
            }
            None => {}
        }
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").finish_non_exhaustive()
    }
}
