//! The rate limits as the strictest server counts them: rolling windows, at the moment of arrival, without
//! any tolerance. A client that gets no 429 here gets none from Copper.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use copper_crm::limit::{AppliesTo, Limit};

#[derive(Debug)]
pub(crate) struct Throttle {
    windows: Vec<(Limit, VecDeque<Instant>)>,
    /// True if a refused request uses up the limit as well. Copper's rule is not known.
    count_refused: bool,
}

impl Throttle {
    pub(crate) fn new(limits: &[Limit], count_refused: bool) -> Self {
        Self {
            windows: limits
                .iter()
                .map(|limit| (*limit, VecDeque::new()))
                .collect(),
            count_refused,
        }
    }

    /// Counts a request that arrives `now`, no earlier than the ones before. Returns true if it may pass.
    pub(crate) fn admit(&mut self, now: Instant, bulk: bool) -> bool {
        let mut room = true;
        for (limit, arrivals) in self
            .windows
            .iter_mut()
            .filter(|(limit, _)| applies(limit, bulk))
        {
            while arrivals
                .front()
                .is_some_and(|arrival| now.duration_since(*arrival) >= limit.window)
            {
                arrivals.pop_front();
            }
            room &= u32::try_from(arrivals.len()).is_ok_and(|count| count < limit.requests.max(1));
        }
        if room || self.count_refused {
            for (limit, arrivals) in self
                .windows
                .iter_mut()
                .filter(|(limit, _)| applies(limit, bulk))
            {
                if limit.window > Duration::ZERO {
                    arrivals.push_back(now);
                }
            }
        }
        room
    }
}

fn applies(limit: &Limit, bulk: bool) -> bool {
    match limit.applies_to {
        AppliesTo::All => true,
        AppliesTo::Bulk => bulk,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> [Limit; 2] {
        [
            Limit {
                applies_to: AppliesTo::All,
                requests: 4,
                window: Duration::from_secs(60),
            },
            Limit {
                applies_to: AppliesTo::Bulk,
                requests: 2,
                window: Duration::from_secs(1),
            },
        ]
    }

    #[test]
    fn a_window_rolls_and_frees_at_its_very_end() {
        let (mut throttle, start) = (Throttle::new(&limits(), false), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        assert!(throttle.admit(at(0), true));
        assert!(throttle.admit(at(900), true));
        assert!(!throttle.admit(at(999), true));
        assert!(throttle.admit(at(1_000), true));
        assert!(!throttle.admit(at(1_899), true));
    }

    #[test]
    fn single_requests_count_for_the_minute_only() {
        let (mut throttle, start) = (Throttle::new(&limits(), false), Instant::now());
        assert_eq!(
            [true; 4],
            [false; 4].map(|bulk| throttle.admit(start, bulk))
        );
        assert!(!throttle.admit(start + Duration::from_secs(59), true));
        assert!(throttle.admit(start + Duration::from_secs(60), true));
    }

    #[test]
    fn refused_requests_count_only_if_told_to() {
        for (count_refused, passes) in [(false, true), (true, false)] {
            let (mut throttle, start) = (Throttle::new(&limits(), count_refused), Instant::now());
            let at = |ms| start + Duration::from_millis(ms);
            let _ = (
                throttle.admit(at(0), true),
                throttle.admit(at(0), true),
                throttle.admit(at(500), true),
                throttle.admit(at(500), true),
            );
            assert_eq!(throttle.admit(at(1_100), true), passes);
        }
    }
}
