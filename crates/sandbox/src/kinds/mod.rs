//! The kinds of records, and what is special about each: all else is in the schema document, and is
//! done for all of them alike. To add a kind, write its constant and name it in [`KINDS`].

pub(super) mod activity;
pub(super) mod company;
pub(super) mod lead;
pub(super) mod opportunity;
pub(super) mod person;

use std::fmt;

use serde_json::{Map, Value};

use super::{account::Account, problem::Problem};

/// All kinds.
const KINDS: [&Kind; 6] = [
    &lead::LEAD,
    &lead::CONVERTED,
    &person::PERSON,
    &company::COMPANY,
    &opportunity::OPPORTUNITY,
    &activity::ACTIVITY,
];

/// What the sandbox has to know of a kind of records beyond its schema.
pub(super) struct Kind {
    /// Its name in paths, in bulk requests, and in [`Sandbox::records`](super::Sandbox::records).
    pub(super) name: &'static str,
    /// The schema of its answers; with `New` before it, that of a record to be created.
    pub(super) schema: &'static str,
    /// Fields of the schema that answers lack, since those in Copper's documentation do.
    pub(super) omitted: &'static [&'static str],
    /// What is wrong with what was sent for a record, new or old, beyond what its schema says.
    pub(super) problems: fn(&Map<String, Value>, &Account) -> Vec<Problem>,
    /// Puts in what Copper makes of the other fields.
    pub(super) complete: fn(&mut Map<String, Value>, &Account),
    /// What it has that no other record of the kind may have.
    pub(super) unique: fn(&Map<String, Value>) -> Vec<String>,
    /// The field that it is in.
    pub(super) unique_field: &'static str,
}

/// A kind without anything special.
const PLAIN: Kind = Kind {
    name: "",
    schema: "",
    omitted: &[],
    problems: |_, _| Vec::new(),
    complete: |_, _| {},
    unique: |_| Vec::new(),
    unique_field: "",
};

/// A kind by its name.
pub(super) fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.into_iter().find(|kind| kind.name == name)
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Sets a field that has no value.
fn default(record: &mut Map<String, Value>, field: &str, value: impl Into<Value>) {
    if record.get(field).is_none_or(Value::is_null) {
        record.insert(field.to_owned(), value.into());
    }
}

/// Puts in the name of the company that a record names by id, if there is one.
fn name_company(record: &mut Map<String, Value>, account: &Account) {
    let company = record.get("company_id").and_then(Value::as_i64);
    let company = company.and_then(|id| account.get(&company::COMPANY, id));
    if let Some(name) = company.and_then(|company| company.get("name")) {
        record.insert("company_name".to_owned(), name.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use copper_crm::schema::OPERATIONS;

    #[test]
    fn every_bulk_operation_of_the_schema_has_its_kind() {
        let keys = OPERATIONS
            .iter()
            .filter_map(|operation| Some(operation.bulk.as_ref()?.key));
        assert_eq!(
            keys.filter(|key| kind(key).is_none()).collect::<Vec<_>>(),
            [""; 0]
        );
    }

    #[test]
    fn every_kind_has_its_schema() {
        let document = Document::built_in().expect("the schema");
        for kind in KINDS {
            let schema = document.named(kind.schema).expect(kind.schema);
            for field in kind.omitted {
                assert!(document.field(schema, field).is_some(), "{field}");
            }
        }
    }
}
