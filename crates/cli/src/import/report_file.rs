//! What became of an import, for a machine: one JSON object, whose form `--help` tells.
//!
//! It is there when the import has ended, and then it is whole: an older one is removed before anything is
//! sent, so that nobody takes it for this one's.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
};

use copper_crm::bulk::StoppedBy;
use serde::Serialize;
use serde_json::Value;

use super::{
    args::Args,
    destination::Destination,
    ended::{Became, Ended, Interrupted},
    rejects::Rejects,
};

/// By this key a file is known as a report. Its value goes up when a key goes away or changes its meaning.
const MARK: &str = "import_report";
const VERSION: u32 = 1;

pub struct ReportFile {
    path: PathBuf,
}

#[derive(Serialize)]
struct Report<'e> {
    import_report: u32,
    file: String,
    entity: &'static str,
    destination: &'e str,
    ended: &'static str,
    stopped_by: Option<Stopped>,
    counts: Counts,
    reasons: Vec<Reason<'e>>,
    rows: Vec<Row<'e>>,
}

#[derive(Serialize)]
struct Stopped {
    by: &'static str,
    message: String,
}

#[derive(Serialize)]
struct Counts {
    records: u64,
    done: u64,
    rejected: u64,
    not_sent: u64,
    unknown: u64,
    from_journal: u64,
}

#[derive(Serialize)]
struct Reason<'e> {
    outcome: String,
    reason: &'e str,
    count: u64,
}

#[derive(Serialize)]
struct Row<'e> {
    index: usize,
    line: u64,
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'e str>,
}

impl ReportFile {
    /// Finds a file that can be written without a loss. Nothing may be sent if this fails.
    pub fn find(path: &Path, args: &Args, rejects: Option<&Rejects<'_>>) -> Result<Self, String> {
        let file = path.display();
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

    /// Makes sure that there is none while the import runs.
    pub fn clear(&self) -> Result<(), String> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failure(&error)),
            _ => Ok(()),
        }
    }

    pub fn write(
        &self,
        ended: &Ended<'_, '_>,
        args: &Args,
        destination: &Destination,
    ) -> Result<(), String> {
        let report = Report::of(ended, args, destination);
        self.replace(&report).map_err(|error| self.failure(&error))
    }

    /// All of it or nothing, whenever this ends.
    fn replace(&self, report: &Report<'_>) -> io::Result<()> {
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
        let file = self.path.display();
        match error.kind() {
            ErrorKind::AlreadyExists => format!(
                "{file} can't be written: {} is there already, and may be someone's; rename or delete it.",
                self.beside().display()
            ),
            _ => format!("{file} can't be written: {error}."),
        }
    }
}

impl<'e> Report<'e> {
    fn of(ended: &'e Ended<'_, '_>, args: &Args, destination: &'e Destination) -> Self {
        let (summary, reasons) = (&ended.summary, ended.reasons.groups());
        let rows = ended.became.iter().flatten().zip(&ended.input.rows);
        Self {
            import_report: VERSION,
            file: args.file.display().to_string(),
            entity: args.entity.many,
            destination: destination.name(),
            ended: match (ended.interrupted, &ended.stopped_by) {
                (Interrupted::Twice, _) => "at_once",
                (_, Some(_)) if ended.is_open() => "early",
                _ => "complete",
            },
            stopped_by: ended.stopped_by.as_ref().map(|by| Stopped::by(by, ended)),
            counts: Counts {
                records: ended.input.rows.len() as u64,
                done: summary.done,
                rejected: summary.rejected,
                not_sent: summary.not_sent,
                unknown: summary.unknown,
                from_journal: ended.from_journal,
            },
            reasons: reasons
                .iter()
                .map(|group| Reason {
                    outcome: word(group.outcome),
                    reason: &group.reason,
                    count: group.lines.count,
                })
                .collect(),
            rows: rows
                .enumerate()
                .map(|(index, (became, row))| {
                    let (outcome, id, reason) = match became {
                        Became::Done(id) => ("done", Some(*id), None),
                        Became::Not(place) => match reasons.get(*place) {
                            Some(group) => (group.outcome, None, Some(group.reason.as_str())),
                            None => ("unknown", None, None),
                        },
                    };
                    Row {
                        index,
                        line: row.line,
                        outcome: word(outcome),
                        id,
                        reason,
                    }
                })
                .collect(),
        }
    }
}

impl Stopped {
    fn by(by: &StoppedBy, ended: &Ended<'_, '_>) -> Self {
        let (word, message) = match by {
            StoppedBy::Caller if ended.interrupted == Interrupted::Not => {
                ("file", "a rejects file can't be written".to_owned())
            }
            StoppedBy::Caller => ("signal", "it was told to end".to_owned()),
            StoppedBy::Error(error) => ("error", error.to_string()),
            other => ("error", other.to_string()),
        };
        Self { by: word, message }
    }
}

/// An outcome as the counts name it.
fn word(outcome: &str) -> String {
    outcome.replace(' ', "_")
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
