//! A priority queue of waiters, first come, first served within a priority. A waiter that could go but isn't
//! polled is passed over, because its task may be waiting for one of those behind it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{PASSED_OVER_AFTER, Place, Ticket};

/// The waiters of classes that limits count together.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: BTreeMap<Place, Ticket>,
    /// Waiters that are passed over until they are polled again.
    asleep: BTreeMap<Place, Ticket>,
    /// The first waiter, if others saw that it could go, and the time since then.
    overdue: Option<(Place, Duration)>,
    /// The first waiter at the last call of `first_to_notify`.
    known: Option<Place>,
}

impl Queue {
    pub(crate) fn join(&mut self, ticket: Ticket) {
        self.waiting.insert(ticket.place, ticket);
    }

    pub(crate) fn leave(&mut self, ticket: Ticket) {
        self.waiting.remove(&ticket.place);
        self.asleep.remove(&ticket.place);
    }

    pub(crate) fn first(&self) -> Option<Ticket> {
        self.waiting.values().next().copied()
    }

    /// The waiters that are polled, in their order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = Ticket> {
        self.waiting.values().copied()
    }

    /// Passes this waiter over until it is polled again.
    pub(crate) fn put_to_sleep(&mut self, ticket: Ticket) {
        if self.waiting.remove(&ticket.place).is_some() {
            self.asleep.insert(ticket.place, ticket);
        }
    }

    /// The holder of this ticket polls, so it is not passed over.
    pub(crate) fn wake(&mut self, ticket: Ticket) {
        if self.asleep.remove(&ticket.place).is_some() {
            self.join(ticket);
        }
    }

    /// Passes the first waiter over if it could have gone for so long that it certainly isn't polled.
    /// `could_go` says whether it could go now.
    pub(crate) fn pass_over(&mut self, first: Ticket, could_go: bool, now: Duration) -> bool {
        if !could_go {
            self.overdue = None;
            return false;
        }
        match self.overdue {
            Some((place, since)) if place == first.place => {
                let asleep = now.saturating_sub(since) >= PASSED_OVER_AFTER;
                if asleep {
                    self.put_to_sleep(first);
                }
                asleep
            }
            _ => {
                self.overdue = Some((first.place, now));
                false
            }
        }
    }

    /// The first waiter, if it may go earlier or has become the first since the last call.
    pub(crate) fn first_to_notify(&mut self, earlier: bool) -> Option<Ticket> {
        let first = self.first();
        let place = first.map(|first| first.place);
        let is_new = self.known != place;
        self.known = place;
        first.filter(|_| earlier || is_new)
    }
}
