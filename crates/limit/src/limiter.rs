//! The clock and the bells around `gate`: promise 3 for tasks that wait. One lock, held only for
//! plain computation; no background task. A change wakes only the first waiter, so there is no
//! herd; the others look twice a second whether those before them sleep. A waiter takes its slots itself when it
//! is polled: nothing is ever handed to a future that may be dropped before it looks.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::gate::{Gate, PATIENCE, Ticket, Turn};
use super::{Lane, Limit, Permit};

/// A waiter looks again after so long at the latest: some times are beyond what timers can do.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// Keeps the requests made through it under Copper's rate limits, as Copper's server counts them.
///
/// Cloning is cheap, and all clones share the same slots: give two clients that use the same API
/// key in one process the same limiter. Limiters in different processes know nothing of each
/// other; give each a part of the limits.
///
/// Single calls go before the requests of runs, and otherwise first come is first served: a bulk run and
/// an upsert run beside it take turns. So a program that makes single calls without a pause leaves
/// nothing to a run beside it. An upsert run may use up a minute's budget in seconds; it leaves one slot
/// in twenty alone, for the single calls that come meanwhile.
#[derive(Clone)]
pub struct Limiter {
    shared: Arc<Shared>,
}

impl Limiter {
    /// A limiter that keeps to all of `limits`. With none, everything goes at once.
    pub fn new(limits: impl IntoIterator<Item = Limit>) -> Self {
        let state = State {
            gate: Gate::new(limits),
            bells: HashMap::new(),
        };
        let shared = Shared {
            start: Instant::now(),
            state: Mutex::new(state),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The limits that it keeps to.
    ///
    /// ```
    /// use copper_crm::limit::Limiter;
    /// assert!(Limiter::new([]).limits().is_empty());
    /// ```
    pub fn limits(&self) -> Vec<Limit> {
        self.shared.look(|gate, _| gate.limits().collect())
    }

    /// Waits for a slot of each limit that applies. It takes its place in the queue when first
    /// polled, and gives it back when dropped. One that isn't polled for half a second although it
    /// could go lets others pass, and has its place again when it is polled. Needs a tokio runtime
    /// with time enabled.
    pub async fn acquire(&self, lane: Lane) -> Permit {
        let place = Place::take(&self.shared, lane);
        let since = Instant::now();
        loop {
            let (turn, now) = self
                .shared
                .look(|gate, now| (gate.poll(place.ticket, now), now));
            let wait = match turn {
                Turn::Go(slots) => {
                    return Permit::new(Arc::clone(&self.shared), slots, since.elapsed());
                }
                Turn::NotUntil(time) => time.saturating_sub(now).min(LONGEST_SLEEP),
                Turn::Behind => PATIENCE,
            };
            // Look again, whether the time has come or the bell tells of a change.
            let _ = timeout(wait, place.bell.notified()).await;
        }
    }

    /// After a 429: for `pause` from now nothing goes in the bulk lane, or, after that of a request that
    /// is no bulk one, in any. A hold that lasts longer already stays.
    pub fn hold(&self, lane: Lane, pause: Duration) {
        self.shared
            .look(|gate, now| gate.hold(lane, now.saturating_add(pause)));
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

/// What all clones of a limiter and all its permits share.
pub(super) struct Shared {
    start: Instant,
    state: Mutex<State>,
}

struct State {
    gate: Gate,
    /// One for each waiter.
    bells: HashMap<Ticket, Arc<Notify>>,
}

impl Shared {
    /// Does something that brings the first waiter's turn no nearer.
    fn look<T>(&self, what: impl FnOnce(&mut Gate, Duration) -> T) -> T {
        self.locked(false, |state, now| what(&mut state.gate, now))
    }

    /// Does something that may bring the first waiter's turn nearer, and tells it.
    pub(super) fn change<T>(&self, what: impl FnOnce(&mut Gate, Duration) -> T) -> T {
        self.locked(true, |state, now| what(&mut state.gate, now))
    }

    /// Rings for the first waiter if its turn may be nearer, or if it was not the first before.
    fn locked<T>(&self, nearer: bool, what: impl FnOnce(&mut State, Duration) -> T) -> T {
        // Nothing panics while it holds the lock; if it did, slots would at worst stay taken.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that the gate's time never goes back.
        let now = Instant::now().saturating_duration_since(self.start);
        let before = state.gate.leader();
        let result = what(&mut state, now);
        let first = state
            .gate
            .leader()
            .filter(|first| nearer || before != Some(*first));
        let bell = first.and_then(|first| state.bells.get(&first).cloned());
        // A waker may drop the last handle of its task, and with it a place in this very queue.
        drop(state);
        if let Some(bell) = bell {
            bell.notify_one();
        }
        result
    }
}

/// A place in the queue, until dropped.
struct Place<'a> {
    shared: &'a Shared,
    ticket: Ticket,
    bell: Arc<Notify>,
}

impl<'a> Place<'a> {
    fn take(shared: &'a Shared, lane: Lane) -> Self {
        let bell = Arc::new(Notify::new());
        let ticket = shared.locked(false, |state, _| {
            let ticket = state.gate.join(lane);
            state.bells.insert(ticket, Arc::clone(&bell));
            ticket
        });
        Self {
            shared,
            ticket,
            bell,
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.locked(false, |state, _| {
            state.gate.leave(self.ticket);
            state.bells.remove(&self.ticket);
        });
    }
}
