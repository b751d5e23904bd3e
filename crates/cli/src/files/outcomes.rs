//! The outcomes as lines of JSON, for a program that reads them at once: one object per record, in the order
//! of the input.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    note::Note,
    output::{self, Place},
};
use crate::display::escape;

/// Stands for standard output.
const STANDARD_OUTPUT: &str = "-";

pub struct Outcomes {
    path: PathBuf,
    to: Option<Box<dyn Write>>,
    /// The error after which nothing more is written.
    pub failure: Option<String>,
}

/// The outcome of one record.
#[derive(Serialize)]
pub struct Line<'l> {
    pub index: u64,
    /// The line of the input that it begins on.
    pub line: u64,
    /// The caller's key.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    pub outcome: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'l str>,
}

impl<'l> Line<'l> {
    /// A record that is not done.
    pub fn noted(index: u64, line: u64, reference: Option<String>, note: &'l Note) -> Self {
        Self {
            index,
            line,
            reference,
            outcome: match note.outcome {
                "not sent" => "not_sent",
                other => other,
            },
            id: None,
            reason: Some(&note.reason),
        }
    }
}

impl Outcomes {
    /// Checks that the file can be created. If this fails, nothing may be sent.
    pub fn find(path: &Path) -> Result<Self, String> {
        let outcomes = Self {
            path: path.to_owned(),
            to: None,
            failure: None,
        };
        if outcomes.is_standard_output() {
            return Ok(outcomes);
        }
        if path.symlink_metadata().is_ok() {
            let file = escape::path(path);
            return Err(format!(
                "{file} is there already; rename it, or give --outcomes another name."
            ));
        }
        output::try_folder(path).map_err(|error| outcomes.cannot(&error))?;
        Ok(outcomes)
    }

    /// Returns true for a path that is standard output.
    pub fn is_standard_output(&self) -> bool {
        self.path == Path::new(STANDARD_OUTPUT)
    }

    /// Creates the file, before anything is sent.
    pub fn open(&mut self) -> Result<(), String> {
        self.to = Some(match self.is_standard_output() {
            true => Box::new(io::stdout()),
            false => {
                let file: File = output::create(&self.path, Place::Free, |_| Ok(()))
                    .map_err(|error| self.cannot(&error))?;
                Box::new(file)
            }
        });
        Ok(())
    }

    /// Writes a line. Returns false if that failed, now or earlier.
    pub fn add(&mut self, line: &Line<'_>) -> bool {
        let Some(to) = self.to.as_mut().filter(|_| self.failure.is_none()) else {
            return false;
        };
        let text = serde_json::to_string(line).map_err(io::Error::other);
        // Whole lines only, so that a reader never sees a part of one.
        let written = text.and_then(|text| {
            to.write_all(format!("{}\n", escape::json(&text)).as_bytes())?;
            to.flush()
        });
        if let Err(error) = written {
            self.failure = Some(self.cannot(&error));
        }
        self.failure.is_none()
    }

    fn cannot(&self, error: &io::Error) -> String {
        match self.is_standard_output() {
            true => format!("Standard output can't be written: {error}."),
            false => format!("{} can't be written: {error}.", escape::path(&self.path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_is_a_line_and_what_is_there_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("outcomes.jsonl");
        let mut outcomes = Outcomes::find(&path).expect("it can be written");
        outcomes.open().expect("a file");
        let note = Note::not_sent("stopped");
        assert!(outcomes.add(&Line::noted(3, 5, Some("A\u{9b}7".to_owned()), &note)));
        let text = std::fs::read_to_string(&path).expect("a file");
        let expected = "{\"index\":3,\"line\":5,\"ref\":\"A\\u009b7\",\"outcome\":\"not_sent\",\"reason\":\"stopped\"}\n";
        assert_eq!(text, expected);
        let refused = Outcomes::find(&path).err().unwrap_or_default();
        assert!(refused.contains("is there already"), "{refused}");
    }
}
