//! The definition of a custom field: its name, its type, and the options that it offers.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{DirectoryError, DirectoryKind, Entry, name, name::Named};
use crate::types::{CustomFieldDefinitionId, RecordType};

/// The type of a custom field, which decides the form of its values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum FieldType {
    /// One line of at most 255 characters.
    String,
    /// A text of any length.
    Text,
    /// The address of a web page.
    Url,
    /// One of the field's options.
    Dropdown,
    /// Any number of the field's options.
    MultiSelect,
    /// A date.
    Date,
    /// True or false.
    Checkbox,
    /// A number.
    Float,
    /// A whole number of percent.
    Percentage,
    /// An amount of money.
    Currency,
    /// A link to other records. The form of its values is not documented.
    Connect,
    /// A type that is not documented.
    Unlisted(String),
}

/// Each documented type and its name in Copper.
const TYPES: [(&str, FieldType); 11] = [
    ("String", FieldType::String),
    ("Text", FieldType::Text),
    ("URL", FieldType::Url),
    ("Dropdown", FieldType::Dropdown),
    ("MultiSelect", FieldType::MultiSelect),
    ("Date", FieldType::Date),
    ("Checkbox", FieldType::Checkbox),
    ("Float", FieldType::Float),
    ("Percentage", FieldType::Percentage),
    ("Currency", FieldType::Currency),
    ("Connect", FieldType::Connect),
];

impl FieldType {
    /// The type, as Copper calls it.
    pub fn as_str(&self) -> &str {
        if let Self::Unlisted(name) = self {
            return name;
        }
        let named = TYPES.iter().find(|(_, listed)| listed == self);
        named.map_or("", |(name, _)| name)
    }
}

impl From<&str> for FieldType {
    fn from(name: &str) -> Self {
        let listed = TYPES.iter().find(|(listed, _)| *listed == name);
        listed.map_or_else(
            || Self::Unlisted(name.to_owned()),
            |(_, listed)| listed.clone(),
        )
    }
}

impl From<String> for FieldType {
    fn from(name: String) -> Self {
        Self::from(name.as_str())
    }
}

impl From<FieldType> for String {
    fn from(field_type: FieldType) -> Self {
        field_type.as_str().to_owned()
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

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
    pub field_type: FieldType,
    /// The kinds of records that have the field. None are listed where Copper does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub available_on: Vec<String>,
    /// The options of a dropdown or a multi-select, in the order of the account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Entry<i64>>,
}

impl Field {
    /// A field of this id, name and type.
    pub fn new(
        id: impl Into<CustomFieldDefinitionId>,
        name: impl Into<String>,
        field_type: impl Into<FieldType>,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            field_type: field_type.into(),
            available_on: Vec::new(),
            options: Vec::new(),
        }
    }

    /// The same field with these options, each by its id and name.
    pub fn options(mut self, options: impl IntoIterator<Item = (i64, impl Into<String>)>) -> Self {
        let entries = options.into_iter().map(|(id, name)| Entry::new(id, name));
        self.options = entries.collect();
        self
    }

    /// The same field, on these kinds of records.
    pub fn available_on(mut self, records: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.available_on = records.into_iter().map(Into::into).collect();
        self
    }

    /// Returns whether records of this kind have the field. A field of which Copper does not say so is
    /// taken to be on all.
    pub fn is_on(&self, record: &RecordType) -> bool {
        self.available_on.is_empty() || self.available_on.iter().any(|on| on == record.as_str())
    }

    /// The option of this name.
    ///
    /// # Errors
    /// When no option or several have it.
    pub fn option(&self, name: &str) -> Result<i64, DirectoryError> {
        match name::find(DirectoryKind::FieldOption, name, &self.options) {
            Ok(option) => Ok(option.id),
            Err(reason) => Err(DirectoryError::Option {
                field: self.name.clone(),
                reason: Box::new(reason),
            }),
        }
    }

    /// The name of the option with this id.
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
        let on = self.available_on.join(", ");
        let on = if on.is_empty() {
            on
        } else {
            format!(" on {on}")
        };
        format!("{} ({}{on}, id {})", self.name, self.field_type, self.id)
    }
}
