//! Who may send, and when: promise 3 put together, as plain state with the time passed in. A
//! request gets a slot of every limit that applies to it, or none. Single calls go before those of
//! runs, and otherwise first come is first served: one run fills the whole minute, and
//! somebody may be waiting for the single call. A single call needs no more than a bulk one does,
//! so a bulk request that waits for a single one loses no time it could have used.

use std::collections::BTreeSet;
use std::time::Duration;

use super::connections::Connections;
use super::margin::Margin;
use super::pace::{Answer, Pace};
use super::window::{UNSENT, Window};
use super::{Lane, Limit};

/// Where the connection has to be set up first, the grace is longer: that takes two more round trips.
const SET_UP: Duration = Duration::from_millis(250);
/// Refusals that come all the same widen the grace as they widen the margin, times this. If the
/// server counts when it has done its work, no way there says when that will be: then only the
/// answer does, and the grace must get out of its way.
const WARINESS: u32 = 8;

/// A waiter that doesn't look for so long although it may go lets the others pass. Its task may be
/// waiting for one of them: a bulk run inside the loop over another, say.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// A place in the queue. The order is the order in which they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    /// Single calls go before all others.
    waits: bool,
    number: u64,
    lane: Lane,
}

/// One slot of each limit that applies, for a request that was not sent yet.
#[derive(Debug)]
pub struct Slots {
    lane: Lane,
    request: u64,
}

/// The slots of a request that was sent.
#[derive(Debug)]
pub struct InFlight {
    slots: Slots,
    sent: Duration,
    warm: bool,
    counts_from: Duration,
}

/// Whether the holder of a ticket may send.
#[derive(Debug)]
pub enum Turn {
    /// Yes; the ticket is used up.
    Go(Slots),
    /// It is next, but not before this time, if nothing else happens. `Duration::MAX`: not before
    /// a request that holds a slot was sent or given up.
    NotUntil(Duration),
    /// Others are before it. It should look again after `PATIENCE`, if nothing happens.
    Behind,
}

/// All state of a limiter. Times are since its start and never go back.
#[derive(Debug)]
pub struct Gate {
    windows: Vec<Window>,
    connections: Connections,
    pace: Pace,
    margin: Margin,
    queue: BTreeSet<Ticket>,
    /// Those that let the others pass, until they look again.
    asleep: BTreeSet<Ticket>,
    /// The first in the queue, if it could go and others saw that, and since when.
    overdue: Option<(Ticket, Duration)>,
    /// The next ticket's number, which becomes its request's.
    next: u64,
    all_held: Duration,
    bulk_held: Duration,
}

impl Gate {
    /// All slots free, nobody waiting.
    pub fn new(limits: impl IntoIterator<Item = Limit>) -> Self {
        let windows: Vec<Window> = limits.into_iter().filter_map(Window::new).collect();
        let shortest = windows.iter().map(|window| window.limit().window).min();
        Self {
            windows,
            connections: Connections::default(),
            pace: Pace::new(shortest.unwrap_or(Duration::MAX)),
            margin: Margin::new(),
            queue: BTreeSet::new(),
            asleep: BTreeSet::new(),
            overdue: None,
            next: 0,
            all_held: Duration::ZERO,
            bulk_held: Duration::ZERO,
        }
    }

    pub fn limits(&self) -> impl Iterator<Item = Limit> {
        self.windows.iter().map(Window::limit)
    }

    /// Takes the last place in a lane.
    pub fn join(&mut self, lane: Lane) -> Ticket {
        let ticket = Ticket {
            waits: lane != Lane::Single,
            number: self.next,
            lane,
        };
        self.next = self.next.wrapping_add(1);
        self.queue.insert(ticket);
        ticket
    }

    /// Gives a place back. Nothing happens if it was used.
    pub fn leave(&mut self, ticket: Ticket) {
        self.queue.remove(&ticket);
        self.asleep.remove(&ticket);
    }

    /// The one whose turn it is; all others are behind it.
    pub fn leader(&self) -> Option<Ticket> {
        self.queue.first().copied()
    }

