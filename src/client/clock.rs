//! The difference between Copper's clock and this machine's, learned from the `Date` of answers. Only with it
//! can Copper's dates of creation be compared with the times of our requests.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use reqwest::header::{DATE, HeaderMap};

/// The difference that two answers may have, in milliseconds. Clocks are corrected now and then, by less than this.
const TOLERANCE: i64 = 10_000;

/// The lead of Copper's clock over this machine's, in seconds; negative if it is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockOffset {
    /// No answer has told Copper's time yet.
    Unknown,
    /// It lies between these two.
    Between(i64, i64),
    /// Answers disagree, or a clock has jumped, so times can't be compared.
    Disagree,
}

/// The difference between the clocks, learned from the answers so far.
#[derive(Default)]
pub(crate) struct Clock(Mutex<Estimate>);

#[derive(Default)]
struct Estimate {
    /// The bounds of the difference, in milliseconds.
    bounds: Option<(i64, i64)>,
    disagree: bool,
}

impl Clock {
    /// Learns from an answer to a request that was sent and received at these times of this machine.
    pub(super) fn learn(&self, sent: SystemTime, received: SystemTime, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
            return;
        };
        let mut estimate = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        estimate.learn(
            milliseconds(sent),
            milliseconds(received),
            milliseconds(date),
        );
    }

    pub(super) fn offset(&self) -> ClockOffset {
        let estimate = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        estimate.offset()
    }
}

impl Estimate {
    /// The answer was made between both times, and its date is cut to a whole second.
    fn learn(&mut self, sent: i64, received: i64, date: i64) {
        let (least, most) = (date - received, date + 1000 - sent);
        let (least, most) = match self.bounds {
            // This machine's clock was set back while the request was in flight.
            _ if least > most => {
                self.disagree = true;
                return;
            }
            None => (least, most),
            Some((before, after)) => {
                self.disagree |= least > after + TOLERANCE || most < before - TOLERANCE;
                match (least.max(before), most.min(after)) {
                    both if both.0 <= both.1 => both,
                    // The clocks have drifted apart meanwhile: the latest answer is right.
                    _ => (least, most),
                }
            }
        };
        self.bounds = Some((least, most));
    }

    fn offset(&self) -> ClockOffset {
        match self.bounds {
            _ if self.disagree => ClockOffset::Disagree,
            None => ClockOffset::Unknown,
            Some((least, most)) => {
                ClockOffset::Between(least.div_euclid(1000), most.div_euclid(1000) + 1)
            }
        }
    }
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const NOW: i64 = 1_764_000_000_000;

    /// The difference after these answers: sent, received, and Copper's time of day when they were made.
    fn after(answers: &[(i64, i64, i64)]) -> ClockOffset {
        let mut estimate = Estimate::default();
        for (sent, received, made) in answers {
            let date = (NOW + made).div_euclid(1000) * 1000;
            estimate.learn(NOW + sent, NOW + received, date);
        }
        estimate.offset()
    }

    #[test]
    fn the_difference_is_learned_from_an_answer_to_within_its_time_and_a_second() {
        assert_eq!(after(&[]), ClockOffset::Unknown);
        let ClockOffset::Between(least, most) = after(&[(0, 100, 50 - HOUR)]) else {
            panic!("it is known")
        };
        assert!((-3602..=-3600).contains(&least) && (-3600..=-3598).contains(&most));
        let ClockOffset::Between(least, most) = after(&[(0, 60_000, 30_000)]) else {
            panic!("it is known")
        };
        assert!(
            least <= -30 && most >= 30,
            "a slow answer says little: {least} to {most}"
        );
    }

    #[test]
    fn further_answers_make_it_no_less_exact() {
        let one = after(&[(0, 100, 50)]);
        let slow_too = after(&[(0, 100, 50), (1_000, 50_000, 20_000)]);
        assert_eq!(one, slow_too);
    }

    #[test]
    fn answers_that_disagree_and_clocks_that_jump_are_believed_no_more() {
        for (at, offset) in [(60_000, HOUR), (60_000, -HOUR), (60_000, 20_000)] {
            let jumped = after(&[(0, 100, 50), (at, at + 100, at + offset)]);
            assert_eq!(jumped, ClockOffset::Disagree, "{offset}");
        }
        let small = after(&[(0, 100, 50), (60_000, 60_100, 65_000)]);
        assert!(
            matches!(small, ClockOffset::Between(..)),
            "it was set right"
        );
        assert_eq!(after(&[(0, -HOUR, 0)]), ClockOffset::Disagree);
    }
}
