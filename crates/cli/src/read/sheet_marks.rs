//! The marks of a sheet, which `calamine` doesn't return: rows that a person should know about, and how numbers are
//! shown. Rows are counted from 1, and columns from 0.

use std::{collections::BTreeMap, sync::Arc};

use crate::display::lines::Lines;

use super::number_format::NumberFormat;

#[derive(Default)]
pub struct Marks {
    /// Rows that are hidden, for example by a filter.
    pub hidden: RowSet,
    /// Rows that belong to a merged cell, without the first, which has its value.
    pub merged: RowSet,
    /// Rows with a formula that has no result, because no spreadsheet has calculated it.
    pub unresolved: RowSet,
    /// Rows with an error, such as that of a formula.
    pub errors: RowSet,
    /// Rows with a number of more digits than a workbook keeps.
    pub inexact: RowSet,
    /// The formats of cells whose numbers may be shown with zeros before them.
    pub formats: Places<Arc<NumberFormat>>,
    /// The texts that cells show for a number.
    pub texts: Places<String>,
}

impl Marks {
    /// The number in a cell as it is shown, if that has more than the number.
    pub fn shown(&self, row: u64, column: u64, number: f64) -> Option<String> {
        let format = self.formats.at(row, column);
        format
            .and_then(|format| format.shown(number))
            .or_else(|| self.texts.at(row, column).cloned())
    }
}

/// Ranges of rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RowSet(Vec<[u64; 2]>);

impl RowSet {
    /// Adds the rows from the first to the last.
    pub fn add(&mut self, first: u64, last: u64) {
        match self.0.last_mut() {
            Some([begin, end]) if *begin <= first && first <= end.saturating_add(1) => {
                *end = last.max(*end);
            }
            _ if first <= last => self.0.push([first, last]),
            _ => {}
        }
    }

    /// Those of these rows that are in the set. The rows must be in ascending order.
    pub fn lines(&self, rows: impl Iterator<Item = u64>) -> Lines {
        let mut ranges = self.0.clone();
        ranges.sort_unstable();
        let mut ranges = ranges.into_iter().peekable();
        let mut lines = Lines::default();
        for (index, row) in (0..).zip(rows) {
            while ranges.next_if(|[_, last]| *last < row).is_some() {}
            if ranges.peek().is_some_and(|[first, _]| *first <= row) {
                lines.add(index, row);
            }
        }
        lines
    }
}

/// Values of ranges: by the first number of each, the last one, and the value.
type Ranges<T> = BTreeMap<u64, (u64, T)>;

/// A value for each of some cells. Rows and cells that repeat have it once.
pub struct Places<T> {
    /// The columns of each range of rows.
    rows: Ranges<Ranges<T>>,
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        let rows = BTreeMap::new();
        Self { rows }
    }
}

impl<T> Places<T> {
    /// Adds a value for the cells of these rows and columns. Ranges of rows must be equal or have no row in common.
    pub fn add(&mut self, [first_row, last_row]: [u64; 2], [first, last]: [u64; 2], value: T) {
        let row = self.rows.entry(first_row);
        let (_, cells) = row.or_insert_with(|| (last_row, BTreeMap::new()));
        cells.insert(first, (last, value));
    }

    pub fn at(&self, row: u64, column: u64) -> Option<&T> {
        let (_, (last_row, cells)) = self.rows.range(..=row).next_back()?;
        let (_, (last, value)) = cells.range(..=column).next_back()?;
        (row <= *last_row && column <= *last).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_a_set_are_found_whatever_their_order() {
        let mut set = RowSet::default();
        for (first, last) in [(9, 9), (10, 12), (2, 3), (3, 3), (11, 20), (7, 6)] {
            set.add(first, last);
        }
        let lines = |rows: &[u64]| set.lines(rows.iter().copied()).to_string();
        assert_eq!(lines(&[1, 2, 3, 4, 7, 12, 20, 21]), "lines 2-3, 12-20");
        assert_eq!(set.lines([1, 8].into_iter()).count, 0);
    }

    #[test]
    fn a_cell_has_the_value_of_its_place() {
        let mut places = Places::default();
        places.add([3, 5], [1, 2], "a");
        places.add([3, 5], [4, 4], "b");
        places.add([9, 9], [0, 0], "c");
        for (row, column, value) in [
            (3, 1, Some("a")),
            (5, 2, Some("a")),
            (4, 4, Some("b")),
            (9, 0, Some("c")),
            (2, 1, None),
            (6, 1, None),
            (4, 3, None),
            (10, 0, None),
        ] {
            assert_eq!(places.at(row, column).copied(), value, "{row} {column}");
        }
    }
}
