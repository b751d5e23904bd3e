//! Sync: brings Copper in step with a source by sending only what differs.
//!
//! [`LeadUpdate::between`](crate::types::LeadUpdate::between) compares a lead with a record of the source and
//! gives the update that makes them agree; [`Policies`] say what it may change.

mod compare;
mod key;
mod key_index;
mod plan;
mod policies;
mod reading;
mod sync_field;

pub use compare::FieldChange;
pub use policies::{Empties, Lists, Policies};
pub use reading::{ReadBy, Reading};
pub use sync_field::{SyncField, UnknownField};
