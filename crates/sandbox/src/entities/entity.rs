//! An entity: a kind of records, and the rules that its schema doesn't state.

use serde_json::Value;

use crate::{
    account::{Account, Fields, Table},
    schema::Problem,
};

/// A kind of records.
#[derive(Debug)]
pub(crate) struct Entity {
    pub(crate) table: &'static Table,
    /// The schema of its responses. With `New` before it, the schema of a record to be created.
    pub(crate) schema: &'static str,
    /// The type of its records in a custom field's `available_on`, such as `lead`.
    pub(crate) record_type: &'static str,
    /// Fields of the schema that responses omit, because those in Copper's documentation do.
    pub(crate) omitted: &'static [&'static str],
    /// Validates what was sent for a record, new or old, beyond its schema.
    pub(crate) validate: fn(&Fields, &Account) -> Vec<Problem>,
    /// Sets the fields that Copper derives from others.
    pub(crate) derive: fn(&mut Fields, &Account),
}

impl Entity {
    /// An entity without rules of its own.
    pub(crate) const fn plain(
        table: &'static Table,
        schema: &'static str,
        record_type: &'static str,
    ) -> Self {
        Self {
            table,
            schema,
            record_type,
            omitted: &[],
            validate: |_, _| Vec::new(),
            derive: |_, _| {},
        }
    }
}

/// Sets a field that has no value.
pub(super) fn default(record: &mut Fields, field: &str, value: impl Into<Value>) {
    if record.get(field).is_none_or(Value::is_null) {
        record.insert(field.to_owned(), value.into());
    }
}
