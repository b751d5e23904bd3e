//! How a record comes to be and how it changes, for all kinds and in single and bulk requests alike:
//! at Copper's side too, that is all they have in common.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    account::{Account, Held},
    check::Purpose,
    document::{Document, kind as json_type},
    kinds::Kind,
    problem::Problem,
};

/// What was sent for a record, among those that were sent with it.
pub(super) struct Draft<'a> {
    /// What may be sent.
    pub(super) schema: &'a Value,
    pub(super) records: &'a [Value],
    /// Which one it is.
    pub(super) at: usize,
}

impl<'a> Draft<'a> {
    /// Of a request for one record.
    pub(super) fn single(schema: &'a Value, record: &'a Value) -> Self {
        Self {
            schema,
            records: std::slice::from_ref(record),
            at: 0,
        }
    }

    /// The fields. What is no object has none.
    pub(super) fn input(&self) -> Cow<'a, Map<String, Value>> {
        let fields = self.records.get(self.at).and_then(Value::as_object);
        fields.map_or_else(|| Cow::Owned(Map::new()), Cow::Borrowed)
    }

    fn others(&self) -> impl Iterator<Item = &'a Map<String, Value>> {
        let others = self.records.iter().enumerate();
        let others = others.filter(|(at, _)| *at != self.at);
        others.filter_map(|(_, record)| record.as_object())
    }
}

/// Creates a record.
pub(super) fn create(
    kind: &'static Kind,
    draft: &Draft<'_>,
    document: &Document,
    account: &mut Account,
) -> Result<Value, Vec<Problem>> {
    let input = draft.input();
    let mut problems = document.problems(draft.schema, &input, Purpose::Write);
    problems.extend((kind.problems)(&input, account));
    problems.extend(taken(kind, None, draft, account));
    if problems.is_empty() {
        Ok(hold(kind, &input, document, account))
    } else {
        Err(problems)
    }
}

/// Changes the record by this id as the draft says: what is absent stays, `null` clears.
pub(super) fn update(
    kind: &'static Kind,
    id: i64,
    draft: &Draft<'_>,
    document: &Document,
    account: &mut Account,
) -> Result<Value, Vec<Problem>> {
    let input = draft.input();
    let mut problems = document.problems(draft.schema, &input, Purpose::Write);
    // What can't be created without a name can't lose it.
    let nameless = input.get("name").is_some_and(|name| {
        name.is_null() || name.as_str().is_some_and(|name| name.trim().is_empty())
    });
    problems.extend(nameless.then(|| Problem::missing("name")));
    problems.extend((kind.problems)(&input, account));
    problems.extend(taken(kind, Some(id), draft, account));
    if !problems.is_empty() {
        return Err(problems);
    }
    let changed = account.change(kind, id, |account, record, now| {
        if input.keys().all(|name| name == "id") {
            return;
        }
        apply(record, &input);
        record.insert("date_modified".to_owned(), now.into());
        (kind.complete)(record, account);
    });
    changed.ok_or_else(|| vec![Problem::invalid("id")])
}

/// Holds a record of these fields, whatever they are, with all the others that its kind has.
pub(super) fn hold(
    kind: &'static Kind,
    fields: &Map<String, Value>,
    document: &Document,
    account: &mut Account,
) -> Value {
    account.create(kind, |account, id, now| {
        let mut record = empty(kind, document, id, now);
        apply(&mut record, fields);
        (kind.complete)(&mut record, account);
        record
    })
}

/// Whether the record has something that another has, or that another of the request asks for.
fn taken(kind: &Kind, id: Option<i64>, draft: &Draft<'_>, account: &Account) -> Option<Problem> {
    let wanted = (kind.unique)(&draft.input());
    if wanted.is_empty() {
        return None;
    }
    let is_owned = |key: &String| {
        account
            .owner(kind, key)
            .is_some_and(|owner| Some(owner) != id)
    };
    let asked: Vec<_> = draft.others().flat_map(kind.unique).collect();
    let taken = wanted
        .iter()
        .any(|key| is_owned(key) || asked.contains(key));
    taken.then(|| Problem::invalid(kind.unique_field))
}

/// All fields that answers have, without their values: lists are never null, single values may be.
fn empty(kind: &Kind, document: &Document, id: i64, now: u64) -> Map<String, Value> {
    let Some(schema) = document.named(kind.schema) else {
        return Map::new();
    };
    let fields = document.fields(schema).into_iter();
    let fields = fields.filter(|(name, _)| !kind.omitted.contains(&name.as_str()));
    let value = |name: &str, field: &Value| match name {
        "id" => id.into(),
        "date_created" | "date_modified" => now.into(),
        "interaction_count" => 0.into(),
        _ if json_type(field) == Some("array") => Value::Array(Vec::new()),
        _ => Value::Null,
    };
    fields
        .map(|(name, field)| (name.clone(), value(name, field)))
        .collect()
}

/// Writes the fields that were sent into a record. Lists are replaced whole, but for custom fields.
fn apply(record: &mut Map<String, Value>, input: &Map<String, Value>) {
    for (name, sent) in input.iter().filter(|(name, _)| *name != "id") {
        let Some(field) = record.get_mut(name) else {
            record.insert(name.clone(), sent.clone());
            continue;
        };
        match (field, sent) {
            (Value::Array(held), Value::Array(sent)) if name == "custom_fields" => {
                merge(held, sent)
            }
            (Value::Array(held), Value::Null) if name == "custom_fields" => {
                held.iter_mut().for_each(|entry| set(entry, &Value::Null));
            }
            (Value::Array(held), Value::Null) => held.clear(),
            (field, sent) => *field = sent.clone(),
        }
    }
}

/// Sets the custom fields that were sent, and leaves the others as they are.
fn merge(held: &mut Vec<Value>, sent: &[Value]) {
    const KEY: &str = "custom_field_definition_id";
    for entry in sent.iter().filter(|entry| entry.is_object()) {
        let known = held
            .iter_mut()
            .find(|known| known.get(KEY) == entry.get(KEY));
        match known {
            Some(known) => set(known, entry.get("value").unwrap_or(&Value::Null)),
            None => held.push(entry.clone()),
        }
    }
}

/// Sets a custom field's value. How no value looks depends on the kind of the field.
fn set(entry: &mut Value, value: &Value) {
    if let Some(field) = entry.get_mut("value") {
        *field = match (&*field, value) {
            (Value::Array(_), Value::Null) => Value::Array(Vec::new()),
            (Value::Bool(_), Value::Null) => Value::Bool(false),
            _ => value.clone(),
        };
    }
}

/// Makes a held record one of another kind, with all the fields that this one has.
pub(super) fn retype(
    kind: &'static Kind,
    id: i64,
    held: Held,
    more: Map<String, Value>,
    document: &Document,
    account: &mut Account,
) {
    let mut record = empty(kind, document, id, 0);
    record.extend(held.record.clone());
    record.extend(more);
    account.put(kind, id, Some(held.with(record)));
}
