//! Creating and updating a record: the same for all entities, and for single and bulk requests.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::entity::Entity;
use crate::{
    account::{Account, Fields, Stored, lookups::unset},
    schema::{Document, Problem, Usage, json_type},
};

/// A record as it was sent, among the other records of its request.
pub(crate) struct Draft<'a> {
    /// The schema of the record.
    pub(crate) schema: &'a Value,
    pub(crate) records: &'a [Value],
    /// The index of the record in `records`.
    pub(crate) at: usize,
}

impl<'a> Draft<'a> {
    /// The draft of a request for one record.
    pub(crate) fn single(schema: &'a Value, record: &'a Value) -> Self {
        Self {
            schema,
            records: std::slice::from_ref(record),
            at: 0,
        }
    }

    /// The fields of the record. A value that is not an object has none.
    pub(crate) fn input(&self) -> Cow<'a, Fields> {
        let fields = self.records.get(self.at).and_then(Value::as_object);
        fields.map_or_else(|| Cow::Owned(Map::new()), Cow::Borrowed)
    }

    /// The fields to store: without read-only ones, which programs send back with a record that they read, and
    /// with all parts of addresses and other nested values.
    fn stored(&self, entity: &Entity, document: &Document) -> Fields {
        let Some(response) = document.named(entity.schema) else {
            return self.input().into_owned();
        };
        let is_read_only = |name: &str| {
            document.field(self.schema, name).is_none() && document.field(response, name).is_some()
        };
        let input = self.input();
        let fields = input.iter().filter(|(name, _)| !is_read_only(name));
        let fields = fields.map(|(name, value)| {
            let schema = document.field(response, name).unwrap_or(&Value::Null);
            (name.clone(), document.with_all_parts(schema, value.clone()))
        });
        fields.collect()
    }

    fn others(&self) -> impl Iterator<Item = &'a Fields> {
        let others = self.records.iter().enumerate();
        let others = others.filter(|(at, _)| *at != self.at);
        others.filter_map(|(_, record)| record.as_object())
    }
}

/// Validates and creates a record.
pub(crate) fn create(
    entity: &'static Entity,
    draft: &Draft<'_>,
    document: &Document,
    account: &mut Account,
) -> Result<Value, Vec<Problem>> {
    let input = draft.stored(entity, document);
    let mut problems = document.problems(draft.schema, &input, Usage::Write);
    problems.extend((entity.validate)(&input, account));
    problems.extend(conflict(entity, None, draft, account));
    if problems.is_empty() {
        Ok(insert(entity, &input, document, account))
    } else {
        Err(problems)
    }
}

/// Validates and updates the record with this id. Absent fields keep their values, `null` clears.
pub(crate) fn update(
    entity: &'static Entity,
    id: i64,
    draft: &Draft<'_>,
    document: &Document,
    account: &mut Account,
) -> Result<Value, Vec<Problem>> {
    let input = draft.stored(entity, document);
    let mut problems = document.problems(draft.schema, &input, Usage::Write);
    // A record can't be created without a name, so an update can't clear it.
    let nameless = input.get("name").is_some_and(|name| {
        name.is_null() || name.as_str().is_some_and(|name| name.trim().is_empty())
    });
    problems.extend(nameless.then(|| Problem::missing("name")));
    problems.extend((entity.validate)(&input, account));
    problems.extend(conflict(entity, Some(id), draft, account));
    if !problems.is_empty() {
        return Err(problems);
    }
    let changed = account.change(entity.table, id, |account, record, now| {
        if input.keys().all(|name| name == "id") {
            return;
        }
        apply(record, &input);
        record.insert("date_modified".to_owned(), now.into());
        (entity.derive)(record, account);
    });
    changed.ok_or_else(|| vec![Problem::invalid("id")])
}

/// Inserts a record without validation. Fields that are not given are empty.
pub(crate) fn insert(
    entity: &'static Entity,
    fields: &Fields,
    document: &Document,
    account: &mut Account,
) -> Value {
    account.create(entity.table, |account, id, now| {
        let mut record = empty(entity, document, account, id, now);
        apply(&mut record, fields);
        (entity.derive)(&mut record, account);
        record
    })
}

