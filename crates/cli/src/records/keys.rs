//! The keys of all rows, by which rows can be the same record. A hash of each is kept, in parts that grow
//! separately: at most 20 bytes per row, and nothing for a row without a key.

use std::hash::{BuildHasher, RandomState};

use clap::ValueEnum;

use crate::display::lines::Lines;

/// The treatment of rows with the same key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Duplicates {
    /// All are sent.
    #[default]
    Send,
    /// The first one is sent, and the others are rejected.
    First,
    /// The last one is sent, and the others are rejected.
    Last,
    /// None of them is sent: all are rejected.
    Reject,
}

const PARTS: usize = 256;
/// A full part gets room for this many more, and an eighth of its size.
const MORE: usize = 16;

/// A row with the hash of its key. Index and line are half the size of other row numbers: beyond four
/// thousand million rows, keys are not compared any more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    hash: u64,
    index: u32,
    line: u32,
}

#[derive(Default)]
pub struct Keys {
    parts: Vec<Vec<Key>>,
    hasher: RandomState,
}

/// The rows that share a key with others.
#[derive(Default)]
pub struct Shared {
    /// Rows whose key an earlier row has.
    pub later: Lines,
    /// Rows that are rejected for it: the index, and the line of the row with the same key. Sorted by index.
    rejected: Vec<(u32, u32)>,
}

impl Keys {
    /// Adds the key of a row.
    pub fn add(&mut self, key: &str, index: u64, line: u64) {
        let hash = self.hasher.hash_one(key);
        let (Ok(index), Ok(line)) = (index.try_into(), line.try_into()) else {
            return;
        };
        if self.parts.is_empty() {
            self.parts.resize_with(PARTS, Vec::new);
        }
        let place = usize::from(hash.to_le_bytes()[7]);
        let Some(part) = self.parts.get_mut(place) else {
            return;
        };
        if part.len() == part.capacity() {
            part.reserve_exact(MORE + part.len() / 8);
        }
        part.push(Key { hash, index, line });
    }

    /// Finds rows with the same key.
    pub fn shared(self, fate: Duplicates) -> Shared {
        let (mut later, mut rejected) = (Vec::new(), Vec::new());
        for mut part in self.parts {
            part.sort_unstable();
            for alike in part.chunk_by(|a, b| a.hash == b.hash) {
                let [first, others @ ..] = alike else {
                    continue;
                };
                later.extend(others.iter().map(|key| (key.index, key.line)));
                let of_first = others.iter().map(|key| (key.index, first.line));
                match fate {
                    Duplicates::Send => {}
                    Duplicates::First => rejected.extend(of_first),
                    Duplicates::Last => {
                        let next = alike.iter().zip(others);
                        rejected.extend(next.map(|(key, next)| (key.index, next.line)));
                    }
                    Duplicates::Reject => {
                        let second = others.first();
                        rejected.extend(second.map(|second| (first.index, second.line)));
                        rejected.extend(of_first);
                    }
                }
            }
        }
        later.sort_unstable();
        rejected.sort_unstable();
        let mut lines = Lines::default();
        for (index, line) in later {
            lines.add(index.into(), line.into());
        }
        Shared {
            later: lines,
            rejected,
        }
    }
}

impl Shared {
    /// The line of the row with the same key, if this row is rejected for it.
    pub fn line_of_other(&self, index: u64) -> Option<u64> {
        let index: u32 = index.try_into().ok()?;
        let place = self
            .rejected
            .binary_search_by_key(&index, |(index, _)| *index);
        let (_, line) = self.rejected.get(place.ok()?)?;
        Some((*line).into())
    }

    /// Returns true if no row is rejected for its key.
    pub fn is_empty(&self) -> bool {
        self.rejected.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(fate: Duplicates) -> Vec<(u64, u64)> {
        let mut keys = Keys::default();
        for (index, key) in (0..).zip(["a", "b", "a", "c", "a"]) {
            keys.add(key, index, index + 2);
        }
        let shared = keys.shared(fate);
        assert_eq!(shared.later.to_string(), "lines 4, 6");
        let others = (0..5).filter_map(|index| Some((index, shared.line_of_other(index)?)));
        let others: Vec<(u64, u64)> = others.collect();
        assert_eq!(shared.is_empty(), others.is_empty());
        others
    }

    #[test]
    fn duplicates_are_rejected_with_the_line_that_they_are_like() {
        assert_eq!(shared(Duplicates::Send), []);
        assert_eq!(shared(Duplicates::First), [(2, 2), (4, 2)]);
        assert_eq!(shared(Duplicates::Last), [(0, 4), (2, 6)]);
        assert_eq!(shared(Duplicates::Reject), [(0, 4), (2, 2), (4, 2)]);
    }

    #[test]
    fn a_key_takes_at_most_twenty_bytes() {
        let mut keys = Keys::default();
        for count in 1..300_000_u64 {
            keys.add(&count.to_string(), count, count);
            if count % 50_000 == 0 {
                let room: usize = keys.parts.iter().map(Vec::capacity).sum();
                let bytes = room as u64 * size_of::<Key>() as u64;
                assert!(bytes <= 20 * count, "{bytes} bytes for {count}");
            }
        }
    }
}
