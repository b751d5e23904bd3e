//! The report of an import for programs: one JSON object, whose keys `--help` explains.

use copper_crm::bulk::StoppedBy;
use serde::Serialize;

use crate::{
    args::import::Args,
    load::{
        destination::Destination,
        ended::{Became, Ended, Interrupted},
    },
};

/// It is increased when a key is removed or changes its meaning.
const VERSION: u32 = 1;

#[derive(Serialize)]
pub struct Report<'e> {
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

impl<'e> Report<'e> {
    pub fn new(ended: &'e Ended<'_, '_>, args: &Args, destination: &'e Destination) -> Self {
        let (summary, reasons) = (&ended.summary, ended.reasons.groups());
        let rows = ended.became.iter().flatten();
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
                records: ended.input.count,
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
                .map(|(index, (line, became))| {
                    let (outcome, id, reason) = match became {
                        Became::Done(id) => ("done", Some(*id), None),
                        Became::Not(place) => match reasons.get(*place) {
                            Some(group) => (group.outcome, None, Some(group.reason.as_str())),
                            None => ("unknown", None, None),
                        },
                    };
                    Row {
                        index,
                        line: *line,
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

/// The name of an outcome in the counts.
fn word(outcome: &str) -> String {
    outcome.replace(' ', "_")
}
