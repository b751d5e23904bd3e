//! A table of records of one kind: its name, and the unique key that no two of its records may share.

use std::fmt;

use serde_json::{Map, Value};

pub(crate) type Fields = Map<String, Value>;

/// A table of an account.
pub(crate) struct Table {
    /// The name in paths and bulk requests, such as `leads`.
    pub(crate) name: &'static str,
    /// The unique keys of a record.
    pub(crate) unique: fn(&Fields) -> Vec<String>,
    /// The field that the unique keys come from.
    pub(crate) unique_field: &'static str,
}

impl Table {
    /// A table without a unique key.
    pub(crate) const fn named(name: &'static str) -> Self {
        Self {
            name,
            unique: |_| Vec::new(),
            unique_field: "",
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
