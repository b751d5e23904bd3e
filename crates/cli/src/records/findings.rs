//! The findings of the check: what all rows together show before anything is sent.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, RandomState},
};

use clap::ValueEnum;
use serde_json::Value;

use crate::{
    columns::{convert::LeftOut, suspect::Suspect},
    display::lines::Lines,
    read::tally::Letters,
};

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

#[derive(Default)]
pub struct Findings {
    /// Rows that are rejected before they are sent: by index, the line and the reason.
    pub kept_back: BTreeMap<u64, (u64, String)>,
    /// Values that are probably a mistake, by kind and column.
    pub suspects: BTreeMap<(Suspect, String), Lines>,
    /// Parts of rows that are not sent.
    pub left_out: BTreeMap<LeftOut, Lines>,
    /// Values that do not fit any form of their field, in words. They are sent unchanged.
    pub unfit: BTreeMap<String, Lines>,
    /// Rows whose key an earlier row has.
    pub duplicates: Lines,
    /// By column: the first value, as it is sent.
    pub firsts: Vec<Option<Value>>,
    /// The first cell with letters beyond ASCII.
    pub letters: Option<Letters>,
    keys: HashMap<u64, Seen>,
    hasher: RandomState,
}

/// The last row of a key so far. It is half the size of other row numbers, because there is one for each row:
/// beyond four thousand million rows, keys are not compared any more.
#[derive(Clone, Copy)]
struct Seen {
    index: u32,
    line: u32,
}

impl Seen {
    fn new(index: u64, line: u64) -> Option<Self> {
        let (index, line) = (index.try_into().ok()?, line.try_into().ok()?);
        Some(Self { index, line })
    }
}

impl Findings {
    /// No findings yet, for a file with this many columns.
    pub fn new(columns: usize) -> Self {
        Self {
            firsts: vec![None; columns],
            ..Self::default()
        }
    }

    /// Rejects a row before it is sent; if it was rejected before, for one more reason.
    pub fn keep_back(&mut self, index: u64, line: u64, reason: &str) {
        let (_, reasons) = self.kept_back.entry(index).or_insert((line, String::new()));
        if !reasons.is_empty() {
            *reasons += "; ";
        }
        *reasons += reason;
    }

    /// Adds the key of a row.
    pub fn add_key(&mut self, key: &str, index: u64, line: u64, duplicates: Duplicates) {
        let hash = self.hasher.hash_one(key);
        let Some(seen) = Seen::new(index, line) else {
            return;
        };
        let Some(earlier) = self.keys.get(&hash).copied() else {
            self.keys.insert(hash, seen);
            return;
        };
        let (earlier_index, earlier_line) = (u64::from(earlier.index), u64::from(earlier.line));
        self.duplicates.add(index, line);
        let of = |line: u64| format!("duplicate of line {line}");
        match duplicates {
            Duplicates::Send => {}
            Duplicates::First => self.keep_back(index, line, &of(earlier_line)),
            Duplicates::Last => {
                self.keep_back(earlier_index, earlier_line, &of(line));
                self.keys.insert(hash, seen);
            }
            Duplicates::Reject => {
                if !self
                    .kept_back
                    .get(&earlier_index)
                    .is_some_and(|(_, why)| why.contains("duplicate of"))
                {
                    self.keep_back(earlier_index, earlier_line, &of(line));
                }
                self.keep_back(index, line, &of(earlier_line));
            }
        }
    }

    /// Forgets the keys, which are not needed any more.
    pub fn end(&mut self) {
        self.keys = HashMap::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_back(duplicates: Duplicates) -> Vec<(u64, String)> {
        let mut findings = Findings::default();
        for (index, key) in (0..).zip(["a", "b", "a", "c", "a"]) {
            findings.add_key(key, index, index + 2, duplicates);
        }
        assert_eq!(findings.duplicates.to_string(), "lines 4, 6");
        let kept_back = findings.kept_back.into_iter();
        kept_back
            .map(|(index, (_, reason))| (index, reason))
            .collect()
    }

    #[test]
    fn duplicates_are_kept_back_with_the_line_that_is_sent_instead() {
        let of = |index: u64, line: u64| (index, format!("duplicate of line {line}"));
        assert_eq!(kept_back(Duplicates::Send), []);
        assert_eq!(kept_back(Duplicates::First), [of(2, 2), of(4, 2)]);
        assert_eq!(kept_back(Duplicates::Last), [of(0, 4), of(2, 6)]);
        assert_eq!(
            kept_back(Duplicates::Reject),
            [of(0, 4), of(2, 2), of(4, 2)]
        );
    }
}
