//! Rows in which only cells with content take memory, because a workbook can have a cell in its last row and its last
//! column. Their texts may take so many bytes, because many cells can have the same long text.

use std::collections::BTreeMap;

use super::{allotted::Unfit, row::MOST_COLUMNS};

/// The rows that are not empty: their numbers, and their cells as text.
pub type Table = Vec<(u64, Vec<String>)>;

pub struct Sparse {
    rows: BTreeMap<u32, Vec<String>>,
    text: u64,
    most_text: u64,
}

impl Sparse {
    pub fn new(most_text: u64) -> Self {
        Self {
            rows: BTreeMap::new(),
            text: 0,
            most_text,
        }
    }

    pub fn set(&mut self, row: u32, column: u32, text: String) -> Result<(), Unfit> {
        if text.is_empty() {
            return Ok(());
        }
        self.text += text.len() as u64;
        if self.text > self.most_text {
            return Err(Unfit::Large(self.most_text));
        }
        // A cell beyond the last allowed column is put just behind it, so that it is reported.
        let column = MOST_COLUMNS.min(column as usize);
        let cells = self.rows.entry(row).or_default();
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        if let Some(cell) = cells.get_mut(column) {
            *cell = text;
        }
        Ok(())
    }

    pub fn finish(self) -> Table {
        let rows = self.rows.into_iter().map(|(row, mut cells)| {
            trim(&mut cells);
            (u64::from(row) + 1, cells)
        });
        rows.filter(|(_, cells)| !cells.is_empty()).collect()
    }
}

/// Removes empty cells at the end.
pub fn trim(cells: &mut Vec<String>) {
    let used = cells.iter().rposition(|cell| !cell.trim().is_empty());
    cells.truncate(used.map_or(0, |place| place + 1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_take_room_for_what_they_have() {
        let mut rows = Sparse::new(3);
        for (row, column, text) in [(1_048_575, 2, "c"), (0, 0, "a"), (4, 1, " ")] {
            assert_eq!(rows.set(row, column, text.to_owned()), Ok(()));
        }
        let more = rows.set(4, 1, "d".to_owned());
        assert_eq!(more, Err(Unfit::Large(3)));
        let expected = [
            (1, vec!["a".to_owned()]),
            (
                1_048_576,
                vec![String::new(), String::new(), "c".to_owned()],
            ),
        ];
        assert_eq!(rows.finish(), expected);
    }
}
