//! What did not get into Copper, written down to be corrected and fed in again.
//!
//! The rejects file has what is surely not there; what may be there goes to a file of its own, which
//! is made only when it is needed, and which the importer does not take without a question. Each row
//! leaves this process as soon as it is known, so that a crash loses none. No earlier row is ever
//! overwritten: it may be the only trace of a lead that is in neither Copper nor the next input.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use csv::{Writer, WriterBuilder};

use super::{
    input::{Dialect, Input, Row, UNKNOWN},
    lines::Lines,
};

/// The columns that are added, and ignored when the file is fed in again.
const ADDED: [&str; 3] = ["index", "outcome", "reason"];

pub struct Rejects<'i> {
    pub surely_not_there: Sheet<'i>,
    pub unknown: Sheet<'i>,
}

impl<'i> Rejects<'i> {
    /// Nothing may be sent if this fails.
    pub fn create(path: &Path, input_path: &Path, input: &'i Input) -> Result<Self, String> {
        let mut unknown = OsString::from(path);
        unknown.push(".");
        unknown.push(UNKNOWN);
        let mut rejects = Self {
            surely_not_there: Sheet::new(path.to_owned(), input),
            unknown: Sheet::new(unknown.into(), input),
        };
        for sheet in [&rejects.surely_not_there, &rejects.unknown] {
            sheet.refuse_to_overwrite(input_path)?;
        }
        rejects.unknown.remove_empty()?;
        rejects
            .surely_not_there
            .open()
            .map_err(|error| format!("{} can't be written: {error}.", path.display()))?;
        Ok(rejects)
    }
}

/// One file of leads with what became of them.
pub struct Sheet<'i> {
    pub path: PathBuf,
    header: &'i [String],
    dialect: &'i Dialect,
    writer: Option<Writer<File>>,
    pub written: u64,
    /// Why it can't be written any more, and what should have been.
    pub failure: Option<(io::Error, Lines)>,
}

impl<'i> Sheet<'i> {
    fn new(path: PathBuf, input: &'i Input) -> Self {
        Self {
            path,
            header: &input.header,
            dialect: &input.dialect,
            writer: None,
            written: 0,
            failure: None,
        }
    }

    fn refuse_to_overwrite(&self, input: &Path) -> Result<(), String> {
        let file = self.path.display();
        let is_input = match (fs::canonicalize(&self.path), fs::canonicalize(input)) {
            (Ok(this), Ok(input)) => this == input,
            _ => false,
        };
        if is_input {
            return Err(format!(
                "{file} is the input; give --rejects another name, or rename the input."
            ));
        }
        match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Ok(text) if holds_no_lead(&text) => Ok(()),
            Err(error) if error.kind() != ErrorKind::InvalidData => {
                Err(format!("{file} can't be written: {error}."))
            }
            _ => Err(format!(
                "{file} is there already, and may have leads that are nowhere else; load them, \
                rename or delete it, or give --rejects another name."
            )),
        }
    }

    fn remove_empty(&self) -> Result<(), String> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(format!(
                "{} can't be removed: {error}.",
                self.path.display()
            )),
            _ => Ok(()),
        }
    }

    /// Writes down one lead. After a failure nothing more is written, as the last row may be cut off.
    pub fn add(&mut self, row: &Row, index: u64, outcome: &str, reason: &str) -> bool {
        if self.failure.is_none() {
            match self.write(row, index, outcome, reason) {
                Ok(()) => self.written += 1,
                Err(error) => self.failure = Some((error, Lines::default())),
            }
        }
        if let Some((_, lines)) = &mut self.failure {
            lines.add(index, row.line);
        }
        self.failure.is_none()
    }

    fn write(&mut self, row: &Row, index: u64, outcome: &str, reason: &str) -> io::Result<()> {
        let columns = self.header.len();
        let writer = self.open()?;
        let own = row.cells.iter().chain(std::iter::repeat(""));
        let index = index.to_string();
        writer.write_record(own.take(columns).chain([index.as_str(), outcome, reason]))?;
        writer.flush()
    }

    fn open(&mut self) -> io::Result<&mut Writer<File>> {
        if self.writer.is_none() {
            let mut file = File::create(&self.path)?;
            if self.dialect.bom {
                file.write_all("\u{feff}".as_bytes())?;
            }
            let mut writer = WriterBuilder::new()
                .delimiter(self.dialect.delimiter)
                .from_writer(file);
            writer.write_record(self.header.iter().map(String::as_str).chain(ADDED))?;
            writer.flush()?;
            self.writer = Some(writer);
        }
        self.writer
            .as_mut()
            .ok_or_else(|| io::Error::other("it is not open"))
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
fn holds_no_lead(text: &str) -> bool {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let names: Vec<&str> = header.split([',', ';', '\t']).collect();
    text.is_empty() || (names.ends_with(&ADDED) && lines.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_holds_no_lead_is_overwritten() {
        for text in [
            "",
            "name,index,outcome,reason\n",
            "\u{feff}name;index;outcome;reason\r\n",
        ] {
            assert!(holds_no_lead(text), "{text}");
        }
        for text in [
            "name\n",
            "my notes",
            "name,index,outcome,reason\nJim,0,rejected,name: invalid\n",
            "name,index,outcome,reason\n\n",
        ] {
            assert!(!holds_no_lead(text), "{text}");
        }
    }
}
