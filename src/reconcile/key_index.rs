//! The keys of the input, and which of them occur more than once. A found record settles a record in doubt
//! only if its key is unique.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use crate::journal::MatchKey;

/// The keys of all records that any start may have sent so far.
#[derive(Debug, Default)]
pub(crate) struct KeyIndex {
    /// Each key with the index of the first record that has it.
    seen: HashMap<MatchKey, u64>,
    twice: HashSet<MatchKey>,
    /// Parts of the input that earlier starts sent, and whose keys are not known yet.
    unread: usize,
}

/// The number of records of the input with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uniqueness {
    One,
    Several,
    /// Announces that earlier starts have sent records whose keys are not known yet.
    NotYetKnown,
}

impl KeyIndex {
    /// Adds the key of the record at this index, unless it was added before.
    pub(crate) fn enter(&mut self, index: u64, key: MatchKey) {
        match self.seen.entry(key) {
            Entry::Vacant(place) => {
                place.insert(index);
            }
            Entry::Occupied(first) if *first.get() != index => {
                self.twice.insert(key);
            }
            Entry::Occupied(_) => {}
        }
    }

    /// True if the keys of some part are not read yet.
    pub(crate) fn expect_part(&mut self) {
        self.unread += 1;
    }

    /// Notes that the keys of such a part are read.
    pub(crate) fn part_is_read(&mut self) {
        self.unread = self.unread.saturating_sub(1);
    }

    pub(crate) fn uniqueness(&self, key: MatchKey) -> Uniqueness {
        if self.twice.contains(&key) {
            Uniqueness::Several
        } else if self.unread > 0 {
            Uniqueness::NotYetKnown
        } else {
            Uniqueness::One
        }
    }

    /// True if a record of the input has this key.
    pub(crate) fn holds(&self, key: MatchKey) -> bool {
        self.seen.contains_key(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> MatchKey {
        MatchKey::of(b"salt", &[text])
    }

    #[test]
    fn a_key_is_unique_until_another_record_has_it() {
        let mut register = KeyIndex::default();
        register.enter(0, key("a"));
        register.enter(0, key("a"));
        register.enter(1, key("b"));
        assert_eq!(register.uniqueness(key("a")), Uniqueness::One);
        register.enter(7, key("a"));
        assert_eq!(register.uniqueness(key("a")), Uniqueness::Several);
        assert_eq!(register.uniqueness(key("b")), Uniqueness::One);
        assert!(register.holds(key("b")) && !register.holds(key("c")));
    }

    #[test]
    fn nothing_is_unique_while_a_part_is_not_read() {
        let mut register = KeyIndex::default();
        register.expect_part();
        register.expect_part();
        register.enter(0, key("a"));
        register.part_is_read();
        assert_eq!(register.uniqueness(key("a")), Uniqueness::NotYetKnown);
        register.enter(1, key("a"));
        assert_eq!(register.uniqueness(key("a")), Uniqueness::Several);
        register.part_is_read();
        register.enter(2, key("b"));
        assert_eq!(register.uniqueness(key("b")), Uniqueness::One);
    }
}
