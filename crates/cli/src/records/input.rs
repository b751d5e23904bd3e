//! The input, checked as a whole: nothing is sent unless every row is readable.
//!
//! A first pass over the rows finds all problems. The rows are read again when they are sent.

use std::{collections::BTreeMap, path::Path};

use csv::StringRecord;

use super::record::Record;
use crate::{
    columns::{column::Added, header::Header, mapping::Mapping},
    display::{escape, lines::Lines, problems::Problems},
    fields::entity::Entity,
    read::{
        dialect::Dialect,
        formula,
        row::{Cell, Problem, Row},
        source::{Rows, Source, UNKNOWN, Unreadable, has_extension},
    },
};

pub struct Input {
    /// The kind of its records.
    pub entity: &'static Entity,
    pub mapping: Mapping,
    /// The number of its rows.
    pub count: u64,
    source: Source,
    /// Whether an import wrote it, with a guard before cells that look like formulas.
    is_guarded: bool,
    header: Header,
    in_doubt: Lines,
}

impl Input {
    /// Reads a file, or lists all that is wrong with it.
    pub fn read(path: &Path, entity: &'static Entity, mapping: &Mapping) -> Result<Self, String> {
        let mut problems = Problems::default();
        match Source::open(path) {
            Ok(source) => {
                let input = Self::new(source, entity, mapping, &mut problems);
                problems.none_or_refuse(path)?;
                Ok(input)
            }
            Err(Unreadable::File(what)) => Err(format!("{} {what}.", escape::path(path))),
            Err(Unreadable::Line((line, what))) => {
                problems.add(line, what);
                Err(problems.refusal(path))
            }
        }
    }

    /// Checks all rows of a source.
    pub fn new(
        mut source: Source,
        entity: &'static Entity,
        mapping: &Mapping,
        problems: &mut Problems,
    ) -> Self {
        let is_guarded = !source.names_by_row() && Added::place(&source.header).is_some();
        if is_guarded {
            for name in &mut source.header {
                name.text = formula::unguard(&name.text).to_owned();
            }
        }
        let header = Header::new(&source, mapping, entity, problems);
        let mut input = Self {
            entity,
            mapping: mapping.clone(),
            count: 0,
            source,
            is_guarded,
            header,
            in_doubt: Lines::default(),
        };
        let (mut count, mut in_doubt) = (0, Lines::default());
        for row in input.rows() {
            let row = match row {
                Ok(row) => row,
                Err((line, what)) => {
                    problems.add(line, what);
                    continue;
                }
            };
            if input.header.is_in_doubt(&row) {
                in_doubt.add(count, row.line);
            }
            if let Err(all) = input.record(&row) {
                all.into_iter()
                    .for_each(|(line, what)| problems.add(line, what));
            }
            count += 1;
        }
        (input.count, input.in_doubt) = (count, in_doubt);
        input
    }

    /// All rows, from the first one.
    pub fn rows(&self) -> Rows<'_> {
        match self.is_guarded {
            true => Box::new(self.source.rows().map(|row| row.map(unguard))),
            false => self.source.rows(),
        }
    }

    /// All rows that can be read, each with its record.
    pub fn records(&self) -> impl Iterator<Item = (Row, Record)> {
        let rows = self.rows().filter_map(Result::ok);
        rows.filter_map(|row| {
            let record = self.record(&row).ok()?;
            Some((row, record))
        })
    }

    /// The record of a row.
    pub fn record(&self, row: &Row) -> Result<Record, Vec<Problem>> {
        let record = self.header.record(row)?;
        Record::new(self.entity.kind, record).map_err(|what| vec![(row.line, what)])
    }

    /// The cells of a row as they were written, for a rejects file.
    pub fn written(&self, row: &Row) -> StringRecord {
        self.header.written(row)
    }

    /// The lists and the address of a record that an update replaces as a whole, each with the names of its
    /// columns.
    pub fn replaced_whole(&self) -> BTreeMap<&'static str, Vec<&str>> {
        self.header.replaced_whole()
    }

    /// The names of the columns as they were written, for a rejects file.
    pub fn columns(&self) -> &[String] {
        &self.header.names
    }

    pub fn dialect(&self) -> &Dialect {
        &self.source.dialect
    }

    /// Refuses a file with records in doubt. The file can have been given another name, so the column that
    /// an earlier import added says it as well.
    pub fn refuse_what_is_in_doubt(&self, path: &Path) -> Result<(), String> {
        let file = escape::path(path);
        let many = self.entity.many;
        let records = match self.in_doubt.count {
            0 if !has_extension(path, UNKNOWN) => return Ok(()),
            0 => many.to_owned(),
            _ => format!("{many} ({})", self.in_doubt),
        };
        Err(format!(
            "{file} has {records} of which it is unknown whether they are in Copper already.\n\
            Look them up there, delete from {file} those that you find, and load the rest with \
            --accept-duplicates."
        ))
    }
}

fn unguard(mut row: Row) -> Row {
    for cell in &mut row.cells {
        if let Cell::Text(text) = cell {
            *text = formula::unguard(text).to_owned();
        }
    }
    row
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::{
        fields::lead::LEADS,
        read::{source::Format, text::Text},
    };

    pub fn source(text: &str, format: Format) -> Source {
        Source::new(Text::from(text), format).expect("a source")
    }

    /// The problems of a file of leads.
    pub fn problems(text: &str, format: Format) -> String {
        let mut problems = Problems::default();
        match Source::new(Text::from(text), format) {
            Ok(source) => {
                Input::new(source, &LEADS, &Default::default(), &mut problems);
            }
            Err((line, what)) => problems.add(line, what),
        }
        problems.to_string()
    }
}
