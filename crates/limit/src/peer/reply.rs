//! The effect of a reply from the store, and of a call that got none.

use std::time::Duration;

use super::exchange::WITHIN;
use super::line::Granted;
use super::{Notice, Peer};
use crate::store::{Line, Reply, Request};

/// The time without a reply after which the store counts as unreachable.
const GONE_AFTER: Duration = Duration::from_secs(1);
/// The pauses between attempts to reach a store that failed.
const RETRY: Duration = Duration::from_millis(100);
const LONGEST_RETRY: Duration = Duration::from_secs(1);
/// The longest reply time of the store that is taken into account.
const SLOWEST: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) enum Reach {
    /// The store has replied to the last exchange, or there was none.
    Up,
    /// Exchanges have failed since the last reply.
    Failing {
        since: Duration,
        retry_at: Duration,
        pause: Duration,
    },
}

impl Peer {
    /// Takes in a reply of the store.
    pub fn replied(&mut self, reply: Reply, now: Duration) {
        let Some(call) = self.call.take() else { return };
        let took = now.saturating_sub(call.asked_at);
        self.store_way.learn(took);
        // The value falls slowly, so that one slow reply is remembered for a while.
        self.slowest = took.max(self.slowest.mul_f64(0.95)).min(SLOWEST);
        for held in &mut self.holds {
            held.told |= call.holds.contains(held);
        }
        let was_alone = self.reached(now);
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
        // These grants were for waiters that have left meanwhile.
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
        if was_alone {
            // The log does not contain requests that other processes have just sent by themselves.
            self.hold(None, now.saturating_add(self.careful()));
        }
        self.within = WITHIN.saturating_add(self.slowest);
        let lines: Vec<Line> = self.lines.keys().copied().collect();
        for line in lines {
            self.tidy(line);
        }
    }

    /// Notes that the store has not replied. The next exchange repeats every report.
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

    /// Returns the time after which a call without a reply is abandoned.
    pub fn patience(&self) -> Duration {
        GONE_AFTER
    }

    /// Returns true if the process was alone before.
    pub(super) fn reached(&mut self, now: Duration) -> bool {
        let was_failing = matches!(self.reach, Reach::Failing { .. });
        self.reach = Reach::Up;
        if !self.known || self.alone.is_some() {
            self.notices.push(Notice::Reached);
        }
        self.known = true;
        if was_failing {
            self.notified(Duration::ZERO, now);
        }
        self.alone.take().is_some()
    }
}
