//! One file of leads with what became of them.
//!
//! Each row leaves this process as soon as it is known, so that a crash loses none. No earlier row is
//! ever overwritten, unless it is in the new file as well: it may be the only trace of a record that is
//! in neither Copper nor the next input.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use csv::{Writer, WriterBuilder};

use super::{
    dialect::DELIMITERS,
    earlier::{self, Notes},
    input::{Input, Row},
    lines::Lines,
    note::Note,
};

pub const BOM: char = '\u{feff}';

/// The columns that are added, and ignored when the file is fed in again.
const ADDED: [&str; 3] = ["index", "outcome", "reason"];

pub fn header(input: &Input) -> impl Iterator<Item = &str> {
    input.header.iter().map(String::as_str).chain(ADDED)
}

/// The cells of a record, one for each column.
pub fn cells(row: &Row, columns: usize) -> impl Iterator<Item = &str> {
    row.cells.iter().chain(std::iter::repeat("")).take(columns)
}

pub struct Sheet<'i> {
    pub path: PathBuf,
    input: &'i Input,
    writer: Option<Writer<File>>,
    pub written: u64,
    /// Why it can't be written any more, and what should have been.
    pub failure: Option<(io::Error, Lines)>,
}

impl<'i> Sheet<'i> {
    pub fn new(path: PathBuf, input: &'i Input) -> Self {
        Self {
            path,
            input,
            writer: None,
            written: 0,
            failure: None,
        }
    }

    /// What earlier starts wrote into it, if this one goes on with their journal. Refuses a file that
    /// may hold any other record.
    pub fn recall(&self, input_path: &Path, resumes: bool) -> Result<Notes, String> {
        let file = self.path.display();
        let is_input = match (fs::canonicalize(&self.path), fs::canonicalize(input_path)) {
            (Ok(this), Ok(input)) => this == input,
            _ => false,
        };
        if is_input {
            return Err(format!(
                "{file} is the input; give --rejects another name, or rename the input."
            ));
        }
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Notes::new()),
            Err(error) if error.kind() == ErrorKind::InvalidData => None,
            Err(error) => return Err(format!("{file} can't be written: {error}.")),
        };
        if text.as_deref().is_some_and(holds_no_row) {
            return Ok(Notes::new());
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

    /// Starts the file anew. What is kept of it is never gone, whenever this ends.
    pub fn start(&mut self, kept: &Notes) -> Result<(), String> {
        let file = self.path.display().to_string();
        self.create(kept)
            .map_err(|error| format!("{file} can't be written: {error}."))
    }

    fn create(&mut self, kept: &Notes) -> io::Result<()> {
        let mut beside = OsString::from(&self.path);
        beside.push(".new");
        let path = match kept.is_empty() {
            true => self.path.as_os_str(),
            false => &beside,
        };
        let mut file = File::create(path)?;
        if self.input.dialect.bom {
            write!(file, "{BOM}")?;
        }
        let mut writer = WriterBuilder::new()
            .delimiter(self.input.dialect.delimiter)
            .from_writer(file);
        writer.write_record(header(self.input))?;
        writer.flush()?;
        self.writer = Some(writer);
        let rows = usize::try_from;
        for (index, note) in kept {
            if let Some(row) = rows(*index).ok().and_then(|n| self.input.rows.get(n)) {
                self.write(row, *index, note)?;
            }
        }
        if !kept.is_empty() {
            if let Some(writer) = &self.writer {
                writer.get_ref().sync_all()?;
            }
            fs::rename(beside, &self.path)?;
        }
        Ok(())
    }

    /// Removes what holds no record.
    pub fn remove(&self) -> Result<(), String> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(format!(
                "{} can't be removed: {error}.",
                self.path.display()
            )),
            _ => Ok(()),
        }
    }

    /// Writes down one record. After a failure nothing more is written, as the last row may be cut off.
    pub fn add(&mut self, row: &Row, index: u64, note: &Note) -> bool {
        if self.failure.is_none()
            && let Err(error) = self.write(row, index, note)
        {
            self.failure = Some((error, Lines::default()));
        }
        if let Some((_, lines)) = &mut self.failure {
            lines.add(index, row.line);
        }
        self.failure.is_none()
    }

    fn write(&mut self, row: &Row, index: u64, note: &Note) -> io::Result<()> {
        if self.writer.is_none() {
            self.create(&Notes::new())?;
        }
        let Some(writer) = &mut self.writer else {
            return Err(io::Error::other("it is not open"));
        };
        let (index, columns) = (index.to_string(), self.input.header.len());
        let added = [index.as_str(), note.outcome, note.reason.as_str()];
        writer.write_record(cells(row, columns).chain(added))?;
        writer.flush()?;
        self.written += 1;
        Ok(())
    }

    /// Makes sure that it survives the machine, too.
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

/// Whether it is empty, or what an import leaves that had nothing to write down.
fn holds_no_row(text: &str) -> bool {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let is_separator = |c: char| DELIMITERS.map(char::from).contains(&c);
    let names: Vec<&str> = header.split(is_separator).collect();
    text.is_empty() || (names.ends_with(&ADDED) && lines.next().is_none())
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
