//! Keeps the promise that nothing is created twice: the one place that says whether a request may
//! be sent again. It decides on plain values, the code that acts on it is elsewhere, and the whole
//! table can be read in [`decide`].

use std::time::Duration;

use crate::operation::Repeat;

/// How often a request is sent at most, as long as nothing answers it.
const ATTEMPTS: u32 = 4;
/// How long a request that is refused with 429 is tried for, from its first refusal.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest `Retry-After` that is heeded.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// The result of one attempt, as far as the decision needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// No connection was made, so nothing left.
    NotConnected,
    /// It can't be sent at all, such as to a server that can't prove who it is. Nothing left.
    Unsendable,
    /// The request may have arrived, but no whole answer came back.
    Lost,
    /// A whole answer. `size_limit` is what a 422 named as the most records of one request.
    Answered {
        status: u16,
        size_limit: Option<usize>,
    },
}

impl Event {
    /// True if the request may have taken effect: all but what surely never arrived, and what
    /// Copper surely refused.
    pub(crate) fn leaves_doubt(self) -> bool {
        match self {
            Self::NotConnected | Self::Unsendable => false,
            Self::Lost => true,
            Self::Answered { status, .. } => {
                !(300..=499).contains(&status) || matches!(status, 302 | 303 | 408 | 409)
            }
        }
    }
}

/// The retry decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Read the answer.
    Read,
    /// Send it again, after a pause: it had no effect, or its effect may be had twice.
    SendAgain,
    /// It is larger than this many records; send it in parts of that size.
    Split(usize),
    /// It was refused as a whole for the sake of some record in it; send its halves.
    Halve,
    /// Copper refused this one record.
    Rejected,
    /// It was tried for long enough. Nothing was created.
    NotSent,
    /// All that would follow would fare the same. Nothing was created.
    Stop,
    /// Nobody can know whether it took effect.
    Unknown,
}

/// How often, and for how long, a request has been tried already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RetryState {
    /// Attempts that got no answer, or one that says nothing.
    pub unanswered: u32,
    /// Attempts that were refused with 429.
    pub limited: u32,
    /// How long ago the first of these was.
    pub limited_for: Duration,
}

impl RetryState {
    /// All attempts so far.
    pub(crate) fn all(self) -> u32 {
        self.unanswered.saturating_add(self.limited)
    }
}

/// Decides what to do after an attempt with `items` records. `tries` counts this attempt too.
pub(crate) fn decide(event: Event, repeat: Repeat, items: usize, tries: RetryState) -> Decision {
    let more = tries.unanswered < ATTEMPTS;
    let (status, size_limit) = match event {
        Event::NotConnected if more => return Decision::SendAgain,
        Event::NotConnected => return Decision::NotSent,
        Event::Unsendable => return Decision::Stop,
        Event::Lost => return in_doubt(repeat, more),
        Event::Answered { status, size_limit } => (status, size_limit),
    };
    match (status, size_limit) {
        (200..=299, _) => Decision::Read,
        (429, _) if tries.limited_for < PATIENCE => Decision::SendAgain,
        (429, _) => Decision::NotSent,
        (422, Some(limit)) if (1..items).contains(&limit) => Decision::Split(limit),
        (400 | 413 | 422, _) if items > 1 => Decision::Halve,
        (400 | 413 | 422, _) => Decision::Rejected,
        _ if event.leaves_doubt() => in_doubt(repeat, more),
        _ => Decision::Stop,
    }
}

fn in_doubt(repeat: Repeat, more: bool) -> Decision {
    match repeat {
        Repeat::Always if more => Decision::SendAgain,
        _ => Decision::Unknown,
    }
}

/// How long to wait before the next attempt: what a 429 asks for, within reason, or else half a
/// second doubling to 30 s. `jitter` (0 to 1) spreads those who were refused together.
pub(crate) fn pause(tries: RetryState, retry_after: Option<Duration>, jitter: f64) -> Duration {
    if let Some(asked) = retry_after {
        return asked.min(LONGEST_RETRY_AFTER);
    }
    let doublings = tries
        .unanswered
        .saturating_add(tries.limited)
        .saturating_sub(1)
        .min(16);
    let full = FIRST_BACKOFF
        .saturating_mul(1 << doublings)
        .min(LONGEST_BACKOFF);
    full.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}

/// `Retry-After` in seconds. Its other form, a date, would need a clock that agrees with the server's.
pub(crate) fn retry_after(header: &str) -> Option<Duration> {
    header.trim().parse().ok().map(Duration::from_secs)
}

