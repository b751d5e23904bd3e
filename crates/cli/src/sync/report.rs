//! The report of a sync for programs: one JSON object with stable keys.

use copper_crm::{
    bulk::{Record, StoppedBy},
    sync::{FieldChange, SyncOutcome, SyncRecord, SyncSummary, Synced},
};
use serde::Serialize;

use crate::{
    args::sync::SyncArgs,
    files::{note::Note, outcomes::Line},
    load::destination::Destination,
};

/// The version of the report. It increases when a key is removed or changes its meaning.
const VERSION: u32 = 1;

#[derive(Serialize)]
pub struct Report<'e> {
    sync_report: u32,
    file: String,
    entity: &'static str,
    destination: &'e str,
    stopped_by: Option<String>,
    counts: &'e SyncSummary,
    rows: Vec<Entry>,
}

/// The outcome of one row.
#[derive(Serialize)]
pub struct Entry {
    index: u64,
    line: u64,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<FieldChange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Entry {
    pub fn new<R: SyncRecord>(item: &Synced<R>, line: u64, note: Option<&Note>) -> Self {
        let (outcome, id, changes) = match &item.outcome {
            SyncOutcome::Created(record) => ("created", Some(record.id()), Vec::new()),
            SyncOutcome::Updated(updated) => {
                let id = updated.record.id();
                ("updated", Some(id), updated.changes.clone())
            }
            SyncOutcome::Unchanged { id } => ("unchanged", Some((*id).into()), Vec::new()),
            SyncOutcome::Rejected(_) => ("rejected", None, Vec::new()),
            SyncOutcome::NotSent(_) => ("not_sent", None, Vec::new()),
            SyncOutcome::Unknown(_) => ("unknown", None, Vec::new()),
        };
        Self {
            index: item.index,
            line,
            outcome,
            id,
            changes,
            reason: note.map(|note| note.reason.clone()),
        }
    }
}

impl Entry {
    /// Returns the outcome as a separate line.
    pub fn line(&self, reference: Option<String>) -> Line<'_> {
        Line {
            index: self.index,
            line: self.line,
            reference,
            outcome: self.outcome,
            id: self.id,
            reason: self.reason.as_deref(),
        }
    }
}

impl<'e> Report<'e> {
    pub fn new(
        args: &SyncArgs,
        destination: &'e Destination,
        counts: &'e SyncSummary,
        stopped_by: Option<&StoppedBy>,
        rows: Vec<Entry>,
    ) -> Self {
        Self {
            sync_report: VERSION,
            file: args.import.file.display().to_string(),
            entity: args.import.entity.many,
            destination: destination.name(),
            stopped_by: stopped_by.map(ToString::to_string),
            counts,
            rows,
        }
    }
}
