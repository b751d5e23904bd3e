//! The grace: the time after which a request without an answer counts. Waiting for the answer would be safe,
//! but slow if the server is slow. But a request is counted when it arrives, however long the server then
//! works on it. So a request is assumed to arrive no later than nearly all before it did. Of `n` samples and
//! one more, each is equally likely to be the `r`-th longest. So the new one is longer than that with a
//! chance of `r / (n + 1)`, whatever the network is like. The samples include the time back, which is on the
//! safe side.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// The grace while there are too few samples.
const GRACE: Duration = Duration::from_millis(500);
/// The longest grace, however bad the network is: a lost request holds its slots for that time.
const MOST: Duration = Duration::from_millis(600);
/// The number of samples kept.
const SAMPLES: usize = 1_600;
/// One request in this many may arrive later than assumed: the share of 429s stays below it.
const RARE: usize = 320;
/// With fewer samples than this, the longest of them says little.
const TOO_FEW: usize = 30;
/// For each sample that is left out as too long, this many answers must have taken longer than the window. If
/// answers are quick, a request without one was probably delayed in flight, and there is little to gain.
const SLOW_PER_SKIPPED: usize = 10;

/// An answered request, ordered by its time on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Sample {
    way: Duration,
    number: u64,
    slow: bool,
}

/// The times on the wire of the answers so far.
#[derive(Debug)]
pub(super) struct Grace {
    /// An answer is slow if it took longer than this: without the grace, the slot would have been free
    /// earlier.
    window: Duration,
    latest: VecDeque<Sample>,
    by_way: BTreeSet<Sample>,
    slow: usize,
    next: u64,
}

impl Grace {
    /// No samples yet. `window` is the shortest of the limits' windows.
    pub(super) fn new(window: Duration) -> Self {
        Self {
            window,
            latest: VecDeque::new(),
            by_way: BTreeSet::new(),
            slow: 0,
            next: 0,
        }
    }

    /// Adds a request that was answered after `took`, of which it was on the wire for `way`.
    pub(super) fn learn(&mut self, took: Duration, way: Duration) {
        let sample = Sample {
            way,
            number: self.next,
            slow: took > self.window,
        };
        self.next = self.next.wrapping_add(1);
        self.latest.push_back(sample);
        self.by_way.insert(sample);
        self.slow += usize::from(sample.slow);
        if self.latest.len() > SAMPLES
            && let Some(oldest) = self.latest.pop_front()
        {
            self.by_way.remove(&oldest);
            self.slow -= usize::from(oldest.slow);
        }
    }

    /// The time after sending within which a request is assumed to arrive. `least` is the least time there
    /// and back.
    pub(super) fn beyond(&self, least: Duration) -> Duration {
        let count = self.by_way.len();
        if count < TOO_FEW || self.slow < SLOW_PER_SKIPPED {
            return GRACE;
        }
        let excess = |rank| {
            let sample = self.by_way.iter().nth_back(rank);
            sample.map_or(GRACE, |sample| sample.way.saturating_sub(least))
        };
        let longer = ((count + 1) / RARE).min(self.slow / SLOW_PER_SKIPPED);
        match longer.checked_sub(1) {
            Some(rank) => excess(rank).min(MOST),
            // There are too few samples to know what is rare, so it is twice the longest.
            None => excess(0).saturating_mul(2).min(MOST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: Duration = Duration::from_millis(80);
    const WINDOW: Duration = Duration::from_secs(1);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// A grace after answers with these times on the wire beyond the least, after `took` in all.
    fn seen(took: u64, excesses: impl IntoIterator<Item = u64>) -> Grace {
        let mut grace = Grace::new(WINDOW);
        for excess in excesses {
            grace.learn(ms(took), LEAST + ms(excess));
        }
        grace
    }

    #[test]
    fn it_is_half_a_second_while_little_is_known() {
        assert_eq!(Grace::new(WINDOW).beyond(Duration::ZERO), ms(500));
        assert_eq!(seen(1500, vec![20; 29]).beyond(LEAST), ms(500));
        assert_eq!(seen(1500, vec![20; 30]).beyond(LEAST), ms(40));
    }

    #[test]
    fn it_is_half_a_second_where_hardly_an_answer_is_slow() {
        let mut grace = seen(1000, vec![20; 1_000]);
        for _ in 0..9 {
            grace.learn(ms(1001), LEAST + ms(20));
        }
        assert_eq!(grace.beyond(LEAST), ms(500));
        grace.learn(ms(1001), LEAST + ms(20));
        assert_eq!(grace.beyond(LEAST), ms(20));
    }

    #[test]
    fn where_few_answers_are_slow_none_may_come_later_than_the_longest() {
        let usual = vec![20; 998];
        let mut grace = seen(1000, [200, 100].into_iter().chain(usual));
        for _ in 0..10 {
            grace.learn(ms(1001), LEAST + ms(20));
        }
        assert_eq!(grace.beyond(LEAST), ms(200));
    }

    #[test]
    fn one_in_320_may_come_later() {
        let longest = |excesses: &[u64], count| {
            let usual = vec![20; count - excesses.len()];
            seen(1500, excesses.iter().copied().chain(usual)).beyond(LEAST)
        };
        assert_eq!(longest(&[200], 318), ms(400), "twice the longest");
        assert_eq!(longest(&[200], 319), ms(200));
        assert_eq!(longest(&[200, 100], 638), ms(200));
        assert_eq!(longest(&[200, 100], 639), ms(100));
        assert_eq!(longest(&[400, 400, 400, 400, 300], 1_600), ms(300));
        assert_eq!(longest(&[400, 400, 400, 400], 1_600), ms(20));
    }

    #[test]
    fn it_stays_within_six_tenths_of_a_second() {
        assert_eq!(seen(9000, vec![3000; 100]).beyond(LEAST), ms(600));
        assert_eq!(seen(9000, vec![3000; 1_000]).beyond(LEAST), ms(600));
    }

    #[test]
    fn the_latest_1600_count() {
        let mut grace = seen(1500, vec![400; 1_600]);
        for _ in 0..1_595 {
            grace.learn(ms(1500), LEAST);
        }
        assert_eq!(grace.beyond(LEAST), ms(400));
        grace.learn(ms(1500), LEAST);
        assert_eq!(grace.beyond(LEAST), ms(0));
        for _ in 0..1_590 {
            grace.learn(ms(900), LEAST);
        }
        assert_eq!(grace.beyond(LEAST), ms(0));
        grace.learn(ms(900), LEAST);
        assert_eq!(grace.beyond(LEAST), ms(500), "hardly one is slow any more");
        assert_eq!((grace.latest.len(), grace.by_way.len()), (1_600, 1_600));
    }
}
