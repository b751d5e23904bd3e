//! The definition of a custom field: its name, its type, and the options that it offers.

use serde::{Deserialize, Serialize};

use super::{DirectoryError, DirectoryKind, Entry, name, name::Named};
use crate::types::{CustomFieldDefinitionId, CustomFieldType, RecordType};

/// A custom field of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Field {
    /// The id that Copper wants.
    pub id: CustomFieldDefinitionId,
    /// The name that people use.
    pub name: String,
    /// The type, which decides the form of its values.
    #[serde(rename = "type")]
    pub field_type: CustomFieldType,
    /// The kinds of records that have the field. Empty if Copper does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub available_on: Vec<RecordType>,
    /// The options of a dropdown or a multi-select, in the order of the account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Entry<i64>>,
}

impl Field {
    /// Creates a field with this id, name and type.
    pub fn new(
        id: impl Into<CustomFieldDefinitionId>,
        name: impl Into<String>,
        field_type: impl Into<CustomFieldType>,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            field_type: field_type.into(),
            available_on: Vec::new(),
            options: Vec::new(),
        }
    }

    /// Returns the same field with these options, each with its id and name.
    pub fn options(mut self, options: impl IntoIterator<Item = (i64, impl Into<String>)>) -> Self {
        let entries = options.into_iter().map(|(id, name)| Entry::new(id, name));
        self.options = entries.collect();
        self
    }

    /// Returns the same field, for these kinds of records.
    pub fn available_on(
        mut self,
        records: impl IntoIterator<Item = impl Into<RecordType>>,
    ) -> Self {
        self.available_on = records.into_iter().map(Into::into).collect();
        self
    }

    /// Returns true if records of this kind have the field, or if Copper does not say which have it.
    pub fn is_on(&self, record: &RecordType) -> bool {
        self.available_on.is_empty() || self.available_on.contains(record)
    }

    /// Returns the option with this name.
    ///
    /// # Errors
    /// When no option has it, or several have it.
    pub fn option(&self, name: &str) -> Result<i64, DirectoryError> {
        match name::find(DirectoryKind::FieldOption, name, &self.options) {
            Ok(option) => Ok(option.id),
            Err(reason) => Err(DirectoryError::Option {
                field: self.name.clone(),
                reason: Box::new(reason),
            }),
        }
    }

    /// Returns the name of the option with this id.
    pub fn option_name(&self, id: i64) -> Option<&str> {
        let mut options = self.options.iter();
        Some(&options.find(|option| option.id == id)?.name)
    }
}

impl Named for Field {
    fn name(&self) -> &str {
        &self.name
    }

    fn distinct(&self) -> String {
        let on: Vec<_> = self.available_on.iter().map(RecordType::as_str).collect();
        let on = on.join(", ");
        let on = if on.is_empty() {
            on
        } else {
            format!(" on {on}")
        };
        format!("{} ({}{on}, id {})", self.name, self.field_type, self.id)
    }
}
