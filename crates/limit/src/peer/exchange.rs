//! The content of a call of the store: all reports and asks of the process, and the time of the next call.

use std::mem;
use std::time::Duration;

use super::Peer;
use super::reply::Reach;
use crate::Class;
use crate::gate::{GRACE_PER_MARGIN, PASSED_OVER_AFTER, SET_UP};
use crate::store::{Ask, Exchange, Hold, Request, Settled, Unanswered};

/// The time within which a granted request must be sent. The time to the store and back is not included.
pub(super) const WITHIN: Duration = Duration::from_millis(200);
/// A grant may be this far in the future, in addition to twice the time to the store and back.
const AHEAD: Duration = Duration::from_millis(20);
/// Windows up to this length are waited out when the store has lost its log or could not be reached.
const SHORT: Duration = Duration::from_secs(10);
const CAREFUL_GRACE: Duration = Duration::from_millis(500);

/// The time of the next call of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// At this time, or at once if it has passed.
    At(Duration),
    /// Not before something else happens.
    Never,
}

/// An exchange in flight.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) asked_at: Duration,
    pub(super) exchange: Exchange,
    /// For each entry of `exchange.settled`, the time from which it counts.
    pub(super) bounds: Vec<Duration>,
    /// The holds that this exchange reports.
    pub(super) holds: Vec<Held>,
}

/// A hold until this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) class: Option<Class>,
    pub(super) until: Duration,
    pub(super) told: bool,
}

impl Peer {
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
            // The store is called even if there is nothing to report, to find out that it is back.
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

    /// Begins a call with all current reports and asks.
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
        let grace = self.warm_grace();
        // Most answers come sooner, and then say more exactly when the request arrived.
        let is_old = |sent: Duration| sent.saturating_add(WITHIN) <= now;
        let sent = self.sent.iter().filter(|(_, (_, sent))| is_old(*sent));
        let sent: Vec<Unanswered> = sent
            .map(|(&id, &(class, sent))| Unanswered {
                request: Request { id, class },
                age: handled.saturating_sub(sent),
                // The request was sent on an open connection.
                grace,
            })
            .collect();
        self.sent.retain(|_, (_, sent)| !is_old(*sent));
        let settled = mem::take(&mut self.settled);
        let holds = self.holds_to_tell(now);
        self.holds.retain(|held| held.until > now);
        let exchange = Exchange {
            limits: self.limits.clone(),
            queues: self.tied.len(),
            sent,
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

    /// The asks of all lines, with a number for each request.
    pub(super) fn asks(&mut self) -> Vec<Ask> {
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

    /// The holds that the store does not know yet.
    pub(super) fn holds_to_tell(&self, now: Duration) -> Vec<Held> {
        let counted = |class: Class| self.tied.iter().any(|tied| tied.holds(class));
        let to_tell =
            |held: &&Held| held.until > now && !held.told && held.class.is_none_or(counted);
        self.holds.iter().filter(to_tell).copied().collect()
    }

    pub(super) fn renewals(&self) -> impl Iterator<Item = (Request, Duration)> {
        let held = self.unsent.iter();
        let held = held.map(|(&id, &(class, until))| (Request { id, class }, until));
        let lines = self.lines.values();
        let granted = lines.flat_map(|state| state.granted.iter());
        held.chain(granted.map(|granted| (granted.request(), granted.until)))
    }

    /// Gives back grants that their waiters have not taken for a long time, because nobody polls them. A grant that is
    /// too old to use is asked for again, because this process may have been suspended meanwhile.
    pub(super) fn drop_unclaimed(&mut self, now: Duration) {
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
                self.given_back.push(granted.request());
            }
        }
    }

    pub(super) fn early(&self) -> Duration {
        self.route.there(self.pace.least())
    }

    pub(super) fn grace(&self, now: Duration) -> Duration {
        let set_up = if self.connections.any(now) {
            Duration::ZERO
        } else {
            SET_UP
        };
        self.warm_grace().saturating_add(set_up)
    }

    /// The grace of a request that was sent on an open connection.
    fn warm_grace(&self) -> Duration {
        let refusals = self.margin.saturating_mul(GRACE_PER_MARGIN);
        self.pace.grace().saturating_add(refusals)
    }

    /// The time after which forgotten requests no longer count for the short limits.
    pub(super) fn careful(&self) -> Duration {
        let windows = self.limits.iter().map(|limit| limit.window());
        let longest = windows.filter(|window| *window <= SHORT).max();
        longest.map_or(Duration::ZERO, |window| {
            window.saturating_add(CAREFUL_GRACE)
        })
    }
}
