//! The changes that an update makes, in a form that people and programs can read.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::super::SyncField;

/// The change of one field.
///
/// As JSON it is `{"field": "title", "old": "Clerk", "new": "Manager"}`, with values as they are on the wire.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FieldChange {
    /// The field that changes.
    pub field: SyncField,
    /// The value in Copper; `null` if there is none.
    pub old: Value,
    /// The new value; `null` if the field is cleared.
    pub new: Value,
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, old, new } = self;
        write!(f, "{field}: {old} → {new}")
    }
}

/// The changes that an update makes to a record. Both are JSON objects in the form of Copper's API.
pub(super) fn changes(record: &Value, update: Value) -> Vec<FieldChange> {
    let Value::Object(update) = update else {
        return Vec::new();
    };
    let mut changes = Vec::with_capacity(update.len());
    for (name, new) in update {
        let old = record.get(&name).unwrap_or(&Value::Null);
        if name == CUSTOM_FIELDS {
            changes.extend(custom(old, &new));
        } else {
            changes.push(FieldChange {
                field: SyncField::of_wire(&name),
                old: old.clone(),
                new,
            });
        }
    }
    changes
}

const CUSTOM_FIELDS: &str = "custom_fields";
const DEFINITION: &str = "custom_field_definition_id";

fn custom<'a>(old: &'a Value, new: &'a Value) -> impl Iterator<Item = FieldChange> + 'a {
    let fields = |list: &'a Value| {
        list.as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
    };
    let id = |field: &Map<String, Value>| field.get(DEFINITION).and_then(Value::as_i64);
    let value = |field: &Map<String, Value>| field.get("value").cloned().unwrap_or_default();
    fields(new).filter_map(move |field| {
        let definition = id(field)?;
        let old = fields(old).find(|old| id(old) == Some(definition));
        Some(FieldChange {
            field: SyncField::Custom(definition.into()),
            old: old.map(value).unwrap_or_default(),
            new: value(field),
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        Patch,
        types::{CustomField, Lead, LeadUpdate},
    };

    #[test]
    fn each_field_is_told_with_what_it_was_and_what_it_becomes() {
        let lead: Lead = serde_json::from_str(
            r#"{"id": 7, "title": "Clerk", "details": "x", "custom_fields":
                [{"custom_field_definition_id": 1, "value": 5}, {"custom_field_definition_id": 2, "value": 6}]}"#,
        )
        .expect("a lead");
        let update = LeadUpdate::default()
            .title("Manager")
            .details(Patch::Clear)
            .tags(["new"])
            .custom_fields([
                CustomField::new(2).value("six"),
                CustomField::new(3).value(true),
            ]);
        let told: Vec<_> = update
            .changes(&lead)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "cf_2: 6 → \"six\"",
                "cf_3: null → true",
                "details: \"x\" → null",
                "tags: null → [\"new\"]",
                "title: \"Clerk\" → \"Manager\"",
            ]
        );
    }
}
