//! The custom field criterion: a value, a range, or no value. The type of a field is that of its definition.
//! Without a definition, it is that of the field's values.

use serde_json::{Map, Value};

use super::options::{chosen, same};
use crate::account::{Lookups, lookups::by_id};

/// Returns true if a lead matches one filter.
pub(crate) fn matches(filter: &Value, lead: &Map<String, Value>) -> bool {
    let held = value(filter, lead);
    if empty_is_asked(filter) && is_empty(held) {
        return true;
    }
    let wanted = filter.get("value").filter(|value| !value.is_null());
    let range = has_range(filter);
    if wanted.is_none() && !range {
        // The filter only asks for leads without a value, or for nothing.
        return !empty_is_asked(filter);
    }
    wanted.is_none_or(|wanted| has(filter, wanted, held)) && (!range || within(filter, held))
}

/// Returns true if the filter asks for empty text fields, which was recorded to end in a 500.
pub(crate) fn fails<'a>(
    filter: &Value,
    lookups: &Lookups,
    mut leads: impl Iterator<Item = &'a Map<String, Value>>,
) -> bool {
    let alone = filter.get("value").is_none_or(Value::is_null) && !has_range(filter);
    alone
        && empty_is_asked(filter)
        && (is_text(filter, lookups)
            || leads.any(|lead| value(filter, lead).is_some_and(Value::is_string)))
}

/// Returns true if the filter asks for a value of a text field, which searches don't support.
pub(super) fn asks_for_text(filter: &Value, lookups: &Lookups) -> bool {
    filter.get("value").is_some_and(|value| !value.is_null()) && is_text(filter, lookups)
}

fn is_text(filter: &Value, lookups: &Lookups) -> bool {
    let id = filter
        .get("custom_field_definition_id")
        .and_then(Value::as_i64);
    let field = id.and_then(|id| by_id(&lookups.custom_fields, id));
    let data_type = field.and_then(|field| field.get("data_type")?.as_str());
    matches!(data_type, Some("String" | "Text" | "URL"))
}

fn empty_is_asked(filter: &Value) -> bool {
    filter.get("allow_empty") == Some(&Value::Bool(true))
}

fn has_range(filter: &Value) -> bool {
    let is_there = |end: &str| filter.get(end).is_some_and(Value::is_number);
    is_there("minimum_value") || is_there("maximum_value")
}

/// The lead's value of the filter's field.
fn value<'a>(filter: &Value, lead: &'a Map<String, Value>) -> Option<&'a Value> {
    const KEY: &str = "custom_field_definition_id";
    let fields = lead.get("custom_fields")?.as_array()?;
    let field = fields
        .iter()
        .find(|field| field.get(KEY) == filter.get(KEY))?;
    field.get("value").filter(|value| !value.is_null())
}

fn is_empty(held: Option<&Value>) -> bool {
    match held {
        None => true,
        Some(Value::Array(options)) => options.is_empty(),
        Some(_) => false,
    }
}

/// A list of options also matches a field with a single value. An unset checkbox is off.
fn has(filter: &Value, wanted: &Value, held: Option<&Value>) -> bool {
    let held_options = match held {
        Some(Value::Array(options)) => options.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let option = filter.get("option").and_then(Value::as_str);
    match wanted {
        Value::Array(wanted) => chosen(option, wanted, held_options),
        Value::Bool(false) => held.is_none_or(|held| same(wanted, held)),
        wanted => chosen(option, std::slice::from_ref(wanted), held_options),
    }
}

fn within(filter: &Value, held: Option<&Value>) -> bool {
    let held = held.and_then(Value::as_f64);
    let end = |end: &str| filter.get(end).and_then(Value::as_f64);
    held.is_some_and(|held| {
        end("minimum_value").is_none_or(|minimum| held >= minimum)
            && end("maximum_value").is_none_or(|maximum| held <= maximum)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_of_field_can_be_looked_for() {
        let lead = json!({ "custom_fields": [
            { "custom_field_definition_id": 1, "value": 50 },
            { "custom_field_definition_id": 2, "value": [7, 8] },
            { "custom_field_definition_id": 3, "value": true },
            { "custom_field_definition_id": 4, "value": [] },
            { "custom_field_definition_id": 5, "value": null },
            { "custom_field_definition_id": 6, "value": "text" },
        ] });
        let lead = lead.as_object().expect("a lead");
        let cases = [
            (
                json!({ "custom_field_definition_id": 1, "minimum_value": 50, "maximum_value": 50 }),
                true,
            ),
            (
                json!({ "custom_field_definition_id": 1, "minimum_value": 50.5 }),
                false,
            ),
            (
                json!({ "custom_field_definition_id": 1, "value": "50" }),
                true,
            ),
            (
                json!({ "custom_field_definition_id": 1, "value": [50, 51] }),
                true,
            ),
            (
                json!({ "custom_field_definition_id": 2, "value": [8, 9] }),
                true,
            ),
            (
                json!({ "custom_field_definition_id": 2, "value": [8, 9], "option": "ALL" }),
                false,
            ),
            (
                json!({ "custom_field_definition_id": 2, "value": [9], "option": "NONE" }),
                true,
            ),
            (
                json!({ "custom_field_definition_id": 2, "allow_empty": true }),
                false,
            ),
            (
                json!({ "custom_field_definition_id": 3, "value": true }),
                true,
            ),
            (
                json!({ "custom_field_definition_id": 3, "value": false }),
                false,
            ),
            (
                json!({ "custom_field_definition_id": 4, "allow_empty": true }),
                true,
            ),
            (
                json!({ "custom_field_definition_id": 5, "allow_empty": true }),
                true,
            ),
            (
                json!({ "custom_field_definition_id": 5, "value": false }),
                true,
            ),
            (
                json!({ "custom_field_definition_id": 9, "allow_empty": true }),
                true,
            ),
            (
                json!({ "custom_field_definition_id": 9, "value": [1] }),
                false,
            ),
            (
                json!({ "custom_field_definition_id": 9, "value": [1], "allow_empty": true }),
                true,
            ),
        ];
        for (filter, expected) in cases {
            assert_eq!(matches(&filter, lead), expected, "{filter}");
        }
        let asked = |id: i64| json!({ "custom_field_definition_id": id, "allow_empty": true });
        let lookups = Lookups::default();
        assert!(fails(&asked(6), &lookups, std::iter::once(lead)));
        assert!(!fails(&asked(4), &lookups, std::iter::once(lead)));
        let lookups = Lookups::examples();
        let text = asked(100_764);
        assert!(fails(&text, &lookups, std::iter::once(lead)));
        assert!(!asks_for_text(&text, &lookups));
        let text = json!({ "custom_field_definition_id": 100_764, "value": "x" });
        assert!(asks_for_text(&text, &lookups));
    }
}
