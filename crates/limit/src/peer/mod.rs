//! A process that shares limits with others in a [`Store`](crate::store::Store), as plain state with the time passed
//! in. It knows who waits in this process, what to report to the store and ask it next, and what a reply means. The
//! store decides which process may send. This state keeps the order of the waiters in the process, and learns from
//! answers when requests count, as [`Gate`](crate::gate::Gate) does for a single process.
//!
//! Use it directly in simulations. [`Limiter::shared`](crate::Limiter::shared) adds a clock and a task.

mod alone;
mod exchange;
mod line;
mod reply;
mod route;

use std::collections::BTreeMap;
use std::mem;
use std::time::Duration;

use self::alone::Alone;
pub use self::exchange::Due;
use self::exchange::{Call, Held, WITHIN};
use self::line::{Granted, LineState};
use self::reply::Reach;
use self::route::Route;
use crate::gate::connections::Connections;
use crate::gate::least::Least;
use crate::gate::pace::{Answer, Pace};
use crate::gate::{self, Place, Ticket, Tied, tied_together};
use crate::store::{Fallback, Line, Request};
use crate::{Class, Limit};

/// The result of a poll.
#[derive(Debug)]
pub enum Turn {
    /// The holder of the ticket may send. The ticket is used up.
    Go(Slots),
    /// The holder may not send before this time, unless something else happens.
    NotUntil(Duration),
    /// The holder may not send before something else happens, or before a waiter ahead of it is passed over.
    Behind,
}

/// One slot of each limit that counts a request. The request has not been sent yet.
#[derive(Debug)]
pub struct Slots(Kept);

#[derive(Debug)]
enum Kept {
    /// The slots are in the store.
    Shared(Request),
    /// The slots are in this process, because the store can't be reached.
    Alone(gate::Slots),
    /// There are no slots, because no limit counts the class.
    Free,
}

/// The slots of a request that was sent.
#[derive(Debug)]
pub struct InFlight {
    kept: KeptInFlight,
    sent: Duration,
    warm: bool,
}

#[derive(Debug)]
enum KeptInFlight {
    Shared(Request),
    Alone(gate::InFlight),
    Free,
}

/// A change to report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The store has replied, for the first time or again.
    Reached,
    /// The store can't be reached, and the fallback applies.
    Gone,
    /// The store has lost its log of slots. Nothing is sent for a moment. Requests of the last minutes no longer count
    /// for the longer limits.
    LogLost,
}

/// The state of one of the processes.
#[derive(Debug)]
pub struct Peer {
    limits: Vec<Limit>,
    tied: Vec<Tied>,
    lines: BTreeMap<Line, LineState>,
    next: u64,
    connections: Connections,
    pace: Pace,
    route: Route,
    store_way: Least,
    /// The longest reply time of the store in the recent past.
    slowest: Duration,
    within: Duration,
    margin: Duration,
    log: Option<String>,
    settled: Vec<(Request, Duration, bool)>,
    given_back: Vec<Request>,
    holds: Vec<Held>,
    withdrawn: Vec<Line>,
    /// Requests that were sent on an open connection, and the times of sending, until the store knows of them.
    sent: BTreeMap<u64, (Class, Duration)>,
    /// Permits that were not used yet, and the times at which they must be renewed.
    unsent: BTreeMap<u64, (Class, Duration)>,
    call: Option<Call>,
    reach: Reach,
    fallback: Fallback,
    /// The fallback, while it applies because the store can't be reached.
    alone: Option<Alone>,
    notices: Vec<Notice>,
    known: bool,
}

impl Peer {
    /// The state of a process that has just started.
    pub fn new(limits: impl IntoIterator<Item = Limit>, fallback: Fallback) -> Self {
        let limits: Vec<Limit> = limits
            .into_iter()
            .filter(|limit| !limit.window().is_zero())
            .collect();
        let shortest = limits.iter().map(|limit| limit.window()).min();
        Self {
            tied: tied_together(limits.iter().copied()),
            limits,
            lines: BTreeMap::new(),
            next: 0,
            connections: Connections::default(),
            pace: Pace::new(shortest.unwrap_or(Duration::MAX)),
            route: Route::default(),
            store_way: Least::default(),
            slowest: Duration::ZERO,
            within: WITHIN,
            margin: Duration::ZERO,
            log: None,
            settled: Vec::new(),
            given_back: Vec::new(),
            holds: Vec::new(),
            withdrawn: Vec::new(),
            sent: BTreeMap::new(),
            unsent: BTreeMap::new(),
            call: None,
            reach: Reach::Up,
            fallback,
            alone: None,
            notices: Vec::new(),
            known: false,
        }
    }

