//! The pace: the latest time from which an answered request counts. (`grace` has the other half of the rule,
//! for a request without an answer.)
//!
//! `received − runtime` is no earlier than the arrival plus the way back. `least` is no more than the least
//! time there plus the least time back. So the bound is at or after *arrival − least time there*, and a
//! request sent one window later can't arrive before *arrival + window*. No common clock is needed. A `least`
//! that is too small costs some speed, one that is too large costs a 429.

use std::time::Duration;

use super::grace::Grace;
use super::least::Least;

/// The facts about an answered request. Times are since the limiter's start.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// When the request was handed to the HTTP client.
    pub sent: Duration,
    /// True if it found an open connection.
    pub warm: bool,
    /// When the answer's headers arrived.
    pub received: Duration,
    /// The HTTP status.
    pub status: u16,
    /// The time in seconds that the server says it worked.
    pub runtime: Option<f64>,
}

impl Answer {
    /// The time on the wire, if the server gives a credible runtime.
    fn way(&self) -> Option<Duration> {
        let runtime = Duration::try_from_secs_f64(self.runtime?).ok()?;
        self.took().checked_sub(runtime)
    }

    fn took(&self) -> Duration {
        self.received.saturating_sub(self.sent)
    }
}

/// An estimate of the network's delay, learned from the answers so far.
#[derive(Debug)]
pub(crate) struct Pace {
    least: Least,
    grace: Grace,
}

impl Pace {
    /// Nothing known. `window` is the shortest of the limits' windows.
    pub(crate) fn new(window: Duration) -> Self {
        Self {
            least: Least::default(),
            grace: Grace::new(window),
        }
    }

    /// A careful estimate of the least time there and back.
    pub(crate) fn least(&self) -> Duration {
        self.least.get()
    }

    /// The time after sending within which a request on an open connection is assumed to arrive.
    pub(crate) fn grace(&self) -> Duration {
        self.grace.beyond(self.least())
    }

    /// Learns from an answer. Returns the latest time from which its request counts.
    pub(crate) fn answered(&mut self, answer: Answer) -> Duration {
        // A refused request may not have come as far as others. A request that first opened its connection
        // says nothing about the least time on the wire.
        if (200..300).contains(&answer.status)
            && answer.warm
            && let Some(way) = answer.way()
        {
            self.least.learn(way);
            self.grace.learn(answer.took(), way);
        }
        let way = answer.way().unwrap_or(answer.took());
        answer.sent.saturating_add(way.saturating_sub(self.least()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// An answer to a request sent at 1 s that took `took` ms in all.
    fn answer(took: u64, status: u16, runtime: Option<f64>) -> Answer {
        Answer {
            sent: ms(1000),
            warm: true,
            received: ms(1000 + took),
            status,
            runtime,
        }
    }

    fn nothing_known() -> Pace {
        Pace::new(ms(1000))
    }

    /// A pace that has seen `count` requests, each `way` ms on the wire.
    fn seasoned(count: usize, way: u64) -> Pace {
        let mut pace = nothing_known();
        for _ in 0..count {
            pace.answered(answer(way + 100, 200, Some(0.1)));
        }
        pace
    }

    #[test]
    fn before_there_are_enough_samples_only_the_runtime_is_taken_off() {
        let mut pace = seasoned(9, 80);
        assert_eq!(pace.answered(answer(180, 200, Some(0.1))), ms(1080));
        assert_eq!(pace.answered(answer(180, 200, Some(0.1))), ms(1000));
    }

    #[test]
    fn what_a_request_took_beyond_the_least_way_is_added_to_its_send_time() {
        let mut pace = seasoned(256, 80);
        let late = pace.answered(answer(80 + 100 + 64, 200, Some(0.1)));
        // The mean of 256 rose by 0.25 ms; 16/256 of that is the guard.
        assert_eq!(late, ms(1064) + Duration::from_nanos(15_625));
    }

    #[test]
    fn without_a_credible_runtime_all_the_time_counts_as_on_the_wire() {
        for runtime in [
            None,
            Some(f64::NAN),
            Some(f64::INFINITY),
            Some(-0.1),
            Some(0.6),
            Some(1e300),
        ] {
            let mut pace = nothing_known();
            assert_eq!(
                pace.answered(answer(500, 200, runtime)),
                ms(1500),
                "{runtime:?}"
            );
        }
    }

    #[test]
    fn the_bound_stays_between_send_and_answer() {
        let mut pace = seasoned(256, 80);
        assert_eq!(pace.answered(answer(20, 429, Some(0.02))), ms(1000));
        assert_eq!(pace.answered(answer(20, 429, None)), ms(1000));
        assert_eq!(
            nothing_known().answered(answer(20, 200, Some(0.0))),
            ms(1020)
        );
    }

    #[test]
    fn refusals_and_failures_and_cold_connections_are_no_samples() {
        let mut pace = nothing_known();
        for status in [302, 429, 500, 503, 199] {
            pace.answered(answer(10, status, Some(0.001)));
        }
        pace.answered(Answer {
            warm: false,
            ..answer(400, 200, Some(0.1))
        });
        pace.answered(answer(400, 200, None));
        assert_eq!(pace.least.samples(), 0);
    }

    #[test]
    fn a_longer_route_is_learnt_after_256_answers() {
        let mut pace = seasoned(256, 80);
        for _ in 0..256 {
            pace.answered(answer(300, 200, Some(0.1)));
        }
        assert_eq!(pace.least(), ms(200));
    }
}
