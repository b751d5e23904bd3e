//! The item of a bulk answer for a record that was refused.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Extra;
use crate::redactor::Secrets;

// Handwritten in place of the generated type, so that items don't depend on generated code. A test compares it
// with the schema.
/// The item of a bulk answer for a record that was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct BulkFailure {
    /// The id of the record that was not updated, in bulk updates only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
    /// The reason. Documented as field to list of `{"error": text}`; kept open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Value>,
    /// Always `false`. This tells a failure from a record, which may have an `id` as well.
    pub success: bool,
    /// Fields that the schema does not name, or whose value could not be read, as they are on the wire.
    #[serde(flatten)]
    pub extra: Extra,
}

impl BulkFailure {
    /// Reads an object if it is a failure: its `success` is `false`, even if it has an `id`.
    pub(crate) fn of(object: &Extra) -> Option<Self> {
        let success = object.get("success").and_then(Value::as_bool)?;
        if success {
            return None;
        }
        let mut extra = object.clone();
        extra.remove("success");
        let mut field = |name| extra.remove(name).filter(|value| !value.is_null());
        Some(Self {
            id: field("id"),
            message: field("message"),
            success,
            extra,
        })
    }

    /// The same without these credentials.
    pub(super) fn without(self, credentials: &Secrets) -> Self {
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