/// A number from 0 to 1 that differs from call to call.
pub(crate) fn jitter() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    f64::from(RandomState::new().hash_one(()) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Repeat::{Always, IfRefused};

    const FIRST: RetryState = RetryState {
        unanswered: 1,
        limited: 0,
        limited_for: Duration::ZERO,
    };
    const LAST: RetryState = RetryState {
        unanswered: ATTEMPTS,
        limited: 1,
        limited_for: PATIENCE,
    };

    fn answered(status: u16) -> Event {
        Event::Answered {
            status,
            size_limit: None,
        }
    }

    #[test]
    fn a_create_is_sent_again_only_when_it_surely_had_no_effect() {
        for status in 100..=999 {
            let again = decide(answered(status), IfRefused, 10, FIRST) == Decision::SendAgain;
            assert_eq!(again, status == 429, "{status}");
        }
        assert_eq!(
            decide(Event::NotConnected, IfRefused, 10, FIRST),
            Decision::SendAgain
        );
        assert_eq!(decide(Event::Lost, IfRefused, 10, FIRST), Decision::Unknown);
    }

    #[test]
    fn whatever_says_that_it_was_done_is_read() {
        for status in 200..=299 {
            for repeat in [Always, IfRefused] {
                assert_eq!(decide(answered(status), repeat, 10, FIRST), Decision::Read);
            }
        }
    }

    #[test]
    fn what_can_be_done_twice_is_sent_again_when_in_doubt() {
        for event in [
            Event::Lost,
            answered(500),
            answered(502),
            answered(408),
            answered(409),
            answered(302),
            answered(303),
        ] {
            assert_eq!(
                decide(event, Always, 10, FIRST),
                Decision::SendAgain,
                "{event:?}"
            );
            assert_eq!(
                decide(event, Always, 10, LAST),
                Decision::Unknown,
                "{event:?}"
            );
        }
    }

    #[test]
    fn patience_ends_with_nothing_sent() {
        for repeat in [Always, IfRefused] {
            assert_eq!(
                decide(Event::NotConnected, repeat, 10, LAST),
                Decision::NotSent
            );
            assert_eq!(decide(answered(429), repeat, 10, LAST), Decision::NotSent);
        }
    }

    #[test]
    fn what_would_be_refused_again_and_again_stops_the_run() {
        for status in [301, 304, 307, 308, 401, 403, 404, 405, 410, 451, 499] {
            assert_eq!(
                decide(answered(status), IfRefused, 10, FIRST),
                Decision::Stop,
                "{status}"
            );
        }
        assert_eq!(decide(Event::Unsendable, Always, 10, FIRST), Decision::Stop);
    }

    #[test]
    fn a_size_limit_splits_only_when_it_helps() {
        let limited = |limit| {
            decide(
                Event::Answered {
                    status: 422,
                    size_limit: Some(limit),
                },
                IfRefused,
                10,
                FIRST,
            )
        };
        assert_eq!(limited(9), Decision::Split(9));
        assert_eq!(limited(1), Decision::Split(1));
        for useless in [0, 10, 11, usize::MAX] {
            assert_eq!(limited(useless), Decision::Halve, "{useless}");
        }
    }

    #[test]
    fn a_refused_request_is_halved_down_to_the_culprit() {
        for status in [400, 413, 422] {
            assert_eq!(
                decide(answered(status), IfRefused, 2, FIRST),
                Decision::Halve
            );
            assert_eq!(
                decide(answered(status), IfRefused, 1, FIRST),
                Decision::Rejected
            );
        }
    }

    #[test]
    fn pauses_double_up_to_half_a_minute_and_heed_retry_after_up_to_a_minute() {
        let after = |limited| {
            pause(
                RetryState {
                    limited,
                    ..RetryState::default()
                },
                None,
                1.0,
            )
        };
        assert_eq!(after(1), Duration::from_millis(500));
        assert_eq!(after(2), Duration::from_secs(1));
        assert_eq!(after(7), LONGEST_BACKOFF);
        assert_eq!(after(u32::MAX), LONGEST_BACKOFF);
        assert_eq!(
            pause(FIRST, retry_after(" 7 "), 0.0),
            Duration::from_secs(7)
        );
        assert_eq!(pause(FIRST, retry_after("86400"), 0.0), LONGEST_RETRY_AFTER);
        assert_eq!(retry_after("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }

    #[test]
    fn jitter_takes_away_half_of_a_pause_at_most() {
        assert_eq!(pause(FIRST, None, 0.0), Duration::from_millis(250));
        let drawn: Vec<f64> = (0..20).map(|_| jitter()).collect();
        assert!(drawn.iter().all(|it| (0.0..=1.0).contains(it)), "{drawn:?}");
        assert!(drawn.iter().any(|it| *it != drawn[0]), "{drawn:?}");
    }
}
