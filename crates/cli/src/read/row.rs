//! One row of the input: a cell for each column, and the line that it begins on; and the names of the
//! columns.

use std::fmt;

use serde_json::Value;

/// The most columns of a file. Each row takes room for all of them, however few it has.
pub const MOST_COLUMNS: usize = 500;

/// A line of the input, and what is wrong with it.
pub type Problem = (u64, String);

/// The name of a column, and the line that has it first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub line: u64,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub line: u64,
    /// In the order of the columns; cells that the row lacks at its end are empty.
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text of which only the column knows the type, as in a CSV.
    Text(String),
    /// A value that has its type in the file, as in a JSON. A key that an object lacks is `Null`.
    Typed(Value),
}

impl Cell {
    pub const EMPTY: Self = Self::Typed(Value::Null);

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
