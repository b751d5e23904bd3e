//! When a record in doubt is looked for, and when it is time to give up or to say that it is absent. A
//! search finds most records within a second or two, so the first looks are close together.

use std::time::Duration;

use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long is looked where the caller does not say how long Copper's search may lag.
const PATIENCE: Duration = Duration::from_secs(60);
/// Looks that may fail once it is too late for others.
const LAST_TRIES: u32 = 3;

/// The time for the looks after one group of records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// The look that begins then, or later, is the last.
    until: Instant,
    /// True if a record that the last lookup does not find is absent.
    tells_absence: bool,
}

impl Schedule {
    /// For records whose requests were given up at `since`.
    pub(crate) fn new(since: Instant, absent_after: Option<Duration>) -> Self {
        // What is longer than any clock counts never comes.
        let absent = absent_after.and_then(|after| since.checked_add(after));
        Self {
            until: absent.unwrap_or(since + PATIENCE),
            tells_absence: absent.is_some(),
        }
    }

    /// True if a lookup that began then and found nothing proves that there is nothing.
    pub(crate) fn tells_absence(&self, began: Instant) -> bool {
        self.tells_absence && began >= self.until
    }

    /// When to look again after so many looks, of which the last began then. None if that was the last.
    pub(crate) fn next(&self, looks: u32, began: Instant, now: Instant) -> Option<Instant> {
        let pause = pause(looks);
        (began < self.until).then(|| (now + pause).min(self.until).max(now))
    }

    /// The same after a look that failed, of which there were `failures` in a row.
    pub(crate) fn next_try(&self, failures: u32, now: Instant) -> Option<Instant> {
        (now < self.until || failures < LAST_TRIES).then(|| now + pause(failures))
    }
}

/// A second, doubling to half a minute.
fn pause(looks: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(1 << looks.saturating_sub(1).min(8))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// When the looks begin, in seconds, if none of them takes any time.
    fn looks(absent_after: Option<Duration>) -> Vec<u64> {
        let start = Instant::now();
        let schedule = Schedule::new(start, absent_after);
        let (mut now, mut looks) = (start, vec![0]);
        while let Some(next) = schedule.next(looks.len() as u32, now, now) {
            now = next;
            looks.push((now - start).as_secs());
        }
        looks
    }

    #[test]
    fn it_looks_for_a_minute_unless_it_is_told_otherwise() {
        assert_eq!(looks(None), [0, 1, 3, 7, 15, 31, 60]);
        assert_eq!(looks(Some(seconds(5))), [0, 1, 3, 5]);
        assert_eq!(looks(Some(seconds(0))), [0]);
        assert_eq!(looks(Some(Duration::MAX)), looks(None));
    }

    #[test]
    fn absence_is_told_by_a_look_that_began_late_enough_and_only_if_it_was_asked_for() {
        let start = Instant::now();
        let asked = Schedule::new(start, Some(seconds(5)));
        assert!(!asked.tells_absence(start + seconds(4)));
        assert!(asked.tells_absence(start + seconds(5)));
        for never in [None, Some(Duration::MAX)] {
            let never = Schedule::new(start, never);
            assert!(!never.tells_absence(start + seconds(100_000)));
        }
    }

    #[test]
    fn a_look_that_was_slow_is_followed_by_one_that_is_late_enough() {
        let start = Instant::now();
        let schedule = Schedule::new(start, Some(seconds(5)));
        let (began, now) = (start + seconds(4), start + seconds(9));
        assert_eq!(schedule.next(3, began, now), Some(now));
        assert_eq!(schedule.next(4, now, now), None);
    }

    #[test]
    fn looks_that_fail_come_to_an_end() {
        let start = Instant::now();
        let schedule = Schedule::new(start, None);
        let (mut now, mut failures) = (start, 0);
        while let Some(next) = schedule.next_try(failures + 1, now) {
            (now, failures) = (next, failures + 1);
        }
        assert!((60..200).contains(&(now - start).as_secs()), "{failures}");
        let late = start + seconds(100);
        assert!(schedule.next_try(1, late).is_some());
        assert!(schedule.next_try(3, late).is_none());
        assert!(schedule.next_try(3, start + PATIENCE).is_none());
    }
}
