//! A seeded random number generator, so that a failed test can be repeated.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::SmallRng};

#[derive(Debug)]
pub(crate) struct Random(SmallRng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SmallRng::seed_from_u64(seed))
    }

    /// Returns true with this probability. A number outside 0 to 1 counts as the nearest of these.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.0.random::<f64>() < probability
    }

    /// An exponentially distributed time with this mean.
    pub(crate) fn about(&mut self, mean: Duration) -> Duration {
        let draw = -(1.0 - self.0.random::<f64>()).ln();
        Duration::try_from_secs_f64(mean.as_secs_f64() * draw).unwrap_or(mean)
    }

    /// A uniformly distributed time between two, both included. A `longest` below `shortest` counts as `shortest`.
    pub(crate) fn between(&mut self, shortest: Duration, longest: Duration) -> Duration {
        let room = longest.saturating_sub(shortest);
        if room.is_zero() {
            return shortest;
        }
        let more = Duration::try_from_secs_f64(room.as_secs_f64() * self.0.random::<f64>());
        shortest.saturating_add(more.unwrap_or(room))
    }

    pub(crate) fn id(&mut self) -> String {
        format!("{:032x}", self.0.random::<u128>())
    }
}
