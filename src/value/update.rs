//! One record of a bulk update: its id, and the changes.

use serde::{Deserialize, Serialize};

/// Changes to the record with this id.
///
/// ```
/// use copper_crm::{bulk::Update, types::{LeadId, LeadUpdate}};
///
/// let update = Update::new(LeadId(7), LeadUpdate::default().title("Manager"));
/// assert_eq!(serde_json::to_string(&update)?, r#"{"id":7,"title":"Manager"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Update<Id, Changes> {
    /// The id of the record.
    pub id: Id,
    /// The changes.
    #[serde(flatten)]
    pub changes: Changes,
}

impl<Id, Changes> Update<Id, Changes> {
    /// Changes to the record with this id.
    pub fn new(id: Id, changes: Changes) -> Self {
        Self { id, changes }
    }
}
