//! The handle that users have: waits for a slot of each limit that counts a request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::gate::{Gate, PASSED_OVER_AFTER, Turn};
use crate::local::{self, Shared};
use crate::peer::{self, Peer};
use crate::remote::{self, Remote, Sharing};
use crate::store::{Fallback, Store};
use crate::{Class, Limit, Permit};

/// A waiter checks again after this time at the latest: timers can't hold every later time.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// Keeps the requests made through it under all limits, as the server counts them.
///
/// Cloning is cheap, and all clones share the same slots. Separate limiters know nothing of each other, so
/// use one for all requests that the server counts together. In several processes, use
/// [`shared`](Self::shared) ones.
///
/// Classes that a limit counts together wait in one queue, ordered by [priority](Class::priority) and then
/// first come, first served. A request waits behind those before it even if its own slots are free. So give a
/// better priority to classes that fewer limits count.
#[derive(Clone)]
pub struct Limiter {
    kept: Kept,
}

/// The place where the slots are kept.
#[derive(Clone)]
enum Kept {
    Local(Arc<Shared>),
    Store(Arc<Remote>),
}

impl Limiter {
    /// Creates a limiter that keeps all of `limits`. Without limits, no request waits.
    pub fn new(limits: impl IntoIterator<Item = Limit>) -> Self {
        Self {
            kept: Kept::Local(Arc::new(Shared::new(Gate::new(limits)))),
        }
    }

    /// Creates a limiter that keeps all of `limits` together with all other processes that use the same
    /// store. Give all of them the same limits.
    ///
    /// The store decides which process goes next: by priority, then first come, first served among processes.
    /// While it can't be reached, `fallback` says what this process does. Each of these changes is a
    /// `tracing` event, and [`sharing`](Self::sharing) returns the current state.
    pub fn shared(
        limits: impl IntoIterator<Item = Limit>,
        store: impl Store,
        fallback: Fallback,
    ) -> Self {
        let peer = Peer::new(limits, fallback);
        Self {
            kept: Kept::Store(Arc::new(Remote::new(peer, Arc::new(store)))),
        }
    }

    /// Waits for a slot of each limit that counts this class.
    ///
    /// It takes its place in the queue when it is first polled, and gives the place back when it is dropped.
    /// A waiter that could go but is not polled for half a second is passed over; it has its place again when
    /// it is polled. Needs a tokio runtime with time enabled.
    pub async fn acquire(&self, class: Class) -> Permit {
        match &self.kept {
            Kept::Local(shared) => acquire_local(shared, class).await,
            Kept::Store(remote) => acquire_in_store(remote, class).await,
        }
    }

    /// Counts a request of this class that was sent without this limiter, this long ago. For example, an
    /// earlier start of the program sent it, and the server still counts it. A request that was sent more
    /// than an hour ago is not counted. A store of shared limits knows of earlier starts by itself, so with
    /// one this does nothing.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use rolling_limit::{Class, Limit, Limiter};
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// const CALL: Class = Class::new("call");
    /// let limiter = Limiter::new([Limit::new(1, Duration::from_secs(60))]);
    /// limiter.sent_before(CALL, Duration::from_secs(50));
    /// let waited = limiter.acquire(CALL).await.waited();
    /// assert!(waited > Duration::from_secs(9) && waited < Duration::from_secs(12));
    /// # }
    /// ```
    pub fn sent_before(&self, class: Class, ago: Duration) {
        if let Kept::Local(shared) = &self.kept {
            shared.with(|gate, now| {
                if let Some(at) = now.checked_sub(ago) {
                    gate.sent_before(class, at);
                }
            });
        }
    }

    /// Holds requests of this class back for `pause` from now, as after a 429 with `Retry-After`. A hold that
    /// ends later is kept. If the limits are shared, it applies to all processes.
    pub fn hold(&self, class: Class, pause: Duration) {
        self.hold_some(Some(class), pause);
    }

    /// Holds all requests back for `pause` from now. A hold that ends later is kept.
    pub fn hold_all(&self, pause: Duration) {
        self.hold_some(None, pause);
    }

    fn hold_some(&self, class: Option<Class>, pause: Duration) {
        match (&self.kept, class) {
            (Kept::Local(shared), Some(class)) => {
                shared.with(|gate, now| gate.hold(class, now.saturating_add(pause)));
            }
            (Kept::Local(shared), None) => {
                shared.with(|gate, now| gate.hold_all(now.saturating_add(pause)));
            }
            (Kept::Store(remote), class) => {
                remote.change(|peer, now| peer.hold(class, now.saturating_add(pause)));
            }
        }
    }

    /// Returns the limits that it keeps. Limits that limit nothing are left out.
    pub fn limits(&self) -> Vec<Limit> {
        match &self.kept {
            Kept::Local(shared) => shared.with(|gate, _| gate.limits().collect()),
            Kept::Store(remote) => remote.with(|peer, _| peer.limits().to_vec()),
        }
    }

    /// Returns the state of its store, or None if it keeps its slots in this process.
    pub fn sharing(&self) -> Option<Sharing> {
        match &self.kept {
            Kept::Local(_) => None,
            Kept::Store(remote) => Some(remote.sharing()),
        }
    }
}

async fn acquire_local(shared: &Arc<Shared>, class: Class) -> Permit {
    let place = local::Place::take(shared, class);
    let since = Instant::now();
    loop {
        let (turn, now) = shared.with(|gate, now| (gate.poll(place.ticket, now), now));
        let wait = match turn {
            Turn::Go(slots) => return Permit::local(Arc::clone(shared), slots, since.elapsed()),
            Turn::NotUntil(time) => time.saturating_sub(now).min(LONGEST_SLEEP),
            Turn::Behind => PASSED_OVER_AFTER,
        };
        // Poll again at that time, or earlier when a change is notified.
        let _ = timeout(wait, place.notify.notified()).await;
    }
}

async fn acquire_in_store(remote: &Arc<Remote>, class: Class) -> Permit {
    let place = remote::Place::take(remote, class);
    let since = Instant::now();
    loop {
        // Polling a waiter that was passed over adds one that wants a slot.
        let (turn, now) = remote.change(|peer, now| (peer.poll(place.ticket, now), now));
        let wait = match turn {
            peer::Turn::Go(slots) => {
                return Permit::in_store(Arc::clone(remote), slots, since.elapsed());
            }
            peer::Turn::NotUntil(time) => time.saturating_sub(now).min(LONGEST_SLEEP),
            peer::Turn::Behind => PASSED_OVER_AFTER,
        };
        let _ = timeout(wait, place.notify.notified()).await;
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = self.limits();
        f.debug_struct("Limiter")
            .field("limits", &limits)
            .finish_non_exhaustive()
    }
}