    /// May this ticket's holder send now? If so, all its slots are taken.
    pub fn poll(&mut self, ticket: Ticket, now: Duration) -> Turn {
        if self.asleep.remove(&ticket) {
            self.queue.insert(ticket);
        }
        while self.leader() != Some(ticket) {
            match self.leader() {
                Some(leader) if self.is_asleep(leader, now) => {
                    self.queue.remove(&leader);
                    self.asleep.insert(leader);
                }
                // A ticket that was used or given back is behind everybody, for ever.
                _ => return Turn::Behind,
            }
        }
        let opens = self.opens(ticket.lane, now);
        if opens > now {
            return Turn::NotUntil(opens);
        }
        self.queue.remove(&ticket);
        let slots = Slots {
            lane: ticket.lane,
            request: ticket.number,
        };
        self.count_from(&slots, UNSENT);
        Turn::Go(slots)
    }

    /// The request is handed to the HTTP client now.
    pub fn sent(&mut self, slots: Slots, now: Duration) -> InFlight {
        let warm = self.connections.take(now);
        let set_up = if warm { Duration::ZERO } else { SET_UP };
        let counts_from = now.saturating_add(self.grace(now)).saturating_add(set_up);
        self.discount(&slots, UNSENT);
        self.count_from(&slots, counts_from);
        InFlight {
            slots,
            sent: now,
            warm,
            counts_from,
        }
    }

    /// A request that is sent now on an open connection counts from so long after, while it has no
    /// answer: it may be on its way still.
    pub fn grace(&self, now: Duration) -> Duration {
        let wary = self.margin.risen(now).saturating_mul(WARINESS);
        self.pace.grace().saturating_add(wary)
    }

    /// The request will not be sent: its slots are free at once.
    pub fn give_back(&mut self, slots: &Slots) {
        self.discount(slots, UNSENT);
    }

    /// The request surely never left: its slots are free at once.
    pub fn never_left(&mut self, request: &InFlight) {
        self.discount(&request.slots, request.counts_from);
    }

    /// The answer's headers arrived now. If the slots were free again for lack of an answer, they
    /// are taken once more, for as long as the answer says: the request arrived late.
    pub fn answered(
        &mut self,
        request: &InFlight,
        now: Duration,
        status: u16,
        runtime: Option<f64>,
    ) {
        if status == 429 {
            self.margin.refused(now);
        }
        self.connections.answered(now);
        let (sent, warm) = (request.sent, request.warm);
        let from = self.pace.answered(Answer {
            sent,
            warm,
            received: now,
            status,
            runtime,
        });
        self.never_left(request);
        self.count_from(&request.slots, from);
    }

    /// Nothing goes in this lane before `until`; after the 429 of a request that is no bulk one, nothing
    /// at all.
    pub fn hold(&mut self, lane: Lane, until: Duration) {
        let held = match lane {
            Lane::Single | Lane::Series => &mut self.all_held,
            Lane::Bulk => &mut self.bulk_held,
        };
        *held = until.max(*held);
    }

    /// Whether the leader could go for so long that it surely isn't looking.
    fn is_asleep(&mut self, leader: Ticket, now: Duration) -> bool {
        if self.opens(leader.lane, now) > now {
            self.overdue = None;
            return false;
        }
        match self.overdue {
            Some((who, since)) if who == leader => now.saturating_sub(since) >= PATIENCE,
            _ => {
                self.overdue = Some((leader, now));
                false
            }
        }
    }

    /// When a request of this lane may go, if nothing changes.
    fn opens(&mut self, lane: Lane, now: Duration) -> Duration {
        let margin = self.margin.at(now);
        let held = match lane {
            Lane::Single | Lane::Series => self.all_held,
            Lane::Bulk => self.all_held.max(self.bulk_held),
        };
        let windows = self.windows.iter_mut().filter(|window| window.counts(lane));
        windows
            .map(|window| window.opens(lane, now, margin))
            .fold(held, Duration::max)
    }

    fn count_from(&mut self, slots: &Slots, from: Duration) {
        for window in self
            .windows
            .iter_mut()
            .filter(|window| window.counts(slots.lane))
        {
            window.take(slots.request, from);
        }
    }

    fn discount(&mut self, slots: &Slots, from: Duration) {
        for window in self
            .windows
            .iter_mut()
            .filter(|window| window.counts(slots.lane))
        {
            window.give_back(slots.request, from);
        }
    }
}
