//! The one source of randomness, seeded, so that a run that went wrong can be replayed.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::SmallRng};

#[derive(Debug)]
pub(super) struct Chance(SmallRng);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(SmallRng::seed_from_u64(seed))
    }

    /// True with this probability. Anything that is no probability is taken as the nearest one.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.0.random::<f64>() < probability
    }

    /// A time that is exponentially distributed around `mean`.
    pub(super) fn about(&mut self, mean: Duration) -> Duration {
        let draw = -(1.0 - self.0.random::<f64>()).ln();
        Duration::try_from_secs_f64(mean.as_secs_f64() * draw).unwrap_or(mean)
    }

    /// A time between two, both included. The longer one is no shorter than the shorter one.
    pub(super) fn between(&mut self, shortest: Duration, longest: Duration) -> Duration {
        let room = longest.saturating_sub(shortest);
        if room.is_zero() {
            return shortest;
        }
        let more = Duration::try_from_secs_f64(room.as_secs_f64() * self.0.random::<f64>());
        shortest.saturating_add(more.unwrap_or(room))
    }

    pub(super) fn id(&mut self) -> String {
        format!("{:032x}", self.0.random::<u128>())
    }
}
