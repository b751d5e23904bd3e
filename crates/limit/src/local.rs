//! The state that all clones of a limiter share, under one lock that is held only for plain computation.
//! There is no background task. A change notifies only the first waiter of a queue, so there is no thundering
//! herd. The others check twice a second that those before them are still polled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::Class;
use crate::gate::{Gate, Ticket};

/// The time at which the gate's clock begins. It is in the past, so that earlier requests have a time as
/// well.
const EARLIEST: Duration = Duration::from_secs(60 * 60);

/// The gate behind its lock, and a clock.
pub(crate) struct Shared {
    start: Instant,
    state: Mutex<State>,
}

struct State {
    gate: Gate,
    /// One for each waiter.
    waiters: HashMap<Ticket, Arc<Notify>>,
}

impl Shared {
    pub(crate) fn new(gate: Gate) -> Self {
        let state = State {
            gate,
            waiters: HashMap::new(),
        };
        Self {
            start: Instant::now(),
            state: Mutex::new(state),
        }
    }

    /// Runs a function that can't let the first waiter go earlier.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Gate, Duration) -> T) -> T {
        self.locked(false, |state, now| act(&mut state.gate, now))
    }

    /// Runs a function that may let the first waiter go earlier, and notifies it.
    pub(crate) fn change<T>(&self, act: impl FnOnce(&mut Gate, Duration) -> T) -> T {
        self.locked(true, |state, now| act(&mut state.gate, now))
    }

    /// Notifies the first waiter of a queue if it may go earlier, or if it has just become the first.
    fn locked<T>(&self, earlier: bool, act: impl FnOnce(&mut State, Duration) -> T) -> T {
        // Nothing panics while it holds the lock. If it did, at worst some slots would stay taken.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that the gate's time never decreases.
        let now = EARLIEST + Instant::now().saturating_duration_since(self.start);
        let result = act(&mut state, now);
        let State { gate, waiters } = &mut *state;
        let firsts = gate.firsts_to_notify(earlier);
        let notifies: Vec<_> = firsts
            .filter_map(|first| waiters.get(&first).cloned())
            .collect();
        // A waker may drop the last handle of its task, and with it a place in this queue.
        drop(state);
        for notify in notifies {
            notify.notify_one();
        }
        result
    }
}

/// A place in the queue, until dropped.
pub(crate) struct Place<'a> {
    shared: &'a Shared,
    pub(crate) ticket: Ticket,
    pub(crate) notify: Arc<Notify>,
}

impl<'a> Place<'a> {
    pub(crate) fn take(shared: &'a Shared, class: Class) -> Self {
        let notify = Arc::new(Notify::new());
        let ticket = shared.locked(false, |state, _| {
            let ticket = state.gate.join(class);
            state.waiters.insert(ticket, Arc::clone(&notify));
            ticket
        });
        Self {
            shared,
            ticket,
            notify,
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.locked(false, |state, _| {
            state.gate.leave(self.ticket);
            state.waiters.remove(&self.ticket);
        });
    }
}
