//! The outcome of each record of a sync, and the number of records with each outcome.

use std::fmt;

use serde::Serialize;

use super::{FieldChange, SyncRecord};
use crate::{
    NewLead,
    outcome::{NotSent, Rejection, Unknown},
};

/// One record of the input, with its outcome.
///
/// As JSON it is `{"index": 0, "input": {…}, "outcome": "updated", "detail": {…}, "from_journal": false}`, with the
/// detail of the [`SyncOutcome`].
#[derive(Debug, Serialize)]
#[serde(bound = "")]
pub struct Synced<R: SyncRecord = NewLead> {
    /// The place of the record in the input, from 0.
    pub index: u64,
    /// The record of the input.
    pub input: R,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: SyncOutcome<R>,
    /// True if the outcome comes from the journal of an earlier start. A created record then has only its `id`.
    pub from_journal: bool,
}

/// The outcome of one record of a sync.
#[derive(Debug, Serialize)]
#[serde(
    tag = "outcome",
    content = "detail",
    rename_all = "snake_case",
    bound = ""
)]
pub enum SyncOutcome<R: SyncRecord = NewLead> {
    /// No record in Copper had its key, so it was created.
    Created(Box<R::Found>),
    /// The record in Copper differed from it, and was changed.
    Updated(Box<Updated<R>>),
    /// The record in Copper agreed with it when it was read. Nothing was sent.
    Unchanged {
        /// The id of the record in Copper.
        id: R::Id,
    },
    /// It was refused and had no effect: Copper refused it, it has no key, it is new and has no name, another record of
    /// the input has its key, or several records in Copper have its key. [`Rejection::matching_ids`] returns the ids of
    /// these.
    Rejected(Rejection),
    /// It was not sent, or certainly not accepted. It had no effect.
    NotSent(NotSent),
    /// It may or may not have had its effect. It is safe to sync it again: a change is compared again, and a create in
    /// doubt is looked up first.
    Unknown(Unknown),
}

/// A record in Copper that was changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(bound = "")]
#[non_exhaustive]
pub struct Updated<R: SyncRecord = NewLead> {
    /// The record after the change.
    pub record: R::Found,
    /// The fields that were changed, with their values just before the change.
    pub changes: Vec<FieldChange>,
}

/// The number of records with each outcome that a sync has returned so far.
///
/// Its `Display` is one line: `10000 leads: 12 created, 31 updated, 9957 unchanged, 0 rejected, 0 not sent, 0 unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SyncSummary {
    #[serde(skip)]
    noun: &'static str,
    /// The number of records that were created.
    pub created: u64,
    /// The number of records that were changed.
    pub updated: u64,
    /// The number of records that Copper already had in the same form.
    pub unchanged: u64,
    /// The number of records that were refused.
    pub rejected: u64,
    /// The number of records that were not sent, or certainly not accepted.
    pub not_sent: u64,
    /// The number of records that may or may not have had their effect.
    pub unknown: u64,
}

/// Zero records of no kind.
impl Default for SyncSummary {
    fn default() -> Self {
        Self::new("records")
    }
}

impl SyncSummary {
    pub(super) fn new(noun: &'static str) -> Self {
        Self {
            noun,
            created: 0,
            updated: 0,
            unchanged: 0,
            rejected: 0,
            not_sent: 0,
            unknown: 0,
        }
    }

    pub(super) fn count<R: SyncRecord>(&mut self, outcome: &SyncOutcome<R>) {
        let counter = match outcome {
            SyncOutcome::Created(_) => &mut self.created,
            SyncOutcome::Updated(_) => &mut self.updated,
            SyncOutcome::Unchanged { .. } => &mut self.unchanged,
            SyncOutcome::Rejected(_) => &mut self.rejected,
            SyncOutcome::NotSent(_) => &mut self.not_sent,
            SyncOutcome::Unknown(_) => &mut self.unknown,
        };
        *counter += 1;
    }

    /// The number of records that have an outcome.
    pub fn total(&self) -> u64 {
        let settled = self.created + self.updated + self.unchanged;
        settled + self.rejected + self.not_sent + self.unknown
    }
}

impl fmt::Display for SyncSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            noun,
            created,
            updated,
            unchanged,
            rejected,
            not_sent,
            unknown,
        } = self;
        write!(
            f,
            "{} {noun}: {created} created, {updated} updated, {unchanged} unchanged, {rejected} rejected, \
             {not_sent} not sent, {unknown} unknown",
            self.total()
        )
    }
}
