//! The profile of a column: what only all its cells together can show.

use super::{amount::Separators, date::Orders};
use crate::read::row::Cell;

#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The number of cells that are not blank.
    pub filled: u64,
    /// The number of blank cells.
    pub empty: u64,
    /// True if a cell has a `;`, so that commas are part of the tags.
    pub has_semicolon: bool,
    /// True if a cell holds an object of the API.
    pub has_object: bool,
    pub dates: Orders,
    pub amounts: Separators,
}

impl Profile {
    /// Adds one cell.
    pub fn add(&mut self, cell: &Cell) {
        if cell.is_blank() {
            self.empty += 1;
            return;
        }
        self.filled += 1;
        self.has_object |= matches!(cell, Cell::Typed(value) if value.is_object());
        let Some(text) = cell.as_text() else { return };
        self.has_semicolon |= text.contains(';');
        self.has_object |= text.trim_start().starts_with('{');
        // The rest is only for short cells: no date or amount is longer.
        if text.len() <= 40 && text.contains(|c: char| c.is_ascii_digit()) {
            self.dates.add(text);
            self.amounts.add(text);
        }
    }
}
