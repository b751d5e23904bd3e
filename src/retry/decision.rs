//! The retry decision: whether a request may be sent again. It is the one place that keeps the guarantee that
//! nothing is created twice. It decides on plain values; [`decide`] has the whole table.

use std::time::Duration;

use super::{Event, RetryState};
use crate::operation::Idempotency;

/// The most attempts at a request that nothing answers.
const ATTEMPTS: u32 = 4;
/// The time for which a request that is refused with 429 is tried, from its first refusal on.
const MAX_LIMITED_FOR: Duration = Duration::from_secs(120);

/// The decision after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Read the answer.
    Read,
    /// Send it again after a pause: it had no effect, or it is idempotent.
    SendAgain,
    /// It has more records than this limit. Send it in parts of that size.
    Split(usize),
    /// It was refused as a whole because of some record in it. Send its halves.
    Halve,
    /// Copper refused this one record.
    Rejected,
    /// The attempts have run out. Nothing was created.
    NotSent,
    /// All later requests would fail in the same way. Nothing was created.
    Stop,
    /// Nobody can know whether it took effect.
    Unknown,
}

/// Decides what to do after an attempt with `items` records. `state` counts this attempt too.
pub(crate) fn decide(
    event: Event,
    idempotency: Idempotency,
    items: usize,
    state: RetryState,
) -> Decision {
    let more = state.unanswered < ATTEMPTS;
    let (status, size_limit) = match event {
        Event::NotConnected if more => return Decision::SendAgain,
        Event::NotConnected => return Decision::NotSent,
        Event::Unsendable => return Decision::Stop,
        Event::Expired => return Decision::NotSent,
        Event::Lost => return in_doubt(idempotency, more),
        Event::Answered { status, size_limit } => (status, size_limit),
    };
    match (status, size_limit) {
        (200..=299, _) => Decision::Read,
        (429, _) if state.limited_for < MAX_LIMITED_FOR => Decision::SendAgain,
        (429, _) => Decision::NotSent,
        (422, Some(limit)) if (1..items).contains(&limit) => Decision::Split(limit),
        (400 | 413 | 422, _) if items > 1 => Decision::Halve,
        (400 | 413 | 422, _) => Decision::Rejected,
        _ if event.leaves_doubt() => in_doubt(idempotency, more),
        _ => Decision::Stop,
    }
}

fn in_doubt(idempotency: Idempotency, more: bool) -> Decision {
    if idempotency.may_repeat() && more {
        Decision::SendAgain
    } else {
        Decision::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Idempotency::{Idempotent, NotIdempotent, Safe};

    const FIRST: RetryState = RetryState::of(1, 0, Duration::ZERO);
    const LAST: RetryState = RetryState::of(ATTEMPTS, 1, MAX_LIMITED_FOR);

    fn answered(status: u16) -> Event {
        Event::Answered {
            status,
            size_limit: None,
        }
    }

    #[test]
    fn a_create_is_sent_again_only_when_it_surely_had_no_effect() {
        for status in 100..=999 {
            let again = decide(answered(status), NotIdempotent, 10, FIRST) == Decision::SendAgain;
            assert_eq!(again, status == 429, "{status}");
        }
        assert_eq!(
            decide(Event::NotConnected, NotIdempotent, 10, FIRST),
            Decision::SendAgain
        );
        assert_eq!(
            decide(Event::Lost, NotIdempotent, 10, FIRST),
            Decision::Unknown
        );
    }

    #[test]
    fn whatever_says_that_it_was_done_is_read() {
        for status in 200..=299 {
            for repeat in [Safe, Idempotent, NotIdempotent] {
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
                decide(event, Idempotent, 10, FIRST),
                Decision::SendAgain,
                "{event:?}"
            );
            assert_eq!(
                decide(event, Idempotent, 10, LAST),
                Decision::Unknown,
                "{event:?}"
            );
        }
    }

    #[test]
    fn after_the_last_attempt_nothing_was_sent() {
        for repeat in [Safe, Idempotent, NotIdempotent] {
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
                decide(answered(status), NotIdempotent, 10, FIRST),
                Decision::Stop,
                "{status}"
            );
        }
        assert_eq!(
            decide(Event::Unsendable, Idempotent, 10, FIRST),
            Decision::Stop
        );
    }

    #[test]
    fn a_size_limit_splits_only_when_it_helps() {
        let limited = |limit| {
            decide(
                Event::Answered {
                    status: 422,
                    size_limit: Some(limit),
                },
                NotIdempotent,
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
    fn a_refused_request_is_halved_down_to_the_invalid_record() {
        for status in [400, 413, 422] {
            assert_eq!(
                decide(answered(status), NotIdempotent, 2, FIRST),
                Decision::Halve
            );
            assert_eq!(
                decide(answered(status), NotIdempotent, 1, FIRST),
                Decision::Rejected
            );
        }
    }

    #[test]
    fn a_deadline_that_expired_unsent_ends_the_attempts_and_not_the_run() {
        assert_eq!(decide(Event::Expired, Safe, 10, FIRST), Decision::NotSent);
        assert_eq!(
            decide(Event::Expired, NotIdempotent, 1, FIRST),
            Decision::NotSent
        );
    }
}
