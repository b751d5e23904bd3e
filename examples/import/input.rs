//! The input, read and checked as a whole: no lead is sent before it is known that all can be read.
//!
//! All rows are kept in memory, both as they were written, for the rejects file, and as leads: some
//! 200 MB for 100,000 leads, which take an hour to send. Reading the file a second time would do with
//! less, but it could have changed since it was checked.

use std::path::Path;

use copper_crm::NewLead;
use csv::StringRecord;
use serde_json::Value;

use super::{
    columns::Column, csv_file, json_file, lead, lines::Lines, note::UNKNOWN, problems::Problems,
    text,
};

#[derive(Default)]
pub struct Input {
    /// The names of the columns as the input has them, without those of a rejects file.
    pub header: Vec<String>,
    pub rows: Vec<Row>,
    pub dialect: Dialect,
    in_doubt: Lines,
}

/// One lead of the input.
pub struct Row {
    pub line: u64,
    /// As it was written, by the columns of the header; those that it lacks at the end are empty.
    pub cells: StringRecord,
    pub lead: NewLead,
}

/// How the input is written. What is to be corrected is written likewise, so that it opens in the
/// program that the input came from.
pub struct Dialect {
    pub delimiter: u8,
    pub bom: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            bom: false,
        }
    }
}

enum Format {
    Csv,
    Json,
    JsonLines,
}

impl Input {
    pub fn read(path: &Path) -> Result<Self, String> {
        let about_file = |what| format!("{} {what}.", path.display());
        let format = Format::of(path).map_err(about_file)?;
        let text = text::read(path).map_err(about_file)?;
        let mut input = Self::default();
        input.dialect.bom = text.bom;
        let mut problems = Problems::default();
        match format {
            Format::Csv => csv_file::read(&text.text, &mut input, &mut problems),
            Format::Json => json_file::read_array(&text.text, &mut input, &mut problems),
            Format::JsonLines => json_file::read_lines(&text.text, &mut input, &mut problems),
        }
        problems.none_or_refuse(path)?;
        Ok(input)
    }

    /// Adds a row, or its problems: the cells as they were written, and by column as they are meant.
    pub fn add(
        &mut self,
        line: u64,
        written: StringRecord,
        cells: impl IntoIterator<Item = (Column, Value)>,
        problems: &mut Problems,
    ) {
        let mut lead = NewLead::default();
        for (column, cell) in cells {
            if column == Column::Outcome && is_unknown(&cell) {
                self.in_doubt.add(self.rows.len() as u64, line);
            }
            if let Err(what) = lead::set(&mut lead, column, cell) {
                problems.add(line, format!("`{column}` {what}"));
            }
        }
        self.rows.push(Row {
            line,
            cells: written,
            lead,
        });
    }

    /// Leads that may be in Copper are told by what an earlier import wrote beside them: a file can
    /// be given another name.
    pub fn refuse_leads_in_doubt(&self, path: &Path) -> Result<(), String> {
        let file = path.display();
        let leads = match self.in_doubt.count {
            0 if !has_extension(path, UNKNOWN) => return Ok(()),
            0 => "leads".to_owned(),
            _ => format!("leads ({})", self.in_doubt),
        };
        Err(format!(
            "{file} has {leads} of which it is unknown whether they are in Copper already.\n\
            Look them up there, delete from {file} those that you find, and load the rest with \
            --accept-duplicates."
        ))
    }
}

fn is_unknown(cell: &Value) -> bool {
    cell.as_str()
        .is_some_and(|outcome| outcome.trim().eq_ignore_ascii_case(UNKNOWN))
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

fn has_extension(path: &Path, name: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(name))
}
