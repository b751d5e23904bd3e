//! The rate of a run, and the time that the rest will take, over the latest half minute. So a slow start or
//! an earlier outage does not distort it. Pure: the times are passed in.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

const WINDOW: Duration = Duration::from_secs(30);
/// Records that are settled within this time are counted together. A rate over a shorter time means nothing.
const STEP: Duration = Duration::from_secs(1);

/// The records settled lately.
#[derive(Clone, Debug, Default)]
pub(super) struct Rate {
    /// The beginning of each interval, and its records; the latest last.
    steps: VecDeque<(Instant, u64)>,
}

impl Rate {
    pub(super) fn add(&mut self, records: u64, now: Instant) {
        match self.steps.back_mut() {
            Some((since, sum)) if now.saturating_duration_since(*since) < STEP => *sum += records,
            _ => self.steps.push_back((now, records)),
        }
        while self.steps.front().is_some_and(|step| is_past(step, now)) {
            self.steps.pop_front();
        }
    }

    /// Records per second, in a run that began at `start`.
    pub(super) fn per_second(&self, start: Instant, now: Instant) -> f64 {
        let steps = self.steps.iter().filter(|step| !is_past(step, now));
        let records: u64 = steps.map(|(_, sum)| sum).sum();
        let span = now.saturating_duration_since(start).clamp(STEP, WINDOW);
        records as f64 / span.as_secs_f64()
    }
}

fn is_past((since, _): &(Instant, u64), now: Instant) -> bool {
    now.saturating_duration_since(*since) >= WINDOW
}

/// The time that `left` records take at this rate. None while the rate is zero.
pub(super) fn time_left(left: u64, per_second: f64) -> Option<Duration> {
    match left {
        0 => Some(Duration::ZERO),
        _ => Duration::try_from_secs_f64(left as f64 / per_second).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(secs: f64) -> Duration {
        Duration::from_secs_f64(secs)
    }

    #[test]
    fn it_is_what_the_latest_half_minute_gave() {
        let start = Instant::now();
        let mut rate = Rate::default();
        for second in 0..40 {
            rate.add(30, start + secs(f64::from(second)));
        }
        assert_eq!(rate.per_second(start, start + secs(39.0)), 30.0);
        // During an outage the rate falls, and at last it is zero.
        assert_eq!(rate.per_second(start, start + secs(54.0)), 15.0);
        assert_eq!(rate.per_second(start, start + secs(99.0)), 0.0);
        // After the outage, nothing of it is left in the rate.
        rate.add(60, start + secs(99.0));
        assert_eq!(rate.per_second(start, start + secs(99.0)), 2.0);
        assert_eq!(rate.steps.len(), 1);
    }

    #[test]
    fn the_first_moments_do_not_make_it_enormous() {
        let start = Instant::now();
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(start, start), 0.0);
        rate.add(10, start + secs(0.1));
        assert_eq!(rate.per_second(start, start + secs(0.1)), 10.0);
        rate.add(10, start + secs(0.4));
        assert_eq!(rate.per_second(start, start + secs(2.0)), 10.0);
    }

    #[test]
    fn the_time_left_is_none_while_nothing_gets_on() {
        assert_eq!(time_left(300, 30.0), Some(secs(10.0)));
        assert_eq!(time_left(300, 0.0), None);
        assert_eq!(time_left(0, 0.0), Some(Duration::ZERO));
        assert_eq!(time_left(u64::MAX, f64::MIN_POSITIVE), None);
    }
}
