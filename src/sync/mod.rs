//! Sync: makes the records in Copper agree with a source, and sends only what differs.
//!
//! [`Copper::sync_leads`](crate::Copper::sync_leads) syncs leads, [`sync_people`](crate::Copper::sync_people) people,
//! and [`sync_companies`](crate::Copper::sync_companies) companies. [`SyncRun::plan`] shows the changes without making
//! them. [`LeadUpdate::between`](crate::types::LeadUpdate::between) compares a lead with a record of the source, and
//! returns the update that makes them agree. [`Policies`] limit the changes.

mod all_records;
mod calls;
mod compare;
mod comparison;
mod creates;
mod decision;
mod key;
mod key_field;
mod key_index;
mod matcher;
mod outcome;
mod page_reader;
mod plan_text;
mod policies;
mod progress;
mod read;
mod read_method;
mod records;
mod run;
mod sending;
mod settings;
mod sync_field;
mod sync_plan;
mod sync_record;
mod updates;

pub use compare::FieldChange;
pub use key_field::HasEmail;
pub use outcome::{SyncOutcome, SyncSummary, Synced, Updated};
pub use policies::{Empties, Lists, Policies};
pub use progress::{SyncPhase, SyncProgress, SyncSnapshot};
pub use read_method::{ReadBy, Reading};
pub use run::SyncRun;
pub use settings::Sync;
pub use sync_field::{SyncField, UnknownField};
pub use sync_plan::{PlanCounts, PlannedAction, PlannedRecord, SyncPlan};
pub use sync_record::SyncRecord;
