//! The report file: JSON for a machine, whole or absent.
//!
//! It is written when the import has ended. An older report is removed before anything is sent, so that
//! nobody takes it for this one's.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::Value;

use super::rejects::Rejects;
use crate::{args::import::Args, display::escape};

/// The key by which a file is known as a report.
pub const MARK: &str = "import_report";

pub struct ReportFile {
    path: PathBuf,
}

impl ReportFile {
    /// Finds a file that can be written without a loss. Nothing may be sent if this fails.
    pub fn find(path: &Path, args: &Args, rejects: Option<&Rejects<'_>>) -> Result<Self, String> {
        let file = escape::path(path);
        let rejects = rejects.map(|rejects| [&rejects.surely_not_there, &rejects.unknown]);
        let mut others = rejects
            .into_iter()
            .flatten()
            .map(|sheet| &sheet.path)
            .chain([&args.file])
            .chain(&args.journal);
        if others.any(|other| is_same(path, other)) {
            return Err(format!(
                "{file} is to be another file of this import; give --report another name."
            ));
        }
        match fs::read(path) {
            Ok(bytes) if bytes.is_empty() || is_report(&bytes) => {}
            Ok(_) => {
                return Err(format!(
                    "{file} is there already, and is no report of an import; rename it, or give --report \
                    another name."
                ));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{file} can't be written: {error}.")),
        }
        let report = Self {
            path: path.to_owned(),
        };
        let beside = report.beside();
        match File::create_new(&beside).and_then(|_| fs::remove_file(&beside)) {
            Ok(()) => Ok(report),
            Err(error) => Err(report.failure(&error)),
        }
    }

    /// Removes an older report.
    pub fn clear(&self) -> Result<(), String> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failure(&error)),
            _ => Ok(()),
        }
    }

    /// Writes all of it or nothing, whenever this ends.
    pub fn write(&self, report: &impl Serialize) -> Result<(), String> {
        self.replace(report).map_err(|error| self.failure(&error))
    }

    fn replace(&self, report: &impl Serialize) -> io::Result<()> {
        let beside = self.beside();
        let mut writer = BufWriter::new(File::create_new(&beside)?);
        serde_json::to_writer_pretty(&mut writer, report)?;
        writeln!(writer)?;
        writer.into_inner()?.sync_all()?;
        fs::rename(beside, &self.path)
    }

    fn beside(&self) -> PathBuf {
        let mut beside = OsString::from(&self.path);
        beside.push(".new");
        beside.into()
    }

    fn failure(&self, error: &io::Error) -> String {
        let file = escape::path(&self.path);
        match error.kind() {
            ErrorKind::AlreadyExists => format!(
                "{file} can't be written: {} is there already, and may be someone's; rename or delete it.",
                escape::path(&self.beside())
            ),
            _ => format!("{file} can't be written: {error}."),
        }
    }
}

fn is_report(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok_and(|report| report.get(MARK).is_some())
}

fn is_same(path: &Path, other: &Path) -> bool {
    let known = |path: &Path| fs::canonicalize(path).or_else(|_| std::path::absolute(path));
    match (known(path), known(other)) {
        (Ok(path), Ok(other)) => path == other,
        _ => path == other,
    }
}
