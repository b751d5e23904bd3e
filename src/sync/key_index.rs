//! An index of the input's keys. It is small enough for half a million keys: each takes a hash and a number.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher, RandomState},
};

/// Finds the record of the input that has a key.
#[derive(Debug, Default)]
pub(super) struct KeyIndex {
    /// The place of each record, by the hash of its key. If two keys have the same hash, the later one gets the next
    /// free hash.
    places: HashMap<u64, u32>,
    hasher: RandomState,
}

impl KeyIndex {
    pub(super) fn with_capacity(records: usize) -> Self {
        Self {
            places: HashMap::with_capacity(records),
            hasher: RandomState::new(),
        }
    }

    /// Adds the record at this place. `is` returns true if the record at another place has the same key. In that case,
    /// `enter` adds nothing and returns that place.
    pub(super) fn enter(
        &mut self,
        key: &str,
        place: u32,
        is: impl Fn(u32, &str) -> bool,
    ) -> Option<u32> {
        let mut hash = self.hasher.hash_one(key);
        loop {
            match self.places.entry(hash) {
                Entry::Vacant(free) => {
                    free.insert(place);
                    return None;
                }
                Entry::Occupied(taken) if is(*taken.get(), key) => return Some(*taken.get()),
                Entry::Occupied(_) => hash = hash.wrapping_add(1),
            }
        }
    }

    /// Returns the place of the record with this key.
    pub(super) fn find(&self, key: &str, is: impl Fn(u32, &str) -> bool) -> Option<u32> {
        let mut hash = self.hasher.hash_one(key);
        loop {
            match self.places.get(&hash) {
                Some(place) if is(*place, key) => return Some(*place),
                Some(_) => hash = hash.wrapping_add(1),
                None => return None,
            }
        }
    }

    /// The number of different keys.
    pub(super) fn count(&self) -> usize {
        self.places.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_found_at_the_place_of_its_first_record() {
        let keys = ["a", "b", "a", "c"];
        let is = |place: u32, key: &str| keys[place as usize] == key;
        let mut index = KeyIndex::with_capacity(0);
        let entered: Vec<_> = (0..)
            .zip(keys)
            .map(|(place, key)| index.enter(key, place, is))
            .collect();
        assert_eq!(entered, [None, None, Some(0), None]);
        assert_eq!(index.count(), 3);
        assert_eq!(
            keys.map(|key| index.find(key, is)),
            [Some(0), Some(1), Some(0), Some(3)]
        );
        assert_eq!(index.find("d", is), None);
    }

    #[test]
    fn keys_that_share_a_hash_are_told_apart() {
        let keys = ["a", "b", "c"];
        let is = |place: u32, key: &str| keys[place as usize] == key;
        let mut index = KeyIndex::with_capacity(0);
        // Fills the places of the hash of "b" and of the next hash.
        let hash = index.hasher.hash_one("b");
        index.places.insert(hash, 0);
        index.places.insert(hash.wrapping_add(1), 2);
        assert_eq!(index.find("b", is), None);
        assert_eq!(index.enter("b", 1, is), None);
        assert_eq!(index.find("b", is), Some(1));
    }
}
