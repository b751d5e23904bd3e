//! The item of a bulk answer that stands for a record that was refused.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Extra;
use crate::redactor::Credentials;

// Handwritten in place of the generated type, so that items know nothing of what is generated. A test
// holds it against the schema.
/// The item of a bulk answer that stands for a record that was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct BulkFailure {
    /// The record that was not updated. Bulk updates only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
    /// Why. Documented as field to list of `{"error": text}`; kept open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Value>,
    /// `false`. It is what tells a failure from a record, which may have an `id` as well.
    pub success: bool,
    /// Fields that the schema does not name, or whose value could not be read, as they are on the wire.
    #[serde(flatten)]
    pub extra: Extra,
}

impl BulkFailure {
    /// Reads an object, if it is a failure: `success` is `false` in it, even beside an `id`.
    pub(super) fn of(object: &Extra) -> Option<Self> {
        if object.is_empty() {
            return None;
        }
        Self::deserialize(object)
            .ok()
            .filter(|failure| !failure.success)
    }

    /// The same without these credentials.
    pub(super) fn without(self, credentials: &Credentials) -> Self {
        let hide = |value| credentials.hide_in_json(value);
        Self {
            id: self.id.map(hide),
            message: self.message.map(hide),
            success: self.success,
            extra: match hide(self.extra.into()) {
                Value::Object(extra) => extra,
                _ => Extra::new(),
            },
        }
    }
}
