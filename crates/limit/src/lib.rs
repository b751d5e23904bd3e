//! Keeps promise 3: requests stay under every limit as the *server* counts them, and still use
//! nearly all of it. Counting what was sent is not enough: the network squeezes requests together
//! on the way. So a slot frees one window after the latest time its request can count from, worked
//! out from the answer, or, while there is none, from the answers to others. `pace` and `grace` are
//! that rule, `window` counts slots, `margin` learns from refusals, `gate` puts them together; all
//! are pure. `limiter` adds clock and bells, `permit` the handles.
//!

mod connections;
pub mod gate;
mod grace;
mod limiter;
mod margin;
mod pace;
mod permit;
mod window;

pub use limiter::Limiter;
pub use permit::{Permit, Sent};

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One rate limit: at most [`requests`](Self::requests) in any rolling [`window`](Self::window).
///
/// As JSON, or in any other form that serde knows, it is as in the schema:
/// `{"applies_to": "bulk", "requests": 3, "seconds": 1.0}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Which requests count.
    pub applies_to: AppliesTo,
    /// How many may be counted in any one window. 0 is taken as 1, so that nothing waits for ever.
    pub requests: u32,
    /// The length of the rolling window. A limit with a window of zero limits nothing.
    #[serde(rename = "seconds", with = "seconds")]
    pub window: Duration,
}

/// The requests a [`Limit`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppliesTo {
    /// All requests, bulk ones included.
    All,
    /// Bulk requests only.
    Bulk,
}

mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        time.as_secs_f64().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl AppliesTo {
    fn counts(self, lane: Lane) -> bool {
        self == AppliesTo::All || lane == Lane::Bulk
    }
}

/// What a request is, to the limits and to those that wait beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// A call about one thing, which somebody may be waiting for. It goes before all others.
    Single,
    /// One of a run's many calls about one thing. It waits as long as any single call waits, takes turns
    /// with bulk requests, and leaves a few slots of each limit alone: a run takes what there is at once,
    /// and single calls would else find nothing for the rest of the window.
    Series,
    /// A bulk request. It waits as long as any single call waits.
    Bulk,
}

impl Lane {
    /// How many of so many slots it leaves alone.
    fn leaves(self, requests: u32) -> u32 {
        match self {
            Lane::Series => requests / LEFT_ONE_IN,
            Lane::Single | Lane::Bulk => 0,
        }
    }
}

/// A series leaves one slot in so many: of 180 a minute, nine.
const LEFT_ONE_IN: u32 = 20;
