//! One limit: so many requests in any window of so long.

use std::time::Duration;

use crate::Class;

/// One rate limit: at most so many requests in any rolling window of this length.
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
    /// None: all classes.
    only: Option<&'static [Class]>,
}

impl Limit {
    /// A limit that counts all requests. `requests` of 0 are taken as 1, so that nothing waits for
    /// ever. A window of zero limits nothing.
    pub const fn new(requests: u32, window: Duration) -> Self {
        Self {
            requests: if requests == 0 { 1 } else { requests },
            window,
            only: None,
        }
    }

    /// Counts requests of these classes only.
    pub const fn only(mut self, classes: &'static [Class]) -> Self {
        self.only = Some(classes);
        self
    }

    /// The number of requests that may be counted in any one window, at least 1.
    pub const fn requests(self) -> u32 {
        self.requests
    }

    /// The length of the rolling window.
    pub const fn window(self) -> Duration {
        self.window
    }

    /// The classes that it counts, or `None` if it counts all.
    pub const fn classes(self) -> Option<&'static [Class]> {
        self.only
    }

    /// Returns true if it counts requests of this class.
    pub fn counts(self, class: Class) -> bool {
        self.only.is_none_or(|classes| classes.contains(&class))
    }
}
