//! The state of a circuit breaker: when it trips, half-opens and closes. Pure: the times are passed in.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// The number of requests lost in a row that trips it.
const DOUBTS: u32 = 3;
/// The number of requests that may be in flight while answers are overdue.
const UNANSWERED: usize = 3;
/// The shortest time after which answers are overdue.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
/// The number of answers that define the usual time.
const RECENT: usize = 16;

/// The decision for a request that is ready to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// Send.
    Go,
    /// Wait until a request in flight is settled.
    Wait,
    /// Send nothing before a harmless read is answered.
    Probe,
}

/// The state of a circuit breaker.
#[derive(Debug, Default)]
pub(super) struct BreakerState {
    /// When the requests that are in flight were sent.
    pub(super) in_flight: Vec<Instant>,
    /// The times that the latest answers took.
    pub(super) recent: VecDeque<Duration>,
    /// The time of the latest answer.
    pub(super) last_answer: Option<Instant>,
    pub(super) doubts_in_a_row: u32,
    /// The time when the last of the lost requests was sent.
    pub(super) last_doubt: Option<Instant>,
    pub(super) is_tripped: bool,
    pub(super) failed_probes: u32,
    /// The time since which the circuit has not been closed.
    pub(super) down_since: Option<Instant>,
    /// The longest outage to wait for, if the caller set it.
    pub(super) wait_out: Option<Duration>,
}

impl BreakerState {
    pub(super) fn admission(&self, now: Instant) -> Admission {
        if self.is_tripped {
            return Admission::Probe;
        }
        // Requests in flight may be lost as well. They then count as one loss with those before.
        let at_risk = self.in_flight.len() + self.doubts_in_a_row as usize;
        if self.doubts_in_a_row > 0 && at_risk >= DOUBTS as usize {
            return Admission::Wait;
        }
        if self.in_flight.len() < UNANSWERED {
            return Admission::Go;
        }
        let usual = self.recent.iter().max().copied().unwrap_or_default();
        let longest = SHORTEST_WAIT.max(usual * 2);
        // Before the first answer, the wait began with the first request.
        let since = self
            .last_answer
            .or_else(|| self.in_flight.iter().min().copied())
            .unwrap_or(now);
        if now.saturating_duration_since(since) < longest {
            Admission::Go
        } else {
            Admission::Wait
        }
    }

    pub(super) fn land(&mut self, sent: Instant) {
        if let Some(place) = self.in_flight.iter().position(|other| *other == sent) {
            self.in_flight.swap_remove(place);
        }
    }

    pub(super) fn answered(&mut self, sent: Instant, now: Instant) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(now.saturating_duration_since(sent));
        self.last_answer = Some(now);
        // An answer to a request that was sent before a lost one says nothing about the time after it.
        if self.last_doubt.is_none_or(|doubt| sent > doubt) {
            self.doubts_in_a_row = 0;
            self.failed_probes = 0;
            self.down_since = None;
        }
    }

    pub(super) fn in_doubt(&mut self, sent: Instant) {
        self.last_doubt = self.last_doubt.max(Some(sent));
        self.doubts_in_a_row = self.doubts_in_a_row.saturating_add(1);
        self.is_tripped |= self.doubts_in_a_row >= DOUBTS;
    }

    /// Lets one request go. Its answer closes the circuit, or its loss trips it again.
    pub(super) fn half_open(&mut self) {
        self.is_tripped = false;
        self.doubts_in_a_row = DOUBTS.saturating_sub(1);
        self.failed_probes = self.failed_probes.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// A state with requests in flight that were sent at these seconds.
    fn with(start: Instant, sent: impl IntoIterator<Item = u64>) -> BreakerState {
        BreakerState {
            in_flight: sent.into_iter().map(|n| start + second(n)).collect(),
            ..BreakerState::default()
        }
    }

    #[test]
    fn with_few_requests_in_flight_nothing_is_waited_for() {
        let start = Instant::now();
        let mut state = with(start, [0, 0]);
        assert_eq!(state.admission(start + second(3600)), Admission::Go);
        state.in_flight.push(start);
        assert_eq!(state.admission(start + second(3600)), Admission::Wait);
    }

    #[test]
    fn before_the_first_answer_the_wait_lasts_a_second_from_the_first_request() {
        let start = Instant::now();
        let state = with(start, [1, 0, 1]);
        assert_eq!(
            state.admission(start + Duration::from_millis(999)),
            Admission::Go
        );
        assert_eq!(state.admission(start + second(1)), Admission::Wait);
    }

    #[test]
    fn the_longest_wait_is_twice_what_the_slowest_of_the_latest_answers_took() {
        let start = Instant::now();
        let mut state = with(start, [10, 10, 10]);
        state.answered(start, start + second(5));
        state.answered(start + second(4), start + second(10));
        let until = start + second(10 + 2 * 6);
        assert_eq!(
            state.admission(until - Duration::from_millis(1)),
            Admission::Go
        );
        assert_eq!(state.admission(until), Admission::Wait);
        for n in 0..RECENT as u64 {
            state.answered(start + second(10 + n), start + second(11 + n));
        }
        let last = start + second(10 + RECENT as u64);
        assert_eq!(state.recent.len(), RECENT);
        assert_eq!(state.admission(last + second(1)), Admission::Go);
        assert_eq!(state.admission(last + second(2)), Admission::Wait);
    }

    #[test]
    fn what_is_in_flight_counts_with_what_was_lost() {
        let start = Instant::now();
        let mut state = with(start, [1]);
        state.in_doubt(start);
        assert_eq!(state.admission(start + second(1)), Admission::Go);
        state.in_flight.push(start + second(1));
        assert_eq!(state.admission(start + second(1)), Admission::Wait);
        state.land(start + second(1));
        assert_eq!(state.admission(start + second(1)), Admission::Go);
        state.land(start + second(7));
        assert_eq!(state.in_flight, [start + second(1)]);
    }

    #[test]
    fn three_in_a_row_are_an_outage_until_a_request_that_came_later_is_answered() {
        let start = Instant::now();
        let mut state = BreakerState::default();
        for n in [2, 1] {
            state.in_doubt(start + second(n));
            // It was sent before, or together with, a lost request.
            state.answered(start + second(2), start + second(3));
        }
        assert_eq!(state.admission(start + second(3)), Admission::Go);
        state.in_doubt(start + second(3));
        assert_eq!(state.admission(start + second(3)), Admission::Probe);

        state.half_open();
        assert_eq!((state.doubts_in_a_row, state.failed_probes), (2, 1));
        assert_eq!(state.admission(start + second(4)), Admission::Go);
        state.in_doubt(start + second(4));
        assert_eq!(state.admission(start + second(4)), Admission::Probe);
        state.half_open();
        state.answered(start + second(5), start + second(6));
        assert_eq!((state.doubts_in_a_row, state.failed_probes), (0, 0));
    }
}
