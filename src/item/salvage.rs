//! Reads what can be read of an answer that is not of the documented form. Its records exist in Copper, so a field
//! that can't be read costs nothing but itself: it is left empty, and its value is kept with the unknown fields.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, value::RawValue};

use super::record::{Extra, Record, with_id};
use crate::error::describe;

/// The fields of an object one by one, so that a value which can't be read (a number too large, nesting too
/// deep) affects no other field. Such values are returned second, as text.
pub(super) fn fields(json: &str) -> Result<(Extra, Extra), String> {
    if json.trim_start().is_empty() {
        return Err("it is empty".to_owned());
    }
    if !json.trim_start().starts_with('{') {
        return Err("it is not an object".to_owned());
    }
    let fields: BTreeMap<String, &RawValue> =
        serde_json::from_str(json).map_err(|e| describe(&e))?;
    let (mut object, mut aside) = (Map::new(), Map::new());
    for (field, raw) in fields {
        match serde_json::from_str(raw.get()) {
            Ok(value) => object.insert(field, value),
            Err(_) => aside.insert(field, Value::from(raw.get())),
        };
    }
    Ok((object, aside))
}

/// Reads a record whose answer is not of the documented form. The record exists, so fields that can't be read
/// are left empty, and their values are kept with the unknown fields.
pub(super) fn salvage<T: Record>(object: Extra, aside: Extra) -> Result<T, String> {
    with_id(whole(without_odd_fields(object, aside)?))
}

/// The record with the fields that can't be read among the unknown ones.
pub(super) fn whole<T: Record>((mut record, aside): (T, Extra)) -> T {
    record.extra_mut().extend(aside);
    record
}

/// Reads what can be read, and returns the rest separately.
fn without_odd_fields<T: DeserializeOwned>(
    mut object: Extra,
    mut aside: Extra,
) -> Result<(T, Extra), String> {
    // Unknown fields are not named: their names could be anything, even someone's name.
    let mut at_fault = None;
    loop {
        let error = match serde_json::from_slice::<T>(&line_by_line(&object)) {
            Ok(read) => return Ok((read, aside)),
            Err(error) => error,
        };
        match (field_at(&object, error.line()), at_fault) {
            (Some(field), _) => {
                let value = object.remove(&field).unwrap_or_default();
                aside.insert(field.clone(), value);
                at_fault = Some(field);
            }
            (None, Some(field)) => {
                return Err(format!("its field `{field}` is not of the documented form"));
            }
            (None, None) => {
                return Err("it is neither a failure nor a record with an `id`".to_owned());
            }
        }
    }
}

/// Writes an object with a line for each field, so that the line of an error tells the field.
fn line_by_line(object: &Extra) -> Vec<u8> {
    let mut text = b"{".to_vec();
    for (n, (field, value)) in object.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        text.extend(format!("{comma}\n{}:{value}", Value::from(field.as_str())).bytes());
    }
    text.extend(b"\n}");
    text
}

/// Returns the field in a line of this text. None for the lines of the braces.
fn field_at(object: &Extra, line: usize) -> Option<String> {
    let (field, _) = object.iter().nth(line.checked_sub(2)?)?;
    Some(field.clone())
}

/// Reads the parts of an answer that can be read, and returns the rest separately.
pub(crate) fn read_parts<T: DeserializeOwned>(body: &[u8]) -> Result<(T, Extra), String> {
    let json = std::str::from_utf8(body).map_err(|_| "it is not UTF-8".to_owned())?;
    let (object, aside) = fields(json)?;
    without_odd_fields(object, aside)
}

/// Reads a list of records, at least one of which is not of the documented form. Records whose id can't be
/// read are left out, and counted. If no record can be read, the list is an error and not an empty list.
pub(crate) fn read_list<T: Record>(body: &[u8]) -> Result<(Vec<T>, usize), String> {
    let entries: Vec<&RawValue> = serde_json::from_slice(body).map_err(|e| describe(&e))?;
    let all = entries.len();
    let read = |entry: &RawValue| {
        let (mut object, aside) = fields(entry.get()).ok()?;
        // An id may be a text.
        if let Some(id) = object.get("id").and_then(Value::as_str)
            && let Ok(id) = id.parse::<i64>()
        {
            object.insert("id".to_owned(), id.into());
        }
        without_odd_fields(object, aside).ok().map(whole)
    };
    let records: Vec<T> = entries.into_iter().filter_map(read).collect();
    match all - records.len() {
        dropped if dropped > 0 && records.is_empty() => {
            Err("none of its entries is a record with an `id`".to_owned())
        }
        dropped => Ok((records, dropped)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::LeadStatus;

    #[test]
    fn an_odd_entry_of_a_list_loses_its_field_and_the_list_nothing() {
        let list =
            r#"[{"id":1,"name":"New"},{"id":"2","name":"Open"},{"id":3,"name":7},{"id":{}}]"#;
        let (statuses, dropped) = read_list::<LeadStatus>(list.as_bytes()).expect("a list");
        let names: Vec<_> = statuses
            .iter()
            .map(|it| (it.id.0, it.name.as_deref()))
            .collect();
        assert_eq!(names, [(1, Some("New")), (2, Some("Open")), (3, None)]);
        assert_eq!((&statuses[2].extra["name"], dropped), (&Value::from(7), 1));
        assert!(read_list::<LeadStatus>(b"{}").is_err());
        assert!(read_list::<LeadStatus>(b"[[], {}]").is_err());
    }
}
