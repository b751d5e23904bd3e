//! The report file: JSON for programs, complete or absent.
//!
//! It is written when the import has ended. An older report is removed before anything is sent, so that
//! nobody mistakes it for the new one.

use std::{
    fs,
    io::{self, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::Value;

use super::output::{self, Place};
use crate::display::escape;

/// The keys that identify a report: of an import, or of a sync.
pub const MARKS: [&str; 2] = ["import_report", "sync_report"];

pub struct ReportFile {
    path: PathBuf,
}

impl ReportFile {
    /// Checks that the file can be written without losing anything. If this fails, nothing may be sent.
    pub fn find(path: &Path) -> Result<Self, String> {
        let report = Self {
            path: path.to_owned(),
        };
        output::refuse_unusable(path).map_err(|error| report.failure(&error))?;
        let file = escape::path(path);
        match fs::read(path) {
            Ok(bytes) if bytes.is_empty() || is_report(&bytes) => {}
            Ok(_) => {
                return Err(format!(
                    "{file} is there already, and is no report of an import; rename it, or give --report \
                    another name."
                ));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(report.failure(&error)),
        }
        output::try_folder(path).map_err(|error| report.failure(&error))?;
        Ok(report)
    }

    /// Removes an older report.
    pub fn clear(&self) -> Result<(), String> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failure(&error)),
            _ => Ok(()),
        }
    }

    /// Writes the whole report or nothing, whenever the process ends.
    pub fn write(&self, report: &impl Serialize) -> Result<(), String> {
        self.create(report).map_err(|error| self.failure(&error))
    }

    /// A report that has appeared meanwhile is another import's, and is kept.
    fn create(&self, report: &impl Serialize) -> io::Result<()> {
        output::create(&self.path, Place::Free, |file| {
            let mut writer = BufWriter::new(file);
            serde_json::to_writer_pretty(&mut writer, report)?;
            writeln!(writer)?;
            writer.flush()
        })?;
        Ok(())
    }

    fn failure(&self, error: &io::Error) -> String {
        let file = escape::path(&self.path);
        match error.kind() {
            ErrorKind::AlreadyExists => {
                format!("{file} can't be written: another import has written it meanwhile.")
            }
            _ => format!("{file} can't be written: {error}."),
        }
    }
}

fn is_report(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes)
        .is_ok_and(|report| MARKS.iter().any(|mark| report.get(mark).is_some()))
}
