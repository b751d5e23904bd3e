//! A rolling window of one limit: no request may be sent while all slots are taken. A slot is stored with the
//! time from which its request *counts*: the latest time at which it can have been sent, as far as the server
//! could see. It is free one window and the margin later. There can be more slots than the limit allows,
//! because an answer that comes after the grace takes its slot again; then nothing goes until enough of them
//! are free.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::{Class, Limit};

/// The counting time of a slot whose request is not sent yet.
pub(super) const UNSENT: Duration = Duration::MAX;

/// The slots of one limit.
#[derive(Debug)]
pub(super) struct Window {
    limit: Limit,
    /// (counting time, number of the request): the first is the next to become free.
    slots: BTreeSet<(Duration, u64)>,
}

impl Window {
    /// All slots are free. None for a limit that limits nothing.
    pub(super) fn new(limit: Limit) -> Option<Self> {
        let slots = BTreeSet::new();
        (!limit.window().is_zero()).then_some(Self { limit, slots })
    }

    pub(super) fn limit(&self) -> Limit {
        self.limit
    }

    /// The time when a slot is free for this class, if nothing changes: at most `now` if one is free, and
    /// `Duration::MAX` if that depends on requests that are not sent yet. Forgets slots that are free again.
    pub(super) fn opens(&mut self, class: Class, now: Duration, margin: Duration) -> Duration {
        let held = self.limit.window().saturating_add(margin);
        while let Some((from, _)) = self.slots.first()
            && from.saturating_add(held) <= now
        {
            self.slots.pop_first();
        }
        let allowed = class.share_of(self.limit.requests());
        let allowed = usize::try_from(allowed).unwrap_or(usize::MAX);
        match self.slots.len().checked_sub(allowed) {
            None => Duration::ZERO,
            Some(surplus) => match self.slots.iter().nth(surplus) {
                Some((from, _)) => from.saturating_add(held),
                None => Duration::ZERO,
            },
        }
    }

    /// Takes a slot, or takes it again.
    pub(super) fn take(&mut self, request: u64, from: Duration) {
        self.slots.insert((from, request));
    }

    /// Gives back a slot that was taken with the same arguments. If it is free already, nothing happens.
    pub(super) fn give_back(&mut self, request: u64, from: Duration) {
        self.slots.remove(&(from, request));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_MARGIN: Duration = Duration::ZERO;
    const EXPORT: Class = Class::new("export");
    const SYNC: Class = Class::new("sync").leaves_one_in(20);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn window(requests: u32, millis: u64) -> Option<Window> {
        Window::new(Limit::new(requests, ms(millis)))
    }

    #[test]
    fn a_slot_frees_one_window_and_the_margin_after_it_counts_from() {
        let mut window = window(2, 1000).unwrap();
        window.take(1, ms(100));
        assert!(window.opens(EXPORT, ms(100), ms(2)) <= ms(100));
        window.take(2, ms(300));
        assert_eq!(window.opens(EXPORT, ms(300), ms(2)), ms(1102));
        assert_eq!(window.opens(EXPORT, ms(1101), ms(2)), ms(1102));
        assert!(window.opens(EXPORT, ms(1102), ms(2)) <= ms(1102));
    }

    #[test]
    fn an_unsent_request_keeps_its_slot() {
        let mut window = window(1, 1000).unwrap();
        window.take(1, UNSENT);
        assert_eq!(window.opens(EXPORT, ms(1 << 40), NO_MARGIN), Duration::MAX);
        window.give_back(1, UNSENT);
        assert_eq!(window.opens(EXPORT, ms(0), NO_MARGIN), Duration::ZERO);
    }

    #[test]
    fn surplus_slots_must_free_before_the_next_request_goes() {
        let mut window = window(1, 1000).unwrap();
        window.take(1, ms(100));
        window.take(2, ms(200));
        window.take(3, ms(300));
        assert_eq!(window.opens(EXPORT, ms(400), NO_MARGIN), ms(1300));
    }

    #[test]
    fn a_wider_margin_holds_back_slots_taken_before() {
        let mut window = window(1, 1000).unwrap();
        window.take(1, ms(0));
        assert_eq!(window.opens(EXPORT, ms(0), ms(2)), ms(1002));
        assert_eq!(window.opens(EXPORT, ms(0), ms(500)), ms(1500));
    }

    #[test]
    fn no_requests_is_taken_as_one_and_no_window_as_no_limit() {
        let mut one = window(0, 1000).unwrap();
        assert_eq!(one.opens(EXPORT, ms(0), NO_MARGIN), Duration::ZERO);
        one.take(1, ms(0));
        assert_eq!(one.opens(EXPORT, ms(0), NO_MARGIN), ms(1000));
        assert!(window(3, 0).is_none());
    }

    #[test]
    fn a_window_beyond_all_time_does_not_overflow() {
        let mut window = Window::new(Limit::new(1, Duration::MAX)).unwrap();
        window.take(1, ms(5));
        assert_eq!(window.opens(EXPORT, ms(5), ms(2)), Duration::MAX);
    }

    #[test]
    fn a_class_that_leaves_slots_to_others_leaves_them_and_always_has_one() {
        let mut window = window(40, 1000).unwrap();
        for request in 0..38 {
            assert_eq!(window.opens(SYNC, ms(0), NO_MARGIN), ms(0));
            window.take(request, ms(0));
        }
        assert_eq!(window.opens(SYNC, ms(0), NO_MARGIN), ms(1000));
        assert_eq!(window.opens(EXPORT, ms(0), NO_MARGIN), ms(0));
        let mut one = self::window(1, 1000).unwrap();
        assert_eq!(one.opens(SYNC, ms(0), NO_MARGIN), ms(0));
    }
}
