//! The one outcome of each record of a sync, and how many came to which.

use std::fmt;

use serde::Serialize;

use super::FieldChange;
use crate::{
    NewLead,
    outcome::{NotSent, Rejection, Unknown},
    types::{Lead, LeadId},
};

/// One record of the input, with its outcome.
///
/// As JSON it is `{"index": 0, "input": {…}, "outcome": "updated", "detail": {…}, "from_journal": false}`, where
/// the detail is that of the [`SyncOutcome`].
#[derive(Debug, Serialize)]
pub struct Synced {
    /// The place of the record in the input, from 0.
    pub index: u64,
    /// The record, as it was handed in.
    pub input: NewLead,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: SyncOutcome,
    /// True if the journal of an earlier start says so. Of a lead that was created, only the `id` is there
    /// then.
    pub from_journal: bool,
}

/// The outcome of one record of a sync.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "snake_case")]
pub enum SyncOutcome {
    /// No lead had its key, and one was created.
    Created(Box<Lead>),
    /// Its lead differed, and was changed.
    Updated(Box<Updated>),
    /// Its lead agreed with it when it was read. Nothing was sent.
    Unchanged {
        /// The id of its lead.
        id: LeadId,
    },
    /// It was refused: by Copper, or because it has no key, shares it with another record of the input, or
    /// several leads have it. [`Rejection::matching_ids`] names these. It had no effect.
    Rejected(Rejection),
    /// It was not sent, or surely not accepted. It had no effect.
    NotSent(NotSent),
    /// It may or may not have had its effect. To sync it again is safe for a change; a create in doubt is
    /// looked up before.
    Unknown(Unknown),
}

/// A lead that was changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Updated {
    /// The lead after the change.
    pub lead: Lead,
    /// The fields that were changed, with what they held when the lead was read just before.
    pub changes: Vec<FieldChange>,
}

/// Counts of the outcomes that a sync has given out so far.
///
/// Its `Display` is one line:
/// `10000 leads: 12 created, 31 updated, 9957 unchanged, 0 rejected, 0 not sent, 0 unknown`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SyncSummary {
    /// Records whose lead was created.
    pub created: u64,
    /// Records whose lead was changed.
    pub updated: u64,
    /// Records whose lead agreed with them.
    pub unchanged: u64,
    /// Records that were refused.
    pub rejected: u64,
    /// Records that were not sent, or surely not accepted.
    pub not_sent: u64,
    /// Records that may or may not have had their effect.
    pub unknown: u64,
}

impl SyncSummary {
    pub(super) fn count(&mut self, outcome: &SyncOutcome) {
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
        let Self {
            created,
            updated,
            unchanged,
            rejected,
            not_sent,
            unknown,
        } = self;
        created + updated + unchanged + rejected + not_sent + unknown
    }
}

impl fmt::Display for SyncSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            created,
            updated,
            unchanged,
            rejected,
            not_sent,
            unknown,
        } = self;
        write!(
            f,
            "{} leads: {created} created, {updated} updated, {unchanged} unchanged, {rejected} rejected, \
             {not_sent} not sent, {unknown} unknown",
            self.total()
        )
    }
}
