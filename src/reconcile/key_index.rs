//! Which keys the input holds, and which of them more than once. That a key is unique must be known
//! before a found record is taken for the one that was looked for.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use crate::journal::MatchKey;

/// The keys of all records that may have been sent so far, by this start or earlier ones.
#[derive(Debug, Default)]
pub(crate) struct KeyIndex {
    /// With the index of the first record that has it.
    seen: HashMap<MatchKey, u64>,
    twice: HashSet<MatchKey>,
    /// Parts of the input that were sent by earlier starts, and whose keys are not known yet.
    unread: usize,
}

/// The number of records of the input with a key: one, or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uniqueness {
    One,
    Several,
    /// Earlier starts have sent records that are not yet known here.
    NotYetKnown,
}

impl KeyIndex {
    /// Takes in the key of the record at this index, which may be taken in already.
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

    /// There is a part whose keys are yet to be read.
    pub(crate) fn expect_part(&mut self) {
        self.unread += 1;
    }

    /// The keys of such a part are read.
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
