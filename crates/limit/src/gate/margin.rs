//! The margin, which learns what can't be calculated: when exactly the server counts, and whether refused
//! requests count. Each 429 that comes although the limiter kept its rule doubles the time for which a slot
//! is held beyond its window. Each minute without one halves it again. It is calculated from the last refusal
//! and the time, so no timer is needed.

use std::time::Duration;

const LEAST: Duration = Duration::from_millis(2);
const MOST: Duration = Duration::from_millis(500);
/// Seconds without a refusal after which the margin halves.
const CLEAN: u64 = 60;

/// The time for which a slot is held beyond its window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Margin {
    /// The margin right after the last refusal.
    raised_to: Duration,
    /// When the last refusal came.
    raised_at: Duration,
}

impl Margin {
    pub(super) fn new() -> Self {
        Self {
            raised_to: LEAST,
            raised_at: Duration::ZERO,
        }
    }

    /// The margin at `now`: 2 ms to 500 ms.
    pub(super) fn at(self, now: Duration) -> Duration {
        let clean_periods = now.saturating_sub(self.raised_at).as_secs() / CLEAN;
        // After 9 halvings any margin is at its least; 31 only keeps the shift in range.
        let halvings = u32::try_from(clean_periods).unwrap_or(u32::MAX).min(31);
        (self.raised_to / (1 << halvings)).max(LEAST)
    }

    /// The part of the margin that refusals have added.
    pub(super) fn raised_by(self, now: Duration) -> Duration {
        self.at(now).saturating_sub(LEAST)
    }

    /// The server answered 429 at `now`.
    pub(super) fn refused(&mut self, now: Duration) {
        self.raised_to = (self.at(now) * 2).min(MOST);
        self.raised_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn each_refusal_doubles_it_up_to_the_most() {
        let mut margin = Margin::new();
        assert_eq!(margin.at(secs(0)), Duration::from_millis(2));
        let mut seen = Vec::new();
        for _ in 0..10 {
            margin.refused(secs(1));
            seen.push(margin.at(secs(1)).as_millis());
        }
        assert_eq!(seen, [4, 8, 16, 32, 64, 128, 256, 500, 500, 500]);
    }

    #[test]
    fn each_clean_minute_halves_it_down_to_the_least() {
        let mut margin = Margin::new();
        for _ in 0..3 {
            margin.refused(secs(100));
        }
        let at = |time| margin.at(secs(time)).as_millis();
        assert_eq!(
            [100, 159, 160, 219, 220, 280, 1 << 40].map(at),
            [16, 16, 8, 8, 4, 2, 2]
        );
    }
}
