//! The profile of a column: what only all its cells together can show.

use super::{amount::Separators, date::Orders};
use crate::read::row::Cell;

#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// True if any cell is not blank.
    pub is_filled: bool,
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
            return;
        }
        self.is_filled = true;
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
