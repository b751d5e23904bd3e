//! One process among those that share limits in a [`Store`](crate::store::Store), as plain state with the
//! time passed in: who waits here, what to report to the store and ask it next, and the meaning of its
//! replies. The store decides which process may send. This keeps the order of the waiters in the process, and
//! learns from answers when requests count, as [`Gate`] does for a single process.
//!
//! Use it directly to simulate. [`Limiter::shared`](crate::Limiter::shared) is this with a clock and a task.

mod line;
mod route;

use std::collections::BTreeMap;
use std::mem;
use std::time::Duration;

use self::line::{Granted, LineState};
use self::route::Route;
use crate::gate::connections::Connections;
use crate::gate::least::Least;
use crate::gate::pace::{Answer, Pace};
use crate::gate::{
    self, GRACE_PER_MARGIN, Gate, PASSED_OVER_AFTER, Place, SET_UP, Ticket, Tied, tied_together,
};
use crate::store::{Ask, Exchange, Fallback, Hold, Line, Reply, Request, Settled};
use crate::{Class, Limit};

/// The time within which a granted request must be sent, without the time to the store and back.
const WITHIN: Duration = Duration::from_millis(200);
/// The time without a reply after which the store counts as unreachable.
const GONE_AFTER: Duration = Duration::from_secs(1);
/// The pauses between attempts to reach a store that failed.
const RETRY: Duration = Duration::from_millis(100);
const LONGEST_RETRY: Duration = Duration::from_secs(1);
/// Windows up to this length are waited out when the store has lost its log or could not be reached.
const SHORT: Duration = Duration::from_secs(10);
const CAREFUL_GRACE: Duration = Duration::from_millis(500);
/// The interval at which waiters check whether an unreachable store is back.
const CHECK: Duration = Duration::from_millis(100);
/// A grant may name a time in the future: twice the time to the store and back, plus this.
const AHEAD: Duration = Duration::from_millis(20);
/// The longest reply time of the store that is taken into account.
const SLOWEST: Duration = Duration::from_secs(1);

/// The result of a poll: whether the holder of the ticket may send.
#[derive(Debug)]
pub enum Turn {
    /// Yes; the ticket is used up.
    Go(Slots),
    /// Not before this time, if nothing else happens.
    NotUntil(Duration),
    /// Not before something else happens, or waiters that could go are passed over.
    Behind,
}

/// One slot of each limit that counts a request which is not sent yet.
#[derive(Debug)]
pub struct Slots(Kept);

#[derive(Debug)]
enum Kept {
    /// In the store.
    Shared(Request),
    /// In this process, while the store can't be reached.
    Alone(gate::Slots),
    /// Nowhere: no limit counts the class.
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
    /// The store replies, for the first time or again.
    Reached,
    /// The store can't be reached, and the fallback applies.
    Gone,
    /// The store has lost its log of slots: nothing is sent for a moment, and requests of the last minutes
    /// that counted for longer limits are not counted any more.
    LogLost,
}

/// The time of the next call of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// At this time, or at once if it has passed.
    At(Duration),
    /// Not before something else happens.
    Never,
}

#[derive(Debug)]
enum Reach {
    /// It has replied to the last exchange, or there was none.
    Up,
    /// Exchanges have failed since then.
    Failing {
        since: Duration,
        retry_at: Duration,
        pause: Duration,
    },
}

/// An exchange in flight.
#[derive(Debug)]
struct Call {
    asked_at: Duration,
    exchange: Exchange,
    /// The time from which each of `exchange.settled` counts.
    bounds: Vec<Duration>,
    /// The holds that it reports.
    holds: Vec<Held>,
}

/// A hold until this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    class: Option<Class>,
    until: Duration,
    told: bool,
}

/// One process of many.
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
    /// Permits that are not sent yet, and the times at which they must be renewed.
    unsent: BTreeMap<u64, (Class, Duration)>,
    call: Option<Call>,
    reach: Reach,
    fallback: Fallback,
    /// In force while the store can't be reached.
    alone: Option<Alone>,
    notices: Vec<Notice>,
    known: bool,
}

