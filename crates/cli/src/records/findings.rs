//! The findings of the check: what all rows together show before anything is sent. They take a fixed room, and
//! a bit and some bytes a row.

use std::collections::BTreeMap;

use serde_json::Value;

use super::keys::Shared;
use crate::{
    columns::{convert::LeftOut, suspect::Suspect},
    display::lines::Lines,
    read::{row::Row, tally::Letters},
};

#[derive(Default)]
pub struct Findings {
    /// Values that are probably a mistake, by kind and column.
    pub suspects: BTreeMap<(Suspect, String), Found>,
    /// Parts of rows that are not sent.
    pub left_out: BTreeMap<LeftOut, Lines>,
    /// Values that do not fit any form of their field, in words. They are sent unchanged.
    pub unfit: BTreeMap<String, Lines>,
    /// Rows with the key of others.
    pub shared: Shared,
    /// By column: the first value, as it is sent.
    pub firsts: Vec<Option<Value>>,
    /// The number of rows that can be read.
    pub rows: u64,
    /// By column: the number of cells that are not blank.
    pub filled: Vec<u64>,
    /// The first cell with letters beyond ASCII.
    pub letters: Option<Letters>,
    /// Rows that are rejected for what they have. Their reasons are made again when they are wanted.
    rejected: Bits,
}

/// Values of one kind in one column.
#[derive(Default)]
pub struct Found {
    pub lines: Lines,
    /// The first of them.
    pub first: String,
    /// The value after it is mended.
    pub mended: Option<String>,
}

impl Findings {
    /// No findings yet, for a file with this many columns.
    pub fn new(columns: usize) -> Self {
        Self {
            firsts: vec![None; columns],
            filled: vec![0; columns],
            ..Self::default()
        }
    }

    /// Rejects a row before it is sent, for what it has.
    pub fn reject(&mut self, index: u64) {
        self.rejected.set(index);
    }

    /// Returns true if a row is rejected before it is sent.
    pub fn is_rejected(&self, index: u64) -> bool {
        self.rejected.has(index) || self.shared.line_of_other(index).is_some()
    }

    /// Returns true if any row is.
    pub fn rejects_any(&self) -> bool {
        !self.rejected.0.is_empty() || !self.shared.is_empty()
    }

    /// Counts a row, and its cells that are not blank.
    pub fn count(&mut self, row: &Row) {
        self.rows += 1;
        for (count, cell) in self.filled.iter_mut().zip(&row.cells) {
            *count += u64::from(!cell.is_blank());
        }
    }
}

/// A bit for each row, up to the last one that is set.
#[derive(Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn place(index: u64) -> (usize, u64) {
        let bits = u64::from(u64::BITS);
        let word = usize::try_from(index / bits).unwrap_or(usize::MAX);
        (word, 1 << (index % bits))
    }

    fn set(&mut self, index: u64) {
        let (word, bit) = Self::place(index);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    fn has(&self, index: u64) -> bool {
        let (word, bit) = Self::place(index);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejected_row_takes_a_bit() {
        let mut findings = Findings::new(0);
        assert!(!findings.rejects_any() && !findings.is_rejected(7));
        for index in [0, 63, 64, 999_999] {
            findings.reject(index);
        }
        assert!(findings.rejects_any());
        let rejected: Vec<u64> = (0..1_000_100)
            .filter(|n| findings.is_rejected(*n))
            .collect();
        assert_eq!(rejected, [0, 63, 64, 999_999]);
        assert!(findings.rejected.0.len() * 8 < 1_000_000 / 7);
    }
}
