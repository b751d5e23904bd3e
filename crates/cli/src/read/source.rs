//! The input file: a header and rows, which can be iterated any number of times.
//!
//! The first pass checks, a later one sends. Both read the same text, which is kept in memory.

use std::path::Path;

use super::{
    csv,
    dialect::{self, Dialect},
    json,
    row::{Name, Problem, Row},
    text::{self, Text},
};

pub struct Source {
    format: Format,
    text: String,
    pub dialect: Dialect,
    /// The names of the columns, each with the line that has it first.
    pub header: Vec<Name>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Json,
    JsonLines,
}

pub type Rows<'s> = Box<dyn Iterator<Item = Result<Row, Problem>> + Send + 's>;

/// The end of the name of a file with records in doubt.
pub const UNKNOWN: &str = "unknown";

/// Why a file can't be read.
#[derive(Debug)]
pub enum Unreadable {
    /// As a whole, in words that follow on the file's name.
    File(String),
    /// At a line.
    Line(Problem),
}

impl Source {
    /// Reads a file by the format that its name says.
    pub fn open(path: &Path) -> Result<Self, Unreadable> {
        let format = Format::of(path).map_err(Unreadable::File)?;
        let text = text::read(path).map_err(Unreadable::File)?;
        Self::new(text, format).map_err(Unreadable::Line)
    }

    pub fn new(text: Text, format: Format) -> Result<Self, Problem> {
        let Text { text, bom } = text;
        let mut dialect = Dialect {
            bom,
            ..Dialect::default()
        };
        if format == Format::Csv {
            (dialect.delimiter, dialect.skipped) =
                dialect::delimiter(&text).map_err(|what| (1, what))?;
        }
        let header = match format {
            Format::Csv => csv::header(&text, &dialect)?,
            Format::Json => json::header(json::array(&text)?),
            Format::JsonLines => json::header(json::lines(&text)),
        };
        Ok(Self {
            format,
            text,
            dialect,
            header,
        })
    }

    /// All rows, from the first one. A row that can't be read has no place among the others; after an
    /// error of the whole file there are no more.
    pub fn rows(&self) -> Rows<'_> {
        match self.format {
            Format::Csv => Box::new(csv::rows(&self.text, &self.dialect, self.header.len())),
            Format::Json => match json::array(&self.text) {
                Ok(objects) => Box::new(json::rows(objects, &self.header)),
                Err(problem) => Box::new(std::iter::once(Err(problem))),
            },
            Format::JsonLines => Box::new(json::rows(json::lines(&self.text), &self.header)),
        }
    }

    /// Returns true if each row names its own columns, as objects do. Columns that mean the same are one
    /// then.
    pub fn names_by_row(&self) -> bool {
        self.format != Format::Csv
    }
}

impl Format {
    fn of(path: &Path) -> Result<Self, String> {
        if has_extension(path, "csv") || has_extension(path, UNKNOWN) {
            Ok(Self::Csv)
        } else if has_extension(path, "json") {
            Ok(Self::Json)
        } else if has_extension(path, "jsonl") {
            Ok(Self::JsonLines)
        } else {
            Err("must be named .csv, .json or .jsonl, by what is in it".to_owned())
        }
    }
}

pub fn has_extension(path: &Path, name: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(name))
}