/// A problem if another record, stored or in the same request, has a unique key of this one.
fn conflict(
    entity: &Entity,
    id: Option<i64>,
    draft: &Draft<'_>,
    account: &Account,
) -> Option<Problem> {
    let wanted = (entity.table.unique)(&draft.input());
    if wanted.is_empty() {
        return None;
    }
    let is_stored = |key: &String| {
        account
            .owner(entity.table, key)
            .is_some_and(|owner| Some(owner) != id)
    };
    let in_request: Vec<_> = draft.others().flat_map(entity.table.unique).collect();
    let taken = wanted
        .iter()
        .any(|key| is_stored(key) || in_request.contains(key));
    taken.then(|| Problem::invalid(entity.table.unique_field))
}

/// A new record, with all fields that a response has and all custom fields of the entity. Lists are empty,
/// other values are `null`.
fn empty(entity: &Entity, document: &Document, account: &Account, id: i64, now: u64) -> Fields {
    let Some(schema) = document.named(entity.schema) else {
        return Map::new();
    };
    let fields = document.fields(schema).into_iter();
    let fields = fields.filter(|(name, _)| !entity.omitted.contains(&name.as_str()));
    let value = |name: &str, field: &Value| match name {
        "id" => id.into(),
        "date_created" | "date_modified" => now.into(),
        "interaction_count" => 0.into(),
        "custom_fields" => unset_fields(entity, account),
        _ if json_type(field) == Some("array") => Value::Array(Vec::new()),
        _ => Value::Null,
    };
    fields
        .map(|(name, field)| (name.clone(), value(name, field)))
        .collect()
}

/// The custom fields of a new record, all unset.
fn unset_fields(entity: &Entity, account: &Account) -> Value {
    let definitions = account.lookups.custom_fields_on(entity.record_type);
    definitions
        .filter_map(|definition| {
            let id = definition.get("id")?;
            Some(json!({ "custom_field_definition_id": id, "value": unset(definition) }))
        })
        .collect()
}

/// Writes the sent fields into a record. Lists are replaced whole, except custom fields.
fn apply(record: &mut Fields, input: &Fields) {
    for (name, sent) in input.iter().filter(|(name, _)| *name != "id") {
        let Some(field) = record.get_mut(name) else {
            record.insert(name.clone(), sent.clone());
            continue;
        };
        match (field, sent) {
            (Value::Array(stored), Value::Array(sent)) if name == "custom_fields" => {
                merge(stored, sent)
            }
            (Value::Array(stored), Value::Null) if name == "custom_fields" => {
                stored.iter_mut().for_each(|entry| set(entry, &Value::Null));
            }
            (Value::Array(stored), Value::Null) => stored.clear(),
            (field, sent) => *field = sent.clone(),
        }
    }
}

/// Sets the sent custom fields, and keeps the others.
fn merge(stored: &mut Vec<Value>, sent: &[Value]) {
    const KEY: &str = "custom_field_definition_id";
    for entry in sent.iter().filter(|entry| entry.is_object()) {
        let known = stored
            .iter_mut()
            .find(|known| known.get(KEY) == entry.get(KEY));
        match known {
            Some(known) => set(known, entry.get("value").unwrap_or(&Value::Null)),
            None => stored.push(entry.clone()),
        }
    }
}

/// Sets a custom field's value. An unset list is `[]`, an unset checkbox `false`.
fn set(entry: &mut Value, value: &Value) {
    if let Some(field) = entry.get_mut("value") {
        *field = match (&*field, value) {
            (Value::Array(_), Value::Null) => Value::Array(Vec::new()),
            (Value::Bool(_), Value::Null) => Value::Bool(false),
            _ => value.clone(),
        };
    }
}

/// Moves a stored record to another entity, with all fields that a record of that entity has.
pub(crate) fn retype(
    entity: &'static Entity,
    id: i64,
    stored: Stored,
    more: Fields,
    document: &Document,
    account: &mut Account,
) {
    let mut record = empty(entity, document, account, id, 0);
    record.extend(stored.record.clone());
    record.extend(more);
    account.put(entity.table, id, Some(stored.with(record)));
}