/// The limits that this process keeps by itself while the store can't be reached.
#[derive(Debug)]
struct Alone {
    /// None means that nothing is sent.
    gate: Option<Gate>,
    tickets: BTreeMap<Place, Ticket>,
}

impl Peer {
    /// A process that knows nothing yet.
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
            unsent: BTreeMap::new(),
            call: None,
            reach: Reach::Up,
            fallback,
            alone: None,
            notices: Vec::new(),
            known: false,
        }
    }

    /// The limits that all processes keep together.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// Returns true while the store can't be reached and the fallback applies.
    pub fn is_alone(&self) -> bool {
        self.alone.is_some()
    }

    /// The changes since the last call.
    pub fn notices(&mut self) -> Vec<Notice> {
        mem::take(&mut self.notices)
    }

    /// The first waiters that may take a grant.
    pub(crate) fn granted(&self) -> impl Iterator<Item = Ticket> {
        let lines = self.lines.values();
        lines
            .filter(|state| !state.granted.is_empty())
            .filter_map(|state| state.queue.first())
    }

    /// Takes the last place in its line.
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

    /// Gives a place back. If it was used, nothing happens.
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

    /// Returns whether the holder of this ticket may send now. If so, all its slots are taken.
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
            // Too old: another request may have the slot by the time it would be sent.
            Some(granted) if granted.until <= now => Turn::Behind,
            Some(granted) => {
                state.take(granted.id);
                state.queue.leave(ticket);
                let request = Request {
                    id: granted.id,
                    class: granted.class,
                };
                self.unsent
                    .insert(granted.id, (granted.class, granted.until));
                self.tidy(line);
                Turn::Go(Slots(Kept::Shared(request)))
            }
        }
    }

    /// The request is handed to the HTTP client now.
    pub fn sent(&mut self, slots: Slots, now: Duration) -> InFlight {
        let warm = self.connections.take(now);
        let kept = match slots.0 {
            Kept::Shared(request) => {
                self.unsent.remove(&request.id);
                KeptInFlight::Shared(request)
            }
            Kept::Alone(slots) => match self.alone_gate() {
                Some(gate) => KeptInFlight::Alone(gate.sent(slots, now)),
                None => KeptInFlight::Free,
            },
            Kept::Free => KeptInFlight::Free,
        };
        InFlight {
            kept,
            sent: now,
            warm,
        }
    }

    /// The request will not be sent: its slots are free at once.
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

    /// The request certainly never left: its slots are free at once.
    pub fn never_left(&mut self, request: &InFlight) {
        match &request.kept {
            KeptInFlight::Shared(request) => self.given_back.push(*request),
            KeptInFlight::Alone(request) => {
                if let Some(gate) = self.alone_gate() {
                    gate.never_left(request);
                }
            }
            KeptInFlight::Free => {}
        }
    }

    /// The answer's headers arrived now.
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
                self.settled.push((*shared, arrival, refused));
            }
            KeptInFlight::Alone(alone) => {
                if let Some(gate) = self.alone_gate() {
                    gate.answered(alone, now, status, runtime);
                }
            }
            KeptInFlight::Free => {}
        }
    }

    /// Holds requests of this class, or all, back until then, in all processes.
    pub fn hold(&mut self, class: Option<Class>, until: Duration) {
        if let Some(gate) = self.alone_gate() {
            match class {
                Some(class) => gate.hold(class, until),
                None => gate.hold_all(until),
            }
        }
        self.holds.push(Held {
            class,
            until,
            told: false,
        });
    }

    /// Another process has made a change that may let a waiter here go earlier, which asks again after
    /// `wait`.
    pub fn notified(&mut self, wait: Duration, now: Duration) {
        let again = now
            .saturating_sub(self.store_way.get() / 2)
            .saturating_add(wait);
        for state in self.lines.values_mut() {
            state.again = state.again.min(again);
        }
    }

    /// The time of the next call of the store, unless one is in flight.
    pub fn due(&mut self, now: Duration) -> Due {
        if self.call.is_some() {
            return Due::Never;
        }
        self.drop_unclaimed(now);
        let mut due = Duration::MAX;
        let must_tell = !self.settled.is_empty()
            || !self.given_back.is_empty()
            || !self.holds_to_tell(now).is_empty()
            || !self.withdrawn.is_empty();
        if must_tell {
            due = Duration::ZERO;
        }
        for state in self.lines.values() {
            if let Some((class, _)) = state.wanted() {
                let asked = state.asked.as_ref();
                let is_new = asked.is_none_or(|(asked, ids)| *asked != class || ids.is_empty());
                due = due.min(if is_new { Duration::ZERO } else { state.again });
            }
        }
        let renewals = self
            .renewals()
            .map(|(_, until)| until.saturating_sub(WITHIN / 2));
        due = renewals.fold(due, Duration::min);
        if let Reach::Failing { retry_at, .. } = self.reach {
            // While it can't be reached, it is tried even if there is nothing to report.
            due = if self.alone.is_some() {
                retry_at
            } else {
                due.max(retry_at)
            };
        }
        match due {
            Duration::MAX => Due::Never,
            due => Due::At(due),
        }
    }

    /// Begins a call, with everything to report and to ask now.
    pub fn begin(&mut self, now: Duration) -> Exchange {
        let within = self.within;
        let renewed: Vec<Request> = self
            .renewals()
            .filter(|(_, until)| until.saturating_sub(WITHIN / 2) <= now)
            .map(|(request, _)| request)
            .collect();
        let asks = self.asks();
        let half = self.store_way.get() / 2;
        let handled = now.saturating_add(half);
        let settled = mem::take(&mut self.settled);
        let holds = self.holds_to_tell(now);
        self.holds.retain(|held| held.until > now);
        let exchange = Exchange {
            limits: self.limits.clone(),
            queues: self.tied.len(),
            settled: settled
                .iter()
                .map(|(request, bound, refused)| Settled {
                    request: *request,
                    age: handled.saturating_sub(*bound),
                    refused: *refused,
                })
                .collect(),
            given_back: mem::take(&mut self.given_back),
            renewed,
            holds: holds
                .iter()
                .map(|held| Hold {
                    class: held.class,
                    pause: held.until.saturating_sub(now),
                })
                .collect(),
            withdrawn: mem::take(&mut self.withdrawn),
            asks,
            repeated: matches!(self.reach, Reach::Failing { .. }),
            ahead: AHEAD.saturating_add(self.slowest * 2),
            early: self.early(),
            within,
            grace: self.grace(now),
            careful: self.careful(),
        };
        self.call = Some(Call {
            asked_at: now,
            exchange: exchange.clone(),
            bounds: settled.into_iter().map(|(_, bound, _)| bound).collect(),
            holds,
        });
        exchange
    }

    /// The store has replied.
    pub fn replied(&mut self, reply: Reply, now: Duration) {
        let Some(call) = self.call.take() else { return };
        let took = now.saturating_sub(call.asked_at);
        self.store_way.learn(took);
        // It falls slowly, so that one slow reply is remembered for a while.
        self.slowest = took.max(self.slowest.mul_f64(0.95)).min(SLOWEST);
        for held in &mut self.holds {
            held.told |= call.holds.contains(held);
        }
        self.reached(now);
        if self.log.as_ref().is_some_and(|log| *log != reply.log) {
            self.notices.push(Notice::LogLost);
        }
        self.log = Some(reply.log);
        self.margin = reply.margin;
        for request in &call.exchange.renewed {
            let until = call.asked_at.saturating_add(call.exchange.within);
            if let Some((_, renewed)) = self.unsent.get_mut(&request.id) {
                *renewed = until;
            }
            for state in self.lines.values_mut() {
                for granted in state.granted.iter_mut().filter(|g| g.id == request.id) {
                    granted.until = until;
                }
            }
        }
        let handled = now.saturating_sub(self.store_way.get() / 2);
        for (ask, again) in call.exchange.asks.iter().zip(reply.again) {
            let Some(state) = self.lines.get_mut(&ask.line) else {
                continue;
            };
            state.again = handled.saturating_add(again);
            let Some((class, ids)) = &mut state.asked else {
                continue;
            };
            for grant in &reply.grants {
                if !ids.contains(&grant.id) {
                    continue;
                }
                ids.retain(|id| *id != grant.id);
                state.granted.push_back(Granted {
                    id: grant.id,
                    class: *class,
                    at: handled.saturating_add(grant.wait),
                    until: call
                        .asked_at
                        .saturating_add(grant.wait)
                        .saturating_add(call.exchange.within),
                });
            }
        }
        // Grants for waiters that have left meanwhile.
        for grant in reply.grants {
            let taken = self
                .lines
                .values()
                .any(|state| state.granted.iter().any(|g| g.id == grant.id));
            let asked = call
                .exchange
                .asks
                .iter()
                .find(|ask| ask.ids.contains(&grant.id));
            if let (false, Some(ask)) = (taken, asked) {
                self.given_back.push(Request {
                    id: grant.id,
                    class: ask.class,
                });
            }
        }
        self.within = WITHIN.saturating_add(self.slowest);
        let lines: Vec<Line> = self.lines.keys().copied().collect();
        for line in lines {
            self.tidy(line);
        }
    }

    /// The store has not replied. Everything that was reported is reported again.
    pub fn failed(&mut self, now: Duration) {
        let Some(call) = self.call.take() else { return };
        let told = call.exchange.settled.iter().zip(call.bounds);
        self.settled
            .extend(told.map(|(settled, bound)| (settled.request, bound, settled.refused)));
        self.given_back.extend(call.exchange.given_back);
        self.withdrawn.extend(call.exchange.withdrawn);
        let (since, pause) = match self.reach {
            Reach::Up => (call.asked_at, RETRY),
            Reach::Failing { since, pause, .. } => (since, (pause * 2).min(LONGEST_RETRY)),
        };
        self.reach = Reach::Failing {
            since,
            retry_at: now.saturating_add(pause),
            pause,
        };
        if now.saturating_sub(since) >= GONE_AFTER && self.alone.is_none() {
            self.go_alone(now);
        }
    }

    /// The time after which a call without a reply is abandoned.
    pub fn patience(&self) -> Duration {
        GONE_AFTER
    }

    fn early(&self) -> Duration {
        self.route.there(self.pace.least())
    }

    fn grace(&self, now: Duration) -> Duration {
        let set_up = if self.connections.any(now) {
            Duration::ZERO
        } else {
            SET_UP
        };
        let refusals = self.margin.saturating_mul(GRACE_PER_MARGIN);
        self.pace
            .grace()
            .saturating_add(refusals)
            .saturating_add(set_up)
    }

    /// The time after which forgotten requests no longer count for the short limits.
    fn careful(&self) -> Duration {
        let windows = self.limits.iter().map(|limit| limit.window());
        let longest = windows.filter(|window| *window <= SHORT).max();
        longest.map_or(Duration::ZERO, |window| {
            window.saturating_add(CAREFUL_GRACE)
        })
    }

    /// Holds of classes that the store must know of.
    fn holds_to_tell(&self, now: Duration) -> Vec<Held> {
        let counted = |class: Class| self.tied.iter().any(|tied| tied.holds(class));
        let to_tell =
            |held: &&Held| held.until > now && !held.told && held.class.is_none_or(counted);
        self.holds.iter().filter(to_tell).copied().collect()
    }

    fn renewals(&self) -> impl Iterator<Item = (Request, Duration)> {
        let held = self.unsent.iter();
        let held = held.map(|(id, (class, until))| {
            (
                Request {
                    id: *id,
                    class: *class,
                },
                *until,
            )
        });
        let lines = self.lines.values();
        let granted = lines.flat_map(|state| state.granted.iter());
        let granted = granted.map(|g| {
            (
                Request {
                    id: g.id,
                    class: g.class,
                },
                g.until,
            )
        });
        held.chain(granted)
    }

    /// The asks of all lines, with a number for each request.
    fn asks(&mut self) -> Vec<Ask> {
        let mut asks = Vec::new();
        for (line, state) in &mut self.lines {
            let Some((class, count)) = state.wanted() else {
                continue;
            };
            if let Some((asked, ids)) = &mut state.asked
                && *asked != class
            {
                let dropped = mem::take(ids).into_iter();
                self.given_back
                    .extend(dropped.map(|id| Request { id, class: *asked }));
                *asked = class;
            }
            let (_, ids) = state.asked.get_or_insert_with(|| (class, Vec::new()));
            while ids.len() < count {
                ids.push(self.next);
                self.next = self.next.wrapping_add(1);
            }
            let surplus = ids.split_off(count).into_iter();
            self.given_back
                .extend(surplus.map(|id| Request { id, class }));
            asks.push(Ask {
                line: *line,
                class,
                ids: ids.clone(),
            });
        }
        asks
    }

    /// Withdraws a line in which no request waits without a grant.
    fn tidy(&mut self, line: Line) {
        let Some(state) = self.lines.get_mut(&line) else {
            return;
        };
        if state.wanted().is_none()
            && let Some((class, ids)) = state.asked.take()
            && !ids.is_empty()
        {
            // If a call is in flight or has failed, some of them may be granted.
            self.given_back
                .extend(ids.into_iter().map(|id| Request { id, class }));
            self.withdrawn.push(line);
        }
    }

    /// Gives back grants that no waiter has taken for long: their waiters aren't polled. A grant that is too
    /// old to be used is asked for again, because this process may have been suspended meanwhile.
    fn drop_unclaimed(&mut self, now: Duration) {
        for state in self.lines.values_mut() {
            while let Some(granted) = state.granted.front().copied() {
                let unclaimed = now.saturating_sub(granted.at) >= PASSED_OVER_AFTER;
                if !unclaimed && granted.until > now {
                    break;
                }
                state.granted.pop_front();
                if unclaimed && let Some(first) = state.queue.first() {
                    state.queue.put_to_sleep(first);
                }
                self.given_back.push(Request {
                    id: granted.id,
                    class: granted.class,
                });
            }
        }
    }

    fn reached(&mut self, now: Duration) {
        let was_failing = matches!(self.reach, Reach::Failing { .. });
        self.reach = Reach::Up;
        if !self.known || self.alone.is_some() {
            self.notices.push(Notice::Reached);
        }
        self.known = true;
        if self.alone.take().is_some() {
            // Requests of processes that were alone a moment ago are not in the log.
            self.holds.push(Held {
                class: None,
                until: now.saturating_add(self.careful()),
                told: false,
            });
        }
        if was_failing {
            self.notified(Duration::ZERO, now);
        }
    }

    fn go_alone(&mut self, now: Duration) {
        self.notices.push(Notice::Gone);
        let gate = self.fallback.limits(&self.limits).map(|limits| {
            let mut gate = Gate::new(limits);
            gate.hold_all(now.saturating_add(self.careful()));
            gate
        });
        self.alone = Some(Alone {
            gate,
            tickets: BTreeMap::new(),
        });
    }

    fn alone_gate(&mut self) -> Option<&mut Gate> {
        self.alone.as_mut()?.gate.as_mut()
    }

    fn poll_alone(&mut self, ticket: Ticket, now: Duration) -> Turn {
        let check = now.saturating_add(CHECK);
        let Some(Alone {
            gate: Some(gate),
            tickets,
        }) = &mut self.alone
        else {
            return Turn::NotUntil(check);
        };
        let twin = *tickets
            .entry(ticket.place)
            .or_insert_with(|| gate.join(ticket.class));
        match gate.poll(twin, now) {
            gate::Turn::Go(slots) => {
                tickets.remove(&ticket.place);
                if let Some(line) = line_of(ticket) {
                    if let Some(state) = self.lines.get_mut(&line) {
                        state.queue.leave(ticket);
                    }
                    self.tidy(line);
                }
                Turn::Go(Slots(Kept::Alone(slots)))
            }
            gate::Turn::NotUntil(time) => Turn::NotUntil(time.min(check)),
            gate::Turn::Behind => Turn::NotUntil(check),
        }
    }
}

fn line_of(ticket: Ticket) -> Option<Line> {
    Some(Line {
        queue: ticket.queue?,
        priority: ticket.place.priority,
    })
}
