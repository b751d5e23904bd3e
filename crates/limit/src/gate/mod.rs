//! The gate: the rule as plain state with the time passed in, without clock, lock or task. [`Limiter`] is a
//! gate with a clock and a lock. Use the gate directly to simulate, or to build another kind of handle.
//!
//! A request gets a slot of every limit that counts it, or none. Waiters go by priority, then first come,
//! first served. A slot is free again one window after the latest time at which the server can have counted
//! its request. That time is calculated from the answer, or, while there is none, from the answers to other
//! requests. The parts: `window` counts slots, `pace` and `grace` say from when a request counts, `margin`
//! learns from refusals, and `connections` knows which requests found an open connection. `queue` and this
//! file use each other, because they share the ticket of a waiter.
//!
//! [`Limiter`]: crate::Limiter

pub(crate) mod connections;
mod grace;
pub(crate) mod least;
mod margin;
pub(crate) mod pace;
pub(crate) mod queue;
mod window;

use std::hash::{Hash, Hasher};
use std::time::Duration;

use self::connections::Connections;
use self::margin::Margin;
use self::pace::{Answer, Pace};
use self::queue::Queue;
use self::window::{UNSENT, Window};
use crate::{Class, Limit};

/// A request that first opens its connection arrives later: that takes two more round trips.
pub(crate) const SET_UP: Duration = Duration::from_millis(250);
/// Refusals that come nevertheless increase the grace by this many times what they add to the margin. If the
/// server counts when its work is done, the time on the wire does not say when that is. Only the answer does,
/// so the grace must become long enough to have no effect.
pub(crate) const GRACE_PER_MARGIN: u32 = 8;

/// A waiter that could go but is not polled for this time is passed over.
pub const PASSED_OVER_AFTER: Duration = Duration::from_millis(500);

/// The order in which waiters go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) priority: u8,
    pub(crate) number: u64,
}

/// A place in a queue. No two of one gate are equal.
#[derive(Debug, Clone, Copy)]
pub struct Ticket {
    pub(crate) place: Place,
    pub(crate) class: Class,
    /// None: no limit counts the class.
    pub(crate) queue: Option<usize>,
}

impl PartialEq for Ticket {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl Eq for Ticket {}

impl Hash for Ticket {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place.hash(state);
    }
}

/// One slot of each limit that counts a request which is not sent yet.
#[derive(Debug)]
pub struct Slots {
    class: Class,
    request: u64,
}

impl Slots {
    pub(crate) fn class(&self) -> Class {
        self.class
    }
}

/// The slots of a request that was sent.
#[derive(Debug)]
pub struct InFlight {
    slots: Slots,
    sent: Duration,
    warm: bool,
    counts_from: Duration,
}

impl InFlight {
    pub(crate) fn class(&self) -> Class {
        self.slots.class
    }
}

/// The result of a poll: whether the holder of the ticket may send.
#[derive(Debug)]
pub enum Turn {
    /// Yes; the ticket is used up.
    Go(Slots),
    /// It is first, but may not go before this time if nothing else happens. `Duration::MAX`: not before a
    /// request that holds a slot was sent or given up.
    NotUntil(Duration),
    /// Others are before it. If nothing happens, poll again after [`PASSED_OVER_AFTER`].
    Behind,
}

/// The classes whose requests wait in one queue, because a limit counts them together.
#[derive(Debug)]
pub(crate) enum Tied {
    All,
    Classes(Vec<Class>),
}

impl Tied {
    pub(crate) fn holds(&self, class: Class) -> bool {
        match self {
            Tied::All => true,
            Tied::Classes(classes) => classes.contains(&class),
        }
    }
}

/// All state of a limiter. Times are durations since its start, and never decrease.
#[derive(Debug)]
pub struct Gate {
    windows: Vec<Window>,
    queues: Vec<(Tied, Queue)>,
    connections: Connections,
    pace: Pace,
    margin: Margin,
    /// The number of the next ticket, which is also that of its request.
    next: u64,
    all_held: Duration,
    held: Vec<(Class, Duration)>,
}

impl Gate {
    /// Creates a gate with all slots free and nobody waiting.
    pub fn new(limits: impl IntoIterator<Item = Limit>) -> Self {
        let windows: Vec<Window> = limits.into_iter().filter_map(Window::new).collect();
        let shortest = windows.iter().map(|window| window.limit().window()).min();
        let tied = tied_together(windows.iter().map(Window::limit));
        Self {
            windows,
            queues: tied
                .into_iter()
                .map(|tied| (tied, Queue::default()))
                .collect(),
            connections: Connections::default(),
            pace: Pace::new(shortest.unwrap_or(Duration::MAX)),
            margin: Margin::new(),
            next: 0,
            all_held: Duration::ZERO,
            held: Vec::new(),
        }
    }

    /// Takes the last place among the waiters with the same priority.
    pub fn join(&mut self, class: Class) -> Ticket {
        let tied = |(tied, _): &(Tied, Queue)| tied.holds(class);
        let ticket = Ticket {
            place: Place {
                priority: class.rank(),
                number: self.next,
            },
            class,
            queue: self.queues.iter().position(tied),
        };
        self.next = self.next.wrapping_add(1);
        if let Some(queue) = self.queue(ticket) {
            queue.join(ticket);
        }
        ticket
    }