    /// Returns the limits that all processes keep together.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// Returns the changes since the last call.
    pub fn notices(&mut self) -> Vec<Notice> {
        mem::take(&mut self.notices)
    }

    /// The first waiter of each line for which there is a grant.
    pub(crate) fn granted(&self) -> impl Iterator<Item = Ticket> {
        let lines = self.lines.values();
        lines
            .filter(|state| !state.granted.is_empty())
            .filter_map(|state| state.queue.first())
    }

    /// Takes the last place in the line of this class.
    pub fn join(&mut self, class: Class) -> Ticket {
        let ticket = Ticket {
            place: Place {
                priority: class.rank(),
                number: self.next,
            },
            class,
            queue: self.tied.iter().position(|tied| tied.holds(class)),
        };
        self.next = self.next.wrapping_add(1);
        if let Some(line) = line_of(ticket) {
            self.lines.entry(line).or_default().queue.join(ticket);
        }
        ticket
    }

    /// Gives a place back. Does nothing if the place was used.
    pub fn leave(&mut self, ticket: Ticket) {
        if let Some(Alone { gate, tickets }) = &mut self.alone
            && let (Some(gate), Some(twin)) = (gate, tickets.remove(&ticket.place))
        {
            gate.leave(twin);
        }
        let Some(line) = line_of(ticket) else { return };
        if let Some(state) = self.lines.get_mut(&line) {
            state.queue.leave(ticket);
        }
        self.tidy(line);
    }

    /// Decides if the holder of this ticket may send now. If so, the result holds all its slots.
    pub fn poll(&mut self, ticket: Ticket, now: Duration) -> Turn {
        if self.alone.is_some() {
            return self.poll_alone(ticket, now);
        }
        let Some(line) = line_of(ticket) else {
            let holds = |held: &&Held| {
                held.until > now && held.class.is_none_or(|class| class == ticket.class)
            };
            let held = self.holds.iter().filter(holds).map(|held| held.until);
            return match held.max() {
                Some(until) => Turn::NotUntil(until),
                None => Turn::Go(Slots(Kept::Free)),
            };
        };
        let Some(state) = self.lines.get_mut(&line) else {
            return Turn::Behind;
        };
        state.queue.wake(ticket);
        while let Some(first) = state.queue.first()
            && first != ticket
        {
            let could_go = state
                .grant(first.class)
                .is_some_and(|granted| granted.at <= now);
            if !state.queue.pass_over(first, could_go, now) {
                return Turn::Behind;
            }
        }
        let is_first = state.queue.first().is_some();
        match state.grant(ticket.class).filter(|_| is_first) {
            None => Turn::Behind,
            Some(granted) if granted.at > now => Turn::NotUntil(granted.at),
            // The grant is too old: another request may get the slot before this one is sent.
            Some(granted) if granted.until <= now => Turn::Behind,
            Some(granted) => {
                state.take(granted.id);
                state.queue.leave(ticket);
                let request = granted.request();
                self.unsent
                    .insert(granted.id, (granted.class, granted.until));
                self.tidy(line);
                Turn::Go(Slots(Kept::Shared(request)))
            }
        }
    }

    /// Notes that the request is handed to the HTTP client now.
    pub fn sent(&mut self, slots: Slots, now: Duration) -> InFlight {
        let warm = self.connections.take(now);
        let kept = match slots.0 {
            Kept::Shared(request) => {
                self.unsent.remove(&request.id);
                if warm {
                    self.sent.insert(request.id, (request.class, now));
                }
                KeptInFlight::Shared(request)
            }
            Kept::Alone(slots) => match self.alone_gate() {
                Some(gate) => KeptInFlight::Alone(gate.sent(slots, now)),
                // The store is back. The answer will report this request to it.
                None => KeptInFlight::Shared(self.request(slots.class())),
            },
            Kept::Free => KeptInFlight::Free,
        };
        InFlight {
            kept,
            sent: now,
            warm,
        }
    }

