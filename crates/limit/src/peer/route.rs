//! Splits the shortest time to the server and back into its two directions. For requests of one host only the sum
//! matters. Between hosts the split matters: a host counts its requests from `received − runtime − back`, and sends
//! each request `there` before its slot is free.
//!
//! At first each direction is half of the sum. If `there` is too long on a host, its requests arrive too early, and the
//! server refuses one now and then. Each refusal moves the split of this host: less `there`, more `back`. Only
//! differences between hosts matter. The host with the longest `there` is refused most, so the splits come closer to
//! each other.

use std::time::Duration;

/// The time by which a refusal moves the split.
const STEP: Duration = Duration::from_millis(10);

/// The split of the shortest time of a host.
#[derive(Debug, Default)]
pub(super) struct Route {
    /// The time by which `there` is shorter than half of the sum.
    moved: Duration,
}

impl Route {
    /// Notes that the server refused a request of this host. `least` is the shortest time there and back.
    pub(super) fn refused(&mut self, least: Duration) {
        self.moved = self.moved.saturating_add(STEP).min(least / 2);
    }

    /// The part of the shortest time there and back that a request takes to the server.
    pub(super) fn there(&self, least: Duration) -> Duration {
        (least / 2).saturating_sub(self.moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_way_is_there_until_refusals_say_otherwise() {
        let least = Duration::from_millis(80);
        let mut route = Route::default();
        assert_eq!(route.there(least).as_millis(), 40);
        route.refused(least);
        assert_eq!(route.there(least).as_millis(), 30);
        for _ in 0..100 {
            route.refused(least);
        }
        assert_eq!(route.there(least).as_millis(), 0);
        assert_eq!(route.there(least / 2).as_millis(), 0);
    }
}
