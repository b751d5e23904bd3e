//! A kind of records: its columns, and the fields that Copper requires. Each kind has a table in its own
//! file; everything else is the same for all.

use serde_json::Value;

use super::field::{Field, NAME};

#[derive(Debug)]
pub struct Entity {
    pub kind: Kind,
    pub one: &'static str,
    pub many: &'static str,
    /// The fields in groups, those for tables first.
    pub fields: &'static [&'static [Field]],
    pub required: &'static [Required],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Leads,
    People,
    Companies,
    Opportunities,
    Activities,
}

/// A field that Copper requires.
#[derive(Debug)]
pub struct Required {
    /// The columns that fill it, each by itself.
    pub columns: &'static [&'static str],
    /// Its place in the record, as a JSON pointer.
    pub pointer: &'static str,
}

/// True if a blank name is sent, because Copper decides about names.
pub const NAMED: Required = Required {
    columns: &[NAME],
    pointer: "/name",
};

impl Entity {
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().copied().flatten()
    }

    /// The field of a column, by any of its names.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.names.contains(&name))
    }
}

impl Required {
    /// The name of the column in messages.
    pub fn column(&self) -> &'static str {
        self.columns.first().copied().unwrap_or_default()
    }

    /// Returns true if a record has it.
    pub fn is_in(&self, record: &Value) -> bool {
        // A pointer of `serde_json` makes two texts of each key.
        let mut keys = self.pointer.split('/').skip(1);
        keys.try_fold(record, |value, key| value.get(key)).is_some()
    }

    pub fn is_given_by(&self, field: &Field) -> bool {
        self.columns.iter().any(|name| field.names.contains(name))
    }
}