    /// Gives a place back. If it was used, nothing happens.
    pub fn leave(&mut self, ticket: Ticket) {
        if let Some(queue) = self.queue(ticket) {
            queue.leave(ticket);
        }
    }

    /// Returns whether the holder of this ticket may send now. If so, all its slots are taken.
    pub fn poll(&mut self, ticket: Ticket, now: Duration) -> Turn {
        if let Some(queue) = self.queue(ticket) {
            queue.wake(ticket);
        }
        while let Some(first) = self.first(ticket)
            && first != ticket
        {
            let could_go = self.opens(first.class, now) <= now;
            let passed = self
                .queue(ticket)
                .is_some_and(|queue| queue.pass_over(first, could_go, now));
            if !passed {
                return Turn::Behind;
            }
        }
        if ticket.queue.is_some() && self.first(ticket).is_none() {
            // A ticket that was used or given back is behind all others, for ever.
            return Turn::Behind;
        }
        let opens = self.opens(ticket.class, now);
        if opens > now {
            return Turn::NotUntil(opens);
        }
        self.leave(ticket);
        let slots = Slots {
            class: ticket.class,
            request: ticket.place.number,
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

    /// Counts a request that others sent at that time.
    pub fn sent_before(&mut self, class: Class, at: Duration) {
        let slots = Slots {
            class,
            request: self.next,
        };
        self.next = self.next.wrapping_add(1);
        self.count_from(&slots, at);
    }

    /// The request will not be sent: its slots are free at once.
    pub fn give_back(&mut self, slots: &Slots) {
        self.discount(slots, UNSENT);
    }

    /// The request certainly never left: its slots are free at once.
    pub fn never_left(&mut self, request: &InFlight) {
        self.discount(&request.slots, request.counts_from);
    }

    /// The answer's headers arrived now. If the slots were free again because the answer was missing, they
    /// are taken once more, for the time that the answer shows: the request arrived late.
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

    /// Holds requests of this class back until then. A hold that ends later is kept.
    pub fn hold(&mut self, class: Class, until: Duration) {
        match self.held.iter_mut().find(|(held, _)| *held == class) {
            Some((_, held)) => *held = until.max(*held),
            None => self.held.push((class, until)),
        }
    }

    /// Holds all requests back until then. A hold that ends later is kept.
    pub fn hold_all(&mut self, until: Duration) {
        self.all_held = until.max(self.all_held);
    }

    /// The time after sending within which a request without an answer, on an open connection, is assumed to
    /// arrive, beyond the least time on the wire.
    pub fn grace(&self, now: Duration) -> Duration {
        let refusals = self.margin.raised_by(now).saturating_mul(GRACE_PER_MARGIN);
        self.pace.grace().saturating_add(refusals)
    }

    /// The limits that it keeps. Limits that limit nothing are left out.
    pub fn limits(&self) -> impl Iterator<Item = Limit> {
        self.windows.iter().map(Window::limit)
    }

    /// The first waiter of each queue, if it has become the first since the last call; and in any case if it
    /// may go `earlier` than it was told.
    pub(crate) fn firsts_to_notify(&mut self, earlier: bool) -> impl Iterator<Item = Ticket> {
        let queues = self.queues.iter_mut();
        queues.filter_map(move |(_, queue)| queue.first_to_notify(earlier))
    }

    fn queue(&mut self, ticket: Ticket) -> Option<&mut Queue> {
        let (_, queue) = self.queues.get_mut(ticket.queue?)?;
        Some(queue)
    }

    /// The first in the queue of this ticket.
    fn first(&mut self, ticket: Ticket) -> Option<Ticket> {
        self.queue(ticket)?.first()
    }

    /// The time when a request of this class may go, if nothing changes.
    fn opens(&mut self, class: Class, now: Duration) -> Duration {
        let margin = self.margin.at(now);
        let held = self.held.iter().find(|(held, _)| *held == class);
        let held = held.map_or(self.all_held, |(_, held)| self.all_held.max(*held));
        let windows = self.windows.iter_mut();
        windows
            .filter(|window| window.limit().counts(class))
            .map(|window| window.opens(class, now, margin))
            .fold(held, Duration::max)
    }

    fn count_from(&mut self, slots: &Slots, from: Duration) {
        for window in self.windows_of(slots.class) {
            window.take(slots.request, from);
        }
    }

    fn discount(&mut self, slots: &Slots, from: Duration) {
        for window in self.windows_of(slots.class) {
            window.give_back(slots.request, from);
        }
    }

    fn windows_of(&mut self, class: Class) -> impl Iterator<Item = &mut Window> {
        let windows = self.windows.iter_mut();
        windows.filter(move |window| window.limit().counts(class))
    }
}

/// The classes that limits count together, directly or through other classes. No limit counts a class that is
/// in none of them.
pub(crate) fn tied_together(limits: impl Iterator<Item = Limit>) -> Vec<Tied> {
    let mut groups: Vec<Vec<Class>> = Vec::new();
    for limit in limits {
        let Some(classes) = limit.classes() else {
            return vec![Tied::All];
        };
        let touches = |group: &Vec<Class>| group.iter().any(|class| classes.contains(class));
        let (touched, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(touches);
        groups = apart;
        let mut group = touched.concat();
        group.extend(classes);
        groups.push(group);
    }
    groups.into_iter().map(Tied::Classes).collect()
}

#[cfg(test)]
mod tests;
