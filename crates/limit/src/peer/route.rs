//! Splits the least time to the server and back into its two directions. For requests of one host only the
//! sum matters. Between hosts the split matters: a host counts its requests from `received − runtime − back`,
//! and sends `there` before a slot is free.
//!
//! At first each direction is half of the sum. If that is wrong, requests of a host whose `there` is too long
//! arrive too early, and the server refuses one now and then. So each refusal moves the split of this host:
//! less `there`, more `back`. Only differences between hosts matter. The host whose `there` is longest is
//! refused most, so the splits approach each other.

use std::time::Duration;

/// The part that a refusal moves.
const STEP: Duration = Duration::from_millis(10);

/// The split of a host's least time.
#[derive(Debug, Default)]
pub(super) struct Route {
    /// The time by which `there` is shorter than half.
    moved: Duration,
}

impl Route {
    /// The server refused a request of this host. `least` is the least time there and back.
    pub(super) fn refused(&mut self, least: Duration) {
        self.moved = self.moved.saturating_add(STEP).min(least / 2);
    }

    /// The part of the least time there and back that a request takes to the server.
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
