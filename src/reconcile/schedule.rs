//! The schedule of a lookup: when to search, when to give up, and when a record is absent. A search finds
//! most records within a second or two, so the first searches are close together.

use std::time::Duration;

use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The time for which a record is searched for if the caller gives no time for the lag of Copper's search.
const DEFAULT_LOOKUP: Duration = Duration::from_secs(60);
/// The number of searches that may fail after the time is up.
const LAST_ATTEMPTS: u32 = 3;

/// The schedule of the searches for one group of records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// The first search that begins at this time or later is the last one.
    until: Instant,
    /// True if a record that the last search does not find is absent.
    tells_absence: bool,
}

impl Schedule {
    /// The schedule for records whose requests were given up at `since`.
    pub(crate) fn new(since: Instant, absent_after: Option<Duration>) -> Self {
        // A time beyond the range of the clock never comes.
        let absent = absent_after.and_then(|after| since.checked_add(after));
        Self {
            until: absent.unwrap_or(since + DEFAULT_LOOKUP),
            tells_absence: absent.is_some(),
        }
    }

    /// True if a search that began at this time and found nothing proves that the record is absent.
    pub(crate) fn tells_absence(&self, began: Instant) -> bool {
        self.tells_absence && began >= self.until
    }

    /// The time of the next search after this many, the last of which began at `at`. None if that was the
    /// last.
    pub(crate) fn next(&self, searches: u32, began: Instant, now: Instant) -> Option<Instant> {
        let pause = pause(searches);
        (began < self.until).then(|| (now + pause).min(self.until).max(now))
    }

    /// The same after a failed search, the last of `failures` in a row.
    pub(crate) fn next_attempt(&self, failures: u32, now: Instant) -> Option<Instant> {
        (now < self.until || failures < LAST_ATTEMPTS).then(|| now + pause(failures))
    }
}

/// One second, doubling up to half a minute.
fn pause(searches: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(1 << searches.saturating_sub(1).min(8))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// The times of the searches, in seconds, if each takes no time.
    fn searches(absent_after: Option<Duration>) -> Vec<u64> {
        let start = Instant::now();
        let schedule = Schedule::new(start, absent_after);
        let (mut now, mut searches) = (start, vec![0]);
        while let Some(next) = schedule.next(searches.len() as u32, now, now) {
            now = next;
            searches.push((now - start).as_secs());
        }
        searches
    }

    #[test]
    fn it_searches_for_a_minute_unless_the_caller_says_otherwise() {
        assert_eq!(searches(None), [0, 1, 3, 7, 15, 31, 60]);
        assert_eq!(searches(Some(seconds(5))), [0, 1, 3, 5]);
        assert_eq!(searches(Some(seconds(0))), [0]);
        assert_eq!(searches(Some(Duration::MAX)), searches(None));
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
    fn searches_that_fail_come_to_an_end() {
        let start = Instant::now();
        let schedule = Schedule::new(start, None);
        let (mut now, mut failures) = (start, 0);
        while let Some(next) = schedule.next_attempt(failures + 1, now) {
            (now, failures) = (next, failures + 1);
        }
        assert!((60..200).contains(&(now - start).as_secs()), "{failures}");
        let late = start + seconds(100);
        assert!(schedule.next_attempt(1, late).is_some());
        assert!(schedule.next_attempt(3, late).is_none());
        assert!(schedule.next_attempt(3, start + DEFAULT_LOOKUP).is_none());
    }
}
