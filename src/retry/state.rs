//! The retry state of one request: how many attempts there were, and for how long.

use std::time::Duration;

use tokio::time::Instant;

use super::Event;

/// The attempts at one request so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RetryState {
    /// Attempts without an answer, or with one that can't be read.
    pub unanswered: u32,
    /// Attempts that were refused with 429.
    pub limited: u32,
    /// The time since the first of these refusals.
    pub limited_for: Duration,
    first_limited: Option<Instant>,
}

impl RetryState {
    /// Returns the number of all attempts.
    pub(crate) fn all(self) -> u32 {
        self.unanswered.saturating_add(self.limited)
    }

    /// Counts an attempt that came to `event`.
    pub(crate) fn count(&mut self, event: Event, now: Instant) {
        if let Event::Answered { status: 429, .. } = event {
            self.limited = self.limited.saturating_add(1);
            let first = *self.first_limited.get_or_insert(now);
            self.limited_for = now.saturating_duration_since(first);
        } else {
            self.unanswered = self.unanswered.saturating_add(1);
        }
    }

    #[cfg(test)]
    pub(super) const fn of(unanswered: u32, limited: u32, limited_for: Duration) -> Self {
        Self {
            unanswered,
            limited,
            limited_for,
            first_limited: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn attempts_are_counted_by_what_they_came_to() {
        let mut state = RetryState::default();
        let limited = Event::Answered {
            status: 429,
            size_limit: None,
        };
        let start = Instant::now();
        state.count(Event::Lost, start);
        state.count(limited, start + Duration::from_secs(1));
        state.count(limited, start + Duration::from_secs(8));
        assert_eq!((state.unanswered, state.limited, state.all()), (1, 2, 3));
        assert_eq!(state.limited_for, Duration::from_secs(7));
    }
}
