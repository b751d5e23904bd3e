//! Matches a list of values by any, all or none of the wanted ones.

use serde_json::Value;

/// Matches tags by a list, of which the lead must have one, or by an object with an `option`. An empty list
/// finds leads without tags.
pub(crate) fn matches(wanted: &Value, held: Option<&Value>) -> bool {
    let (option, wanted) = match wanted {
        Value::Array(wanted) => (None, Some(wanted)),
        object => (
            object.get("option").and_then(Value::as_str),
            object.get("value").and_then(Value::as_array),
        ),
    };
    let held = held
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    wanted.is_none_or(|wanted| match wanted.as_slice() {
        [] => held.is_empty(),
        wanted => chosen(option, wanted, held),
    })
}

/// Returns true if any, all or none of the wanted values are there, as the option says. The default is any.
pub(crate) fn chosen(option: Option<&str>, wanted: &[Value], held: &[Value]) -> bool {
    let is_held = |value: &Value| held.iter().any(|held| same(value, held));
    match option {
        Some("ALL") => wanted.iter().all(is_held),
        Some("NONE") => !wanted.iter().any(is_held),
        _ => wanted.iter().any(is_held),
    }
}

/// Returns true if two values are equal: as numbers, if both can be read as such, else as texts without case.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_f64(),
    };
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.to_lowercase() == other.to_lowercase(),
        (one, other) => one == other || number(one).is_some_and(|one| number(other) == Some(one)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tags_match_by_any_all_or_none_and_none_at_all() {
        let cases = [
            (json!(["a", "x"]), true),
            (json!(["x"]), false),
            (json!({ "option": "ANY", "value": ["A", "x"] }), true),
            (json!({ "option": "ALL", "value": ["a", "b"] }), true),
            (json!({ "option": "ALL", "value": ["a", "x"] }), false),
            (json!({ "option": "NONE", "value": ["x"] }), true),
            (json!({ "option": "NONE", "value": ["a"] }), false),
            (json!([]), false),
        ];
        for (wanted, expected) in cases {
            assert_eq!(
                matches(&wanted, Some(&json!(["a", "b"]))),
                expected,
                "{wanted}"
            );
        }
        assert!(matches(&json!([]), Some(&json!([]))));
    }
}
