//! The plan of a sync as people and programs read it.

use std::fmt;

use serde::Serialize;

use super::{
    FieldChange, Reading, Sync, SyncRecord,
    plan::{Comparison, Decision},
};
use crate::types::LeadId;

/// The plan of a sync, record by record. Made by [`SyncRun::plan`](super::SyncRun::plan).
///
/// Its `Display` is for people: what would be created and changed, name by name, and counts of the rest. As
/// JSON it is
/// `{"version": 1, "records": "leads", "key": "email", "reading": {…}, "counts": {…}, "plan": [{"index": 0,
/// "name": "Jim", "action": "update", "id": 7, "changes": [{"field": "title", "old": null, "new": "Manager"}]}, …],
/// "unmatched": []}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SyncPlan<Id = LeadId> {
    /// The version of this form.
    pub version: u32,
    records: &'static str,
    /// The name of the key.
    pub key: String,
    /// The way in which the records of Copper were read.
    pub reading: Reading,
    /// The number of records with each action.
    pub counts: PlanCounts,
    /// One action for each record, in the order of the input.
    pub plan: Vec<PlannedRecord<Id>>,
    /// The ids of the records in Copper that none has the key of, if [`Sync::unmatched`] was asked for.
    pub unmatched: Vec<Id>,
}

/// The number of records with each action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlanCounts {
    /// Records that would be created.
    pub create: u64,
    /// Records that would be changed.
    pub update: u64,
    /// Records with which Copper agrees.
    pub unchanged: u64,
    /// Records whose key several others have, in Copper or in the input.
    pub ambiguous: u64,
    /// Records that can't be matched, sent or compared.
    pub rejected: u64,
    /// Records that are left alone, as only creates or only updates are wanted.
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
    /// The action that is planned for it.
    #[serde(flatten)]
    pub action: PlannedAction<Id>,
}

/// The plan of a sync for one record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlannedAction<Id = LeadId> {
    /// Creates it.
    Create,
    /// Changes the one in Copper.
    Update {
        /// The id of the one in Copper.
        id: Id,
        /// The fields that change.
        changes: Vec<FieldChange>,
    },
    /// Does nothing: Copper agrees with it.
    Unchanged {
        /// The id of the one in Copper.
        id: Id,
    },
    /// Does nothing: several records in Copper have its key.
    SeveralFound {
        /// Their ids.
        ids: Vec<Id>,
    },
    /// Does nothing: several records of the input have its key.
    SeveralRecords {
        /// The place of the first of them.
        first: u64,
    },
    /// Does nothing: another record of the input means the same one in Copper.
    Shared {
        /// The id of the one in Copper.
        id: Id,
        /// The place of another record that means it.
        other: u64,
    },
    /// Does nothing, as it can't be matched, sent or compared.
    Rejected {
        /// The reason.
        reason: String,
    },
    /// Does nothing, as only creates or only updates are wanted.
    Left {
        /// The id of the one in Copper, if there is one.
        id: Option<Id>,
    },
}

impl<Id: Copy + fmt::Display> SyncPlan<Id> {
    pub(super) fn new<R: SyncRecord<Id = Id>>(
        mut comparison: Comparison<R>,
        sync: &Sync<R>,
        reading: Reading,
    ) -> Self {
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
                Decision::Duplicate(first) => (
                    &mut counts.ambiguous,
                    PlannedAction::SeveralRecords { first },
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

/// A number with a comma between thousands.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (n, digit) in digits.chars().enumerate() {
            if n > 0 && (digits.len() - n).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// A name as it is, but for what a terminal would act on.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

impl<Id: fmt::Display> fmt::Display for SyncPlan<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PlanCounts {
            create,
            update,
            unchanged,
            ambiguous,
            rejected,
            left,
        } = self.counts;
        let of = |wanted: fn(&PlannedAction<Id>) -> bool| {
            self.plan
                .iter()
                .filter(move |record| wanted(&record.action))
        };
        writeln!(f, "+ {} new", Grouped(create))?;
        for record in of(|action| matches!(action, PlannedAction::Create)) {
            writeln!(f, "  {}", Shown(&record.name))?;
        }
        writeln!(f, "~ {} changed", Grouped(update))?;
        for record in &self.plan {
            let PlannedAction::Update { changes, .. } = &record.action else {
                continue;
            };
            writeln!(f, "  {}", Shown(&record.name))?;
            for change in changes {
                writeln!(f, "    {change}")?;
            }
        }
        writeln!(f, "= {} unchanged", Grouped(unchanged))?;
        if ambiguous > 0 {
            writeln!(f, "! {} ambiguous", Grouped(ambiguous))?;
            for record in &self.plan {
                match &record.action {
                    PlannedAction::SeveralFound { ids } => {
                        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
                        let name = Shown(&record.name);
                        writeln!(
                            f,
                            "  {name}: {} {} have its {}",
                            self.records,
                            ids.join(", "),
                            self.key
                        )?;
                    }
                    PlannedAction::SeveralRecords { .. } => {
                        let name = Shown(&record.name);
                        writeln!(
                            f,
                            "  {name}: another record of the input has its {}",
                            self.key
                        )?;
                    }
                    PlannedAction::Shared { id, .. } => {
                        let name = Shown(&record.name);
                        writeln!(
                            f,
                            "  {name}: another record of the input means {id} as well"
                        )?;
                    }
                    _ => {}
                }
            }
        }
        if rejected > 0 {
            writeln!(f, "x {} rejected", Grouped(rejected))?;
            for record in &self.plan {
                if let PlannedAction::Rejected { reason } = &record.action {
                    writeln!(f, "  {}: {reason}", Shown(&record.name))?;
                }
            }
        }
        if left > 0 {
            writeln!(f, ". {} left alone", Grouped(left))?;
        }
        if !self.unmatched.is_empty() {
            let count = Grouped(self.unmatched.len() as u64);
            writeln!(f, "? {count} in Copper that the input does not have")?;
        }
        Ok(())
    }
}
