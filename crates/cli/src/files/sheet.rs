//! A rejects file: rows of the input, each with its outcome.
//!
//! Each row is written at once, so that a crash loses none. An earlier row is overwritten only if the new
//! file contains it as well, because it may be the only trace of a record.

use std::{
    borrow::Cow,
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::PathBuf,
};

use csv::{StringRecord, Writer, WriterBuilder};

use super::{
    earlier::{self, BOM, Kept, header},
    note::Note,
    output::{self, Place},
};
use crate::{
    columns::column::{ADDED, Added},
    display::{escape, lines::Lines},
    read::{dialect::DELIMITERS, formula, row::Row},
    records::input::Input,
};

pub struct Sheet<'i> {
    pub path: PathBuf,
    input: &'i Input,
    /// The existing file, locked until it is replaced.
    held: Option<File>,
    writer: Option<Writer<File>>,
    pub written: u64,
    /// The error that ended the writing, and the lines that are missing since then.
    pub failure: Option<(io::Error, Lines)>,
}

impl<'i> Sheet<'i> {
    pub fn new(path: PathBuf, input: &'i Input) -> Self {
        Self {
            path,
            input,
            held: None,
            writer: None,
            written: 0,
            failure: None,
        }
    }

    /// Reads the rows of earlier starts, if this one continues their journal. Refuses a file that may contain
    /// any other record.
    pub fn recall(&self, resumes: bool) -> Result<Kept, String> {
        let file = escape::path(&self.path);
        output::refuse_unusable(&self.path).map_err(|error| self.failure(&error))?;
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Kept::new()),
            Err(error) if error.kind() == ErrorKind::InvalidData => None,
            Err(error) => return Err(self.failure(&error)),
        };
        if text.as_deref().is_some_and(holds_no_row) {
            return Ok(Kept::new());
        }
        let known = text.and_then(|text| earlier::read(&text, self.input));
        match known {
            Some(notes) if resumes => Ok(notes),
            None if resumes => Err(format!(
                "{file} is not as an earlier start with this journal left it, and may have rows that \
                are nowhere else; rename it, or give --rejects another name."
            )),
            _ => Err(format!(
                "{file} is there already, and may have rows that are nowhere else; load them, \
                rename or delete it, or give --rejects another name."
            )),
        }
    }

    /// Locks the existing file, so that no other import writes it.
    pub fn hold(&mut self) -> Result<(), String> {
        self.held = output::lock(&self.path).map_err(|error| self.failure(&error))?;
        Ok(())
    }

    /// Creates the file anew with the rows that are kept. They are always on the disk, whenever the process
    /// ends.
    pub fn start(&mut self, kept: &Kept) -> Result<(), String> {
        self.create(kept).map_err(|error| self.failure(&error))
    }

    fn create(&mut self, kept: &Kept) -> io::Result<()> {
        let place = match self.held {
            Some(_) => Place::Replaced,
            None => Place::Free,
        };
        let dialect = self.input.written_as();
        let mut format = WriterBuilder::new();
        format.delimiter(dialect.delimiter);
        let file = output::create(&self.path, place, |file| {
            if dialect.bom {
                write!(file, "{BOM}")?;
            }
            let mut writer = format.from_writer(file);
            writer.write_record(header(self.input).map(formula::guard).map(as_bytes))?;
            for (index, row) in kept {
                write(&mut writer, &row.cells, *index, &row.note)?;
            }
            writer.flush()
        })?;
        self.writer = Some(format.from_writer(file));
        self.written += kept.len() as u64;
        self.held = None;
        Ok(())
    }

    /// Removes the file if it has no record.
    pub fn remove(&mut self) -> Result<(), String> {
        self.held = None;
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(format!(
                "{} can't be removed: {error}.",
                escape::path(&self.path)
            )),
            _ => Ok(()),
        }
    }

    fn failure(&self, error: &io::Error) -> String {
        format!("{} can't be written: {error}.", escape::path(&self.path))
    }

    /// Writes one record. After a failure nothing more is written, because the last row may be cut off.
    pub fn add(&mut self, row: &Row, index: u64, note: &Note) -> bool {
        if self.failure.is_none()
            && let Err(error) = self.write(&self.input.written(row), index, note)
        {
            self.failure = Some((error, Lines::default()));
        }
        if let Some((_, lines)) = &mut self.failure {
            lines.add(index, row.line);
        }
        self.failure.is_none()
    }

    fn write(&mut self, cells: &StringRecord, index: u64, note: &Note) -> io::Result<()> {
        if self.writer.is_none() {
            self.create(&Kept::new())?;
        }
        let Some(writer) = &mut self.writer else {
            return Err(io::Error::other("it is not open"));
        };
        write(writer, cells, index, note)?;
        writer.flush()?;
        self.written += 1;
        Ok(())
    }

    /// Closes the file so that it survives a power cut.
    pub fn close(&mut self) {
        let Some(writer) = self.writer.take() else {
            return;
        };
        let synced = match writer.into_inner() {
            Ok(file) => file.sync_all(),
            Err(error) => Err(error.into_error()),
        };
        if let (Err(error), None) = (synced, &self.failure) {
            self.failure = Some((error, Lines::default()));
        }
    }
}

fn write<W: Write>(
    writer: &mut Writer<W>,
    cells: &StringRecord,
    index: u64,
    note: &Note,
) -> io::Result<()> {
    let index = index.to_string();
    let added = [index.as_str(), note.outcome, note.reason.as_str()];
    let cells = cells.iter().chain(added).map(formula::guard);
    Ok(writer.write_record(cells.map(as_bytes))?)
}

fn as_bytes(cell: Cow<'_, str>) -> Vec<u8> {
    cell.into_owned().into_bytes()
}

/// Returns true for an empty file, and for one with only the header, which an import without rejects leaves.
fn holds_no_row(text: &str) -> bool {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let is_separator = |c: char| DELIMITERS.map(char::from).contains(&c);
    let names: Vec<&str> = header.split(is_separator).collect();
    text.is_empty() || (names.ends_with(&ADDED.map(Added::name)) && lines.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_holds_no_row_is_overwritten() {
        for text in [
            "",
            "name,index,outcome,reason\n",
            "\u{feff}name;index;outcome;reason\r\n",
        ] {
            assert!(holds_no_row(text), "{text}");
        }
        for text in [
            "name\n",
            "my notes",
            "name,index,outcome,reason\nJim,0,rejected,name: invalid\n",
            "name,index,outcome,reason\n\n",
        ] {
            assert!(!holds_no_row(text), "{text}");
        }
    }
}