    /// Notes that the request will not be sent. Its slots are free at once.
    pub fn give_back(&mut self, slots: &Slots) {
        match &slots.0 {
            Kept::Shared(request) => {
                self.unsent.remove(&request.id);
                self.given_back.push(*request);
            }
            Kept::Alone(slots) => {
                if let Some(gate) = self.alone_gate() {
                    gate.give_back(slots);
                }
            }
            Kept::Free => {}
        }
    }

    /// Notes that the request certainly never left. Its slots are free at once.
    pub fn never_left(&mut self, request: &InFlight) {
        match &request.kept {
            KeptInFlight::Shared(request) => {
                self.sent.remove(&request.id);
                self.given_back.push(*request);
            }
            KeptInFlight::Alone(request) => {
                if let Some(gate) = self.alone_gate() {
                    gate.never_left(request);
                }
            }
            KeptInFlight::Free => {}
        }
    }

    /// Notes that the headers of the answer arrived now.
    pub fn answered(
        &mut self,
        request: &InFlight,
        now: Duration,
        status: u16,
        runtime: Option<f64>,
    ) {
        self.connections.answered(now);
        let refused = status == 429;
        if refused {
            self.route.refused(self.pace.least());
        }
        let sent_bound = self.pace.answered(Answer {
            sent: request.sent,
            warm: request.warm,
            received: now,
            status,
            runtime,
        });
        match &request.kept {
            KeptInFlight::Shared(shared) => {
                let arrival = sent_bound.saturating_add(self.early());
                self.sent.remove(&shared.id);
                self.settled.push((*shared, arrival, refused));
            }
            KeptInFlight::Alone(alone) => match self.alone_gate() {
                Some(gate) => gate.answered(alone, now, status, runtime),
                // The request was sent while the store was unreachable. The store is back, so it must count the
                // request.
                None => {
                    let arrival = sent_bound.saturating_add(self.early());
                    let request = self.request(alone.class());
                    self.settled.push((request, arrival, refused));
                }
            },
            KeptInFlight::Free => {}
        }
    }

    /// A request with a new number.
    fn request(&mut self, class: Class) -> Request {
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        Request { id, class }
    }

    /// Holds requests of this class, or all requests, back until this time, in all processes. Grants that no waiter has
    /// taken yet are given back and asked for again.
    pub fn hold(&mut self, class: Option<Class>, until: Duration) {
        if let Some(gate) = self.alone_gate() {
            match class {
                Some(class) => gate.hold(class, until),
                None => gate.hold_all(until),
            }
        }
        for state in self.lines.values_mut() {
            let is_held = |granted: &Granted| class.is_none_or(|class| class == granted.class);
            let granted = mem::take(&mut state.granted).into_iter();
            let (held, kept) = granted.partition::<Vec<Granted>, _>(is_held);
            state.granted = kept.into();
            self.given_back.extend(held.iter().map(Granted::request));
        }
        self.holds.push(Held {
            class,
            until,
            told: false,
        });
    }

    /// Notes that another process has made a change after which a waiter here may go earlier. The waiters ask again
    /// after `wait`.
    pub fn notified(&mut self, wait: Duration, now: Duration) {
        let again = now
            .saturating_sub(self.store_way.get() / 2)
            .saturating_add(wait);
        for state in self.lines.values_mut() {
            state.again = state.again.min(again);
        }
    }

    /// Withdraws a line if no request in it waits without a grant.
    fn tidy(&mut self, line: Line) {
        let Some(state) = self.lines.get_mut(&line) else {
            return;
        };
        if state.wanted().is_none()
            && let Some((class, ids)) = state.asked.take()
            && !ids.is_empty()
        {
            // If a call is in flight or has failed, the store may have granted some of these.
            self.given_back
                .extend(ids.into_iter().map(|id| Request { id, class }));
            self.withdrawn.push(line);
        }
    }
}

fn line_of(ticket: Ticket) -> Option<Line> {
    Some(Line {
        queue: ticket.queue?,
        priority: ticket.place.priority,
    })
}
