//! One limit: at most this many requests in any window of this length.

use std::time::Duration;

use crate::Class;

/// One rate limit: at most this many requests in any rolling window of this length.
///
/// ```
/// use std::time::Duration;
/// use rolling_limit::{Class, Limit};
///
/// const EXPORT: Class = Class::new("export");
/// const LIMITS: [Limit; 2] = [
///     Limit::new(100, Duration::from_secs(60)),
///     Limit::new(2, Duration::from_secs(1)).only(&[EXPORT]),
/// ];
/// assert!(LIMITS.iter().all(|limit| limit.counts(EXPORT)));
/// assert!(!LIMITS[1].counts(Class::new("search")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    requests: u32,
    window: Duration,
    /// None means all classes.
    only: Option<&'static [Class]>,
}

impl Limit {
    /// Creates a limit that counts all requests. `requests` of 0 count as 1, so that no request waits for
    /// ever. A window of zero limits nothing.
    pub const fn new(requests: u32, window: Duration) -> Self {
        Self {
            requests: if requests == 0 { 1 } else { requests },
            window,
            only: None,
        }
    }

    /// Returns the same limit, which counts only requests of these classes.
    pub const fn only(mut self, classes: &'static [Class]) -> Self {
        self.only = Some(classes);
        self
    }

    /// Returns the number of requests that may be counted in any one window, at least 1.
    pub const fn requests(self) -> u32 {
        self.requests
    }

    /// Returns the length of the rolling window.
    pub const fn window(self) -> Duration {
        self.window
    }

    /// Returns the classes that it counts, or `None` if it counts all.
    pub const fn classes(self) -> Option<&'static [Class]> {
        self.only
    }

    /// Returns true if it counts requests of this class.
    pub fn counts(self, class: Class) -> bool {
        self.only.is_none_or(|classes| classes.contains(&class))
    }

    /// The limit for each of this many processes, so that all together keep this one on average.
    pub(crate) fn share(self, processes: u32) -> Self {
        let requests = (self.requests / processes).max(1);
        let window = self.window.as_secs_f64() * f64::from(requests) * f64::from(processes)
            / f64::from(self.requests);
        Self {
            requests,
            window: Duration::try_from_secs_f64(window)
                .unwrap_or(Duration::MAX)
                .max(self.window),
            only: self.only,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_a_limit_is_fewer_requests_or_a_longer_window() {
        let share = |requests, seconds, processes| {
            let limit = Limit::new(requests, Duration::from_secs(seconds)).share(processes);
            (limit.requests(), limit.window().as_millis())
        };
        assert_eq!(share(180, 60, 8), (22, 60_000));
        assert_eq!(share(3, 1, 8), (1, 2_666));
        assert_eq!(share(3, 1, 3), (1, 1_000));
        assert_eq!(share(3, 1, 1), (3, 1_000));
        assert_eq!(share(3, 1, 2), (1, 1_000));
    }
}
