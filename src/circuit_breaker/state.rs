//! When a run's answers look like an outage. Pure: what happened comes with its time.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// Requests that may be lost in a row.
const DOUBTS: u32 = 3;
/// Requests that may be under way while answers stay away.
const UNANSWERED: usize = 3;
/// How long answers may stay away at the least.
const SHORTEST_PATIENCE: Duration = Duration::from_secs(1);
/// Answers that tell what is usual.
const RECENT: usize = 16;

/// What may be done at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advice {
    /// Send.
    Go,
    /// Wait until something that is under way settles.
    Wait,
    /// Send nothing before a harmless read is answered.
    Probe,
}

/// Pure state: what happened, with the times passed in.
#[derive(Debug, Default)]
pub(super) struct BreakerState {
    /// When the requests that are under way were sent.
    pub(super) under_way: Vec<Instant>,
    /// How long the latest answers took.
    pub(super) recent: VecDeque<Duration>,
    /// When the latest came.
    pub(super) last_answer: Option<Instant>,
    pub(super) doubts_in_a_row: u32,
    /// When the last of these was sent.
    pub(super) last_doubt: Option<Instant>,
    pub(super) suspended: bool,
    pub(super) false_hopes: u32,
}

impl BreakerState {
    pub(super) fn advice(&self, now: Instant) -> Advice {
        if self.suspended {
            return Advice::Probe;
        }
        // What is under way may be lost as well, and then counts with what was.
        let at_risk = self.under_way.len() + self.doubts_in_a_row as usize;
        if self.doubts_in_a_row > 0 && at_risk >= DOUBTS as usize {
            return Advice::Wait;
        }
        if self.under_way.len() < UNANSWERED {
            return Advice::Go;
        }
        let usual = self.recent.iter().max().copied().unwrap_or_default();
        let patience = SHORTEST_PATIENCE.max(usual * 2);
        // Before the first answer the wait began with the first request.
        let since = self
            .last_answer
            .or_else(|| self.under_way.iter().min().copied())
            .unwrap_or(now);
        if now.saturating_duration_since(since) < patience {
            Advice::Go
        } else {
            Advice::Wait
        }
    }

    pub(super) fn land(&mut self, sent: Instant) {
        if let Some(place) = self.under_way.iter().position(|other| *other == sent) {
            self.under_way.swap_remove(place);
        }
    }

    pub(super) fn answered(&mut self, sent: Instant, now: Instant) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(now.saturating_duration_since(sent));
        self.last_answer = Some(now);
        // What was sent before a request that was lost says nothing of what came after it.
        if self.last_doubt.is_none_or(|doubt| sent > doubt) {
            self.doubts_in_a_row = 0;
            self.false_hopes = 0;
        }
    }

    pub(super) fn in_doubt(&mut self, sent: Instant) {
        self.last_doubt = self.last_doubt.max(Some(sent));
        self.doubts_in_a_row = self.doubts_in_a_row.saturating_add(1);
        self.suspended |= self.doubts_in_a_row >= DOUBTS;
    }

    /// Lets one request go, which may or may not bear out that the outage is over.
    pub(super) fn resume(&mut self) {
        self.suspended = false;
        self.doubts_in_a_row = DOUBTS.saturating_sub(1);
        self.false_hopes = self.false_hopes.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// A state with requests under way that were sent at these seconds.
    fn under_way(start: Instant, sent: impl IntoIterator<Item = u64>) -> BreakerState {
        BreakerState {
            under_way: sent.into_iter().map(|n| start + second(n)).collect(),
            ..BreakerState::default()
        }
    }

    #[test]
    fn with_few_requests_under_way_nothing_is_waited_for() {
        let start = Instant::now();
        let mut signs = under_way(start, [0, 0]);
        assert_eq!(signs.advice(start + second(3600)), Advice::Go);
        signs.under_way.push(start);
        assert_eq!(signs.advice(start + second(3600)), Advice::Wait);
    }

    #[test]
    fn before_the_first_answer_patience_lasts_a_second_from_the_first_request() {
        let start = Instant::now();
        let signs = under_way(start, [1, 0, 1]);
        assert_eq!(signs.advice(start + Duration::from_millis(999)), Advice::Go);
        assert_eq!(signs.advice(start + second(1)), Advice::Wait);
    }

    #[test]
    fn patience_is_twice_what_the_slowest_of_the_latest_answers_took() {
        let start = Instant::now();
        let mut signs = under_way(start, [10, 10, 10]);
        signs.answered(start, start + second(5));
        signs.answered(start + second(4), start + second(10));
        let until = start + second(10 + 2 * 6);
        assert_eq!(signs.advice(until - Duration::from_millis(1)), Advice::Go);
        assert_eq!(signs.advice(until), Advice::Wait);
        for n in 0..RECENT as u64 {
            signs.answered(start + second(10 + n), start + second(11 + n));
        }
        let last = start + second(10 + RECENT as u64);
        assert_eq!(signs.recent.len(), RECENT);
        assert_eq!(signs.advice(last + second(1)), Advice::Go);
        assert_eq!(signs.advice(last + second(2)), Advice::Wait);
    }

    #[test]
    fn what_is_under_way_counts_with_what_was_lost() {
        let start = Instant::now();
        let mut signs = under_way(start, [1]);
        signs.in_doubt(start);
        assert_eq!(signs.advice(start + second(1)), Advice::Go);
        signs.under_way.push(start + second(1));
        assert_eq!(signs.advice(start + second(1)), Advice::Wait);
        signs.land(start + second(1));
        assert_eq!(signs.advice(start + second(1)), Advice::Go);
        signs.land(start + second(7));
        assert_eq!(signs.under_way, [start + second(1)]);
    }

    #[test]
    fn three_in_a_row_are_an_outage_until_a_request_that_came_later_is_answered() {
        let start = Instant::now();
        let mut signs = BreakerState::default();
        for n in [2, 1] {
            signs.in_doubt(start + second(n));
            // It was sent before, or with, one that was lost.
            signs.answered(start + second(2), start + second(3));
        }
        assert_eq!(signs.advice(start + second(3)), Advice::Go);
        signs.in_doubt(start + second(3));
        assert_eq!(signs.advice(start + second(3)), Advice::Probe);

        signs.resume();
        assert_eq!((signs.doubts_in_a_row, signs.false_hopes), (2, 1));
        assert_eq!(signs.advice(start + second(4)), Advice::Go);
        signs.in_doubt(start + second(4));
        assert_eq!(signs.advice(start + second(4)), Advice::Probe);
        signs.resume();
        signs.answered(start + second(5), start + second(6));
        assert_eq!((signs.doubts_in_a_row, signs.false_hopes), (0, 0));
    }
}
