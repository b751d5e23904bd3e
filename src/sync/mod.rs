//! Sync: brings Copper in step with a source by sending only what differs.
//!
//! [`Copper::sync_leads`](crate::Copper::sync_leads) does it; [`SyncRun::plan`] tells before what it would do.
//! [`LeadUpdate::between`](crate::types::LeadUpdate::between) compares a lead with a record of the source and
//! gives the update that makes them agree; [`Policies`] say what it may change.

mod all_leads;
mod compare;
mod creates;
mod key;
mod key_index;
mod matcher;
mod outcome;
mod plan;
mod policies;
mod progress;
mod read;
mod reading;
mod run;
mod sending;
mod settings;
mod sync_field;
mod sync_plan;
mod updates;

pub use compare::FieldChange;
pub use outcome::{SyncOutcome, SyncSummary, Synced, Updated};
pub use policies::{Empties, Lists, Policies};
pub use progress::{SyncPhase, SyncProgress, SyncSnapshot};
pub use reading::{ReadBy, Reading};
pub use run::SyncRun;
pub use settings::Sync;
pub use sync_field::{SyncField, UnknownField};
pub use sync_plan::{PlanCounts, PlannedAction, PlannedRecord, SyncPlan};
