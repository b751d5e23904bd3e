//! A row of the input, with a cell for each column and the line on which it begins; and the names of the columns.

use std::fmt;

use serde_json::Value;

/// The most columns of a file. A row takes memory for all columns, even for empty ones.
pub const MOST_COLUMNS: usize = 500;

/// A line of the input, and the problem with it.
pub type Problem = (u64, String);

/// The name of a column, and the first line that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub line: u64,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    pub line: u64,
    /// The cells in the order of the columns. Cells that are missing at the end of the row are empty.
    pub cells: Vec<Cell>,
    /// True for each column whose key an object lacks; empty for a row of a table.
    pub absent: Vec<bool>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text whose type only the column knows, as in a CSV.
    Text(String),
    /// A value with its own type, as in JSON. A key that an object lacks is `Null`.
    Typed(Value),
}

impl Row {
    /// Sets the cells to these texts, and uses the memory of the earlier cells again.
    pub fn set_texts<'t>(&mut self, texts: impl Iterator<Item = &'t str>) {
        let mut count = 0;
        for text in texts {
            match self.cells.get_mut(count) {
                Some(Cell::Text(cell)) => {
                    cell.clear();
                    cell.push_str(text);
                }
                Some(cell) => *cell = Cell::Text(text.to_owned()),
                None => self.cells.push(Cell::Text(text.to_owned())),
            }
            count += 1;
        }
        self.cells.truncate(count);
    }
}

impl Cell {
    pub const EMPTY: Self = Self::Typed(Value::Null);

    /// Returns true for an absent value, such as that of a key that an object lacks.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Typed(Value::Null))
    }

    pub fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) | Self::Typed(Value::String(text)) => text.trim().is_empty(),
            Self::Typed(value) => value.is_null(),
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Typed(Value::String(text)) => Some(text),
            Self::Typed(_) => None,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.trim())
    }
}
