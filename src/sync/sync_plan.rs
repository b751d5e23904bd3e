//! The plan of a sync, in a form that people and programs can read.

use std::fmt;

use serde::Serialize;

use super::{FieldChange, Reading, Sync, SyncRecord, comparison::Comparison, decision::Decision};
use crate::types::LeadId;

/// The plan of a sync, record by record. Made by [`SyncRun::plan`](super::SyncRun::plan).
///
/// Its `Display` is for people: the name of each record to create or change, and counts of the others;
/// [`with_names`](Self::with_names) shows names for ids as well. As JSON it is
/// `{"version": 1, "records": "leads", "key": "email", "reading": {…}, "counts": {…}, "plan": [{"index": 0,
/// "name": "Jim", "action": "update", "id": 7, "changes": [{"field": "title", "old": null, "new": "Manager"}]}, …],
/// "unmatched": []}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SyncPlan<Id = LeadId> {
    /// The version of the JSON form.
    pub version: u32,
    pub(super) records: &'static str,
    /// The name of the key.
    pub key: String,
    /// The method by which the records of Copper were read.
    pub reading: Reading,
    /// The number of records with each action.
    pub counts: PlanCounts,
    /// One action for each record, in the order of the input.
    pub plan: Vec<PlannedRecord<Id>>,
    /// The ids of the records in Copper that match no record of the input, with [`Sync::unmatched`]; empty without it.
    pub unmatched: Vec<Id>,
}

/// The number of records with each action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlanCounts {
    /// The number of records to create.
    pub create: u64,
    /// The number of records to change.
    pub update: u64,
    /// The number of records that agree with Copper.
    pub unchanged: u64,
    /// The number of records whose key is not unique, in Copper or in the input.
    pub ambiguous: u64,
    /// The number of records that can't be matched, sent or compared.
    pub rejected: u64,
    /// The number of records that are left alone because the sync may only create, or only change.
    pub left: u64,
}

/// The plan of a sync for one record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlannedRecord<Id = LeadId> {
    /// The place of the record in the input, from 0.
    pub index: u64,
    /// The name of the record.
    pub name: String,
    /// The planned action.
    #[serde(flatten)]
    pub action: PlannedAction<Id>,
}

/// The planned action for one record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlannedAction<Id = LeadId> {
    /// Create the record.
    Create,
    /// Change the record in Copper.
    Update {
        /// The id of the record in Copper.
        id: Id,
        /// The fields that change.
        changes: Vec<FieldChange>,
    },
    /// Do nothing: Copper agrees with the record.
    Unchanged {
        /// The id of the record in Copper.
        id: Id,
    },
    /// Do nothing: several records in Copper have the key.
    SeveralFound {
        /// The ids of these records.
        ids: Vec<Id>,
    },
    /// Do nothing: several records of the input have the key.
    SeveralRecords {
        /// The place of the first of these records.
        first: u64,
        /// The place of another one of them.
        other: u64,
    },
    /// Do nothing: another record of the input matches the same record in Copper.
    Shared {
        /// The id of the record in Copper.
        id: Id,
        /// The place of the other record.
        other: u64,
    },
    /// Do nothing: the record can't be matched, sent or compared.
    Rejected {
        /// The reason.
        reason: String,
    },
    /// Do nothing: the sync may only create, or only change.
    Left {
        /// The id of the record in Copper, if there is one.
        id: Option<Id>,
    },
}

impl<Id: Copy + fmt::Display> SyncPlan<Id> {
    pub(super) fn new<R: SyncRecord<Id = Id>>(
        mut comparison: Comparison<R>,
        sync: &Sync<R>,
        reading: Reading,
    ) -> Self {
        comparison.reject_nameless(sync.scope);
        let mut counts = PlanCounts::default();
        let records = comparison.records.each().enumerate();
        let records = records
            .filter_map(|(place, of)| Some((place, of, comparison.decide(place, sync.scope)?)));
        let plan = records.map(|(place, record, decision)| {
            let (counter, action) = match decision {
                Decision::Create => (&mut counts.create, PlannedAction::Create),
                Decision::Update(id) => {
                    let changes = comparison.changes_of(place).to_vec();
                    (&mut counts.update, PlannedAction::Update { id, changes })
                }
                Decision::Unchanged(id) => (&mut counts.unchanged, PlannedAction::Unchanged { id }),
                Decision::Several(ids) => {
                    (&mut counts.ambiguous, PlannedAction::SeveralFound { ids })
                }
                Decision::Shared(id, other) => {
                    (&mut counts.ambiguous, PlannedAction::Shared { id, other })
                }
                Decision::Duplicate(first, other) => (
                    &mut counts.ambiguous,
                    PlannedAction::SeveralRecords { first, other },
                ),
                Decision::Invalid(invalid) => {
                    let reason = invalid.to_string();
                    (&mut counts.rejected, PlannedAction::Rejected { reason })
                }
                Decision::NoKey => {
                    let reason = format!("it has no {}", sync.key);
                    (&mut counts.rejected, PlannedAction::Rejected { reason })
                }
                Decision::NotFinite(field) => {
                    let reason = format!("{field} holds a number that is not finite");
                    (&mut counts.rejected, PlannedAction::Rejected { reason })
                }
                Decision::Unreadable(id, field) => {
                    let reason = format!("the field {field:?} of {} {id} can't be read", R::NOUN);
                    (&mut counts.rejected, PlannedAction::Rejected { reason })
                }
                Decision::OnlyCreates(id) => {
                    (&mut counts.left, PlannedAction::Left { id: Some(id) })
                }
                Decision::OnlyUpdates => (&mut counts.left, PlannedAction::Left { id: None }),
            };
            *counter += 1;
            PlannedRecord {
                index: place as u64,
                name: record.name().to_owned(),
                action,
            }
        });
        let plan = plan.collect();
        Self {
            version: 1,
            records: R::plural(),
            key: sync.key.to_string(),
            reading,
            counts,
            plan,
            unmatched: comparison.take_unmatched(),
        }
    }
}
