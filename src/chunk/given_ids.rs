//! The ids that Copper gave the records of a run. An id that comes a second time proves that an answer is
//! wrong: two new records can't both have it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// The most ranges of ids that are kept, so that memory does not depend on the length of the input. Copper's
/// ids ascend, so one range holds those of many records.
const MAX_RANGES: usize = 50_000;

/// The ids that were given so far.
#[derive(Default)]
pub(crate) struct GivenIds(Mutex<Ranges>);

/// Ranges of consecutive ids: the first and the last id of each.
#[derive(Default)]
struct Ranges(BTreeMap<i64, i64>);

impl GivenIds {
    /// Adds the ids of an answer. Returns those that were given before, or that the answer has twice.
    pub(super) fn enter(&self, ids: impl Iterator<Item = i64>) -> Vec<i64> {
        let mut ranges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.filter(|id| !ranges.insert(*id)).collect()
    }
}

impl Ranges {
    /// Adds an id. Returns false if it is there already.
    fn insert(&mut self, id: i64) -> bool {
        let before = self.0.range(..=id).next_back().map(|(a, b)| (*a, *b));
        let joins_before = match before {
            Some((_, last)) if last >= id => return false,
            Some((first, last)) if last.checked_add(1) == Some(id) => Some(first),
            _ => None,
        };
        let last = match id.checked_add(1).and_then(|next| self.0.remove(&next)) {
            Some(last) => last,
            None => id,
        };
        self.0.insert(joins_before.unwrap_or(id), last);
        if self.0.len() > MAX_RANGES {
            // The lowest ids are the oldest.
            self.0.pop_first();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_in_whatever_order_they_come() {
        let mut ranges = Ranges::default();
        for id in [5, 7, 6, 1, i64::MAX, 2, 4, 3] {
            assert!(ranges.insert(id), "{id}");
        }
        for id in [1, 2, 3, 4, 5, 6, 7, i64::MAX] {
            assert!(!ranges.insert(id), "{id}");
        }
        assert_eq!(
            ranges.0.len(),
            2,
            "those that follow on each other take no room"
        );
    }

    #[test]
    fn ids_that_are_far_apart_take_bounded_room() {
        let mut ranges = Ranges::default();
        for n in 0..2 * MAX_RANGES as i64 {
            assert!(ranges.insert(n * 2));
        }
        assert_eq!(ranges.0.len(), MAX_RANGES);
    }
}
