//! The handle that users have: waits for a slot of each limit that counts a request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::gate::{Gate, PASSED_OVER_AFTER, Turn};
use crate::local::{self, Shared};
use crate::peer::{self, Peer};
use crate::remote::{self, Remote};
use crate::store::{Fallback, Store};
use crate::{Class, Limit, Permit};

/// A waiter checks again after this time at the latest: timers can't reach all later times.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// Keeps the requests made through it under all limits, as the server counts them.
///
/// Cloning is cheap, and all clones share the same slots. Limiters made apart from each other know
/// nothing of each other, so use one for all requests that the server counts together; or, from several
/// processes, [`shared`](Self::shared) ones.
///
/// Classes that a limit ties together wait in one queue, ordered by
/// [priority](Class::priority) and then first come, first served. A request waits behind those before
/// it even if its own slots are free, so give the classes that fewer limits count the better priority.
#[derive(Clone)]
pub struct Limiter {
    kept: Kept,
}

/// Where the slots are kept.
#[derive(Clone)]
enum Kept {
    Local(Arc<Shared>),
    Store(Arc<Remote>),
}

/// How a limiter that shares its limits with other processes stands with its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sharing {
    /// False while the store is gone and the [`Fallback`] is in force.
    pub reachable: bool,
    /// The time since the store lost its log of slots, if it did: requests before are not counted any more.
    pub log_lost: Option<Duration>,
}

impl Limiter {
    /// Creates a limiter that keeps to all of `limits`. With none, everything goes at once.
    pub fn new(limits: impl IntoIterator<Item = Limit>) -> Self {
        Self {
            kept: Kept::Local(Arc::new(Shared::new(Gate::new(limits)))),
        }
    }

    /// Creates a limiter that keeps to all of `limits` together with all other processes that use the same
    /// store. Give all of them the same limits.
    ///
    /// The store decides who goes next, across processes: by priority, then first come, first served among
    /// processes. While it can't be reached, `fallback` says what this process does. Each of these changes is
    /// a `tracing` event, and [`sharing`](Self::sharing) tells how it stands.
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
    /// Takes its place in the queue when first polled, and gives it back when dropped. A waiter that
    /// could go but is not polled for half a second lets others pass, and has its place again when it
    /// is polled. Needs a tokio runtime with time enabled.
    pub async fn acquire(&self, class: Class) -> Permit {
        match &self.kept {
            Kept::Local(shared) => acquire_local(shared, class).await,
            Kept::Store(remote) => acquire_in_store(remote, class).await,
        }
    }

    /// Counts a request of this class that was sent without this limiter, this long ago: by an earlier start of
    /// the program, for example, as the server still counts it. One that was sent more than an hour ago is not
    /// counted. A store of shared limits knows of earlier starts by itself, so with one this does nothing.
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

    /// Holds back requests of this class for `pause` from now, as after a 429 with `Retry-After`. A hold
    /// that ends later stays. Where limits are shared, it holds for all processes.
    pub fn hold(&self, class: Class, pause: Duration) {
        self.hold_some(Some(class), pause);
    }

    /// Holds back all requests for `pause` from now. A hold that ends later stays.
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

    /// The limits that it keeps to. Those that limit nothing are left out.
    pub fn limits(&self) -> Vec<Limit> {
        match &self.kept {
            Kept::Local(shared) => shared.with(|gate, _| gate.limits().collect()),
            Kept::Store(remote) => remote.with(|peer, _| peer.limits().to_vec()),
        }
    }

    /// How it stands with its store, or None if it keeps its slots in this process.
    pub fn sharing(&self) -> Option<Sharing> {
        match &self.kept {
            Kept::Local(_) => None,
            Kept::Store(remote) => Some(Sharing {
                reachable: !remote.with(|peer, _| peer.is_alone()),
                log_lost: remote.log_lost(),
            }),
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
        // Poll again when the time has come, or when a change is notified before.
        let _ = timeout(wait, place.notify.notified()).await;
    }
}

async fn acquire_in_store(remote: &Arc<Remote>, class: Class) -> Permit {
    let place = remote::Place::take(remote, class);
    let since = Instant::now();
    loop {
        // A poll of a waiter that had been passed over is one more that wants a slot.
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
