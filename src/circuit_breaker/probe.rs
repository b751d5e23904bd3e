//! The decisions about probes: how long to wait for each, and whether an outage is over. Pure: the times are passed in.

use std::time::Duration;

use crate::retry::Event;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The pause before the first probe, after so many that succeeded while the next request was lost nevertheless.
pub(super) fn first_pause(failed_probes: u32) -> Duration {
    let times = 2_u32.saturating_pow(failed_probes);
    FIRST_PAUSE.saturating_mul(times).min(LONGEST_PAUSE)
}

/// The pause after a probe without an answer.
pub(super) fn next_pause(pause: Duration) -> Duration {
    pause.saturating_mul(2).min(LONGEST_PAUSE)
}

/// True if no probe may follow this one: the next would come when the longest outage is over.
pub(super) fn is_last(down: Duration, pause: Duration, longest: Duration) -> bool {
    down.saturating_add(pause) >= longest
}

/// True if the event of a probe ends the outage: Copper answered, even with a refusal. If the run waits until somebody
/// repairs a refused token, that refusal does not end it.
pub(super) fn is_over(event: Event, waits_for_repair: bool) -> bool {
    is_answer(event) && !(waits_for_repair && is_repairable(event))
}

/// True if Copper answered, even with a refusal.
fn is_answer(event: Event) -> bool {
    matches!(event, Event::Answered { .. }) && !event.leaves_doubt()
}

/// True if somebody can repair this while the run waits: the token is refused.
pub(super) fn is_repairable(event: Event) -> bool {
    matches!(event, Event::Answered { status: 401, .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_thirty_seconds() {
        let seconds = Duration::from_secs;
        assert_eq!(
            [0, 1, 3, 4, 5, 99].map(first_pause),
            [1, 2, 8, 16, 30, 30].map(seconds)
        );
        assert_eq!(
            [1, 8, 16, 30].map(|n| next_pause(seconds(n))),
            [2, 16, 30, 30].map(seconds)
        );
    }

    #[test]
    fn the_last_probe_is_the_one_after_which_no_pause_fits() {
        let is_last = |down, pause| {
            let seconds = Duration::from_secs;
            is_last(seconds(down), seconds(pause), seconds(300))
        };
        assert!(!is_last(269, 30));
        assert!(is_last(270, 30));
        assert!(!is_last(290, 1));
    }

    fn answered(status: u16) -> Event {
        Event::Answered {
            status,
            size_limit: None,
        }
    }

    #[test]
    fn a_refusal_is_an_answer_and_a_failure_is_none() {
        for status in [401, 404, 422, 429] {
            assert!(is_answer(answered(status)), "{status}");
        }
        for event in [
            answered(500),
            answered(503),
            Event::Lost,
            Event::NotConnected,
        ] {
            assert!(!is_answer(event), "{event:?}");
        }
    }

    #[test]
    fn an_answer_ends_an_outage_but_a_refused_token_only_if_nobody_repairs_it() {
        for waits_for_repair in [false, true] {
            assert!(is_over(answered(403), waits_for_repair));
            assert!(!is_over(Event::Lost, waits_for_repair));
            assert_eq!(is_over(answered(401), waits_for_repair), !waits_for_repair);
        }
    }
}
