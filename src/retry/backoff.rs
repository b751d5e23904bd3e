//! Backoff: the pause before the next attempt, exponential with jitter, or as long as the server asks for.

use std::time::Duration;

use http::header::{HeaderMap, RETRY_AFTER};

use super::RetryState;

/// The longest `Retry-After` that is followed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);
/// The longest that a caller is told: whoever added more to a time might go beyond what a clock can hold.
const LONGEST_TOLD: Duration = Duration::from_secs(24 * 60 * 60);
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Returns the pause before the next attempt: what the server asked for, at most a minute; otherwise half a
/// second, doubling up to 30 s. `jitter` (0 to 1) spreads requests that were refused together.
pub(crate) fn pause(state: RetryState, retry_after: Option<Duration>, jitter: f64) -> Duration {
    if let Some(asked) = retry_after {
        return asked.min(LONGEST_RETRY_AFTER);
    }
    let doublings = state.all().saturating_sub(1).min(16);
    let full = FIRST_BACKOFF
        .saturating_mul(1 << doublings)
        .min(LONGEST_BACKOFF);
    full.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}

/// Returns the pause that the answer's `Retry-After` asks for, in whole seconds, a day at most. Its other form, a
/// date, would need a clock that agrees with the server's.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = Duration::from_secs(seconds.parse().ok()?);
    Some(asked.min(LONGEST_TOLD))
}

/// Returns a number from 0 to 1 that differs from call to call.
pub(crate) fn jitter() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    f64::from(RandomState::new().hash_one(()) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: RetryState = RetryState::of(1, 0, Duration::ZERO);

    fn asked(value: &str) -> Option<Duration> {
        let value = value.parse().expect("a header's value");
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
    }

    #[test]
    fn pauses_double_up_to_half_a_minute_and_heed_retry_after_up_to_a_minute() {
        let after = |limited| pause(RetryState::of(0, limited, Duration::ZERO), None, 1.0);
        assert_eq!(after(1), Duration::from_millis(500));
        assert_eq!(after(2), Duration::from_secs(1));
        assert_eq!(after(7), LONGEST_BACKOFF);
        assert_eq!(after(u32::MAX), LONGEST_BACKOFF);
        assert_eq!(pause(FIRST, asked(" 7 "), 0.0), Duration::from_secs(7));
        assert_eq!(pause(FIRST, asked("86400"), 0.0), LONGEST_RETRY_AFTER);
    }

    #[test]
    fn a_retry_after_is_read_in_seconds_however_absurd() {
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("18446744073709551615"), Some(LONGEST_TOLD));
        for absurd in [
            "soon",
            "-1",
            "1e9",
            "99999999999999999999",
            "Wed, 21 Oct 2026 07:28:00 GMT",
        ] {
            assert_eq!(asked(absurd), None, "{absurd}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn jitter_takes_away_half_of_a_pause_at_most() {
        assert_eq!(pause(FIRST, None, 0.0), Duration::from_millis(250));
        let drawn: Vec<f64> = (0..20).map(|_| jitter()).collect();
        assert!(drawn.iter().all(|it| (0.0..=1.0).contains(it)), "{drawn:?}");
        assert!(drawn.iter().any(|it| *it != drawn[0]), "{drawn:?}");
    }
}
