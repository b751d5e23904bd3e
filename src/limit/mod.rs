//! Keeps promise 3: requests stay under every limit as the *server* counts them, and still use
//! nearly all of it. Counting what was sent is not enough: the network squeezes requests together
//! on the way. So a slot frees one window after the latest time its request can count from, worked
//! out from the answer. `pace` is that rule, `window` counts slots, `margin` learns from refusals,
//! `gate` puts them together; all are pure. `limiter` adds clock and bells, `permit` the handles.
//!
//! Nobody has to do anything for it: each [`Copper`](crate::Copper) has the limits of the schema. Another
//! process that uses the same key can't be seen from here, so each of the two is given its part:
//!
//! ```
//! # fn main() -> Result<(), copper_crm::Error> {
//! use std::time::Duration;
//! use copper_crm::{Copper, limit::{AppliesTo, Limit}};
//!
//! let half = [
//!     Limit { applies_to: AppliesTo::All, requests: 90, window: Duration::from_secs(60) },
//!     Limit { applies_to: AppliesTo::Bulk, requests: 1, window: Duration::from_secs(1) },
//! ];
//! let copper = Copper::builder("the API key", "owner@example.com").limits(half).build()?;
//! # Ok(())
//! # }
//! ```

mod connections;
pub(crate) mod gate;
mod limiter;
mod margin;
mod pace;
pub(crate) mod permit;
mod window;

pub use limiter::Limiter;
pub(crate) use permit::Permit;

use std::time::Duration;

/// One rate limit: at most [`requests`](Self::requests) in any rolling [`window`](Self::window).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Which requests count.
    pub applies_to: AppliesTo,
    /// How many may be counted in any one window. 0 is taken as 1, so that nothing waits for ever.
    pub requests: u32,
    /// The length of the rolling window. A limit with a window of zero limits nothing.
    pub window: Duration,
}

/// The requests a [`Limit`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppliesTo {
    /// All requests, bulk ones included.
    All,
    /// Bulk requests only.
    Bulk,
}

impl AppliesTo {
    fn counts(self, lane: Lane) -> bool {
        self == AppliesTo::All || lane == Lane::Bulk
    }
}

/// The queue a request waits in. Their order is the order of precedence: single calls go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lane {
    /// A call about one thing, which somebody may be waiting for.
    Single,
    /// A bulk request. It waits as long as any single call waits.
    Bulk,
}
