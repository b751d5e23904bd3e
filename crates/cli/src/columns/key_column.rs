//! The key column: two rows with the same key are the same record.

use serde_json::Value;

use crate::fields::field::CUSTOM_FIELDS;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeyColumn {
    /// The e-mail addresses, each by itself.
    #[default]
    Email,
    /// A custom field, by the id of its definition.
    Custom(i64),
    /// A custom field, by its name in the account.
    Named(String),
    /// Another key of the record.
    Field(&'static str),
}

impl KeyColumn {
    /// The key of a record, in one form for all spellings; None if it has none.
    pub fn of(&self, record: &Value) -> Option<String> {
        let value = match self {
            Self::Email => match record.get("email") {
                Some(email) => email.get("email").cloned(),
                None => record.pointer("/emails/0/email").cloned(),
            },
            Self::Custom(id) => {
                let fields = record.get(CUSTOM_FIELDS)?.as_array()?;
                let is_own =
                    |field: &&Value| field.get("custom_field_definition_id") == Some(&(*id).into());
                fields.iter().find(is_own)?.get("value").cloned()
            }
            Self::Field(key) => record.get(*key).cloned(),
            Self::Named(_) => None,
        }?;
        let text = match value {
            Value::String(text) => text.trim().to_lowercase(),
            Value::Null => return None,
            other => other.to_string(),
        };
        (!text.is_empty()).then_some(text)
    }
}
