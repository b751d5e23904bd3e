//! Phone numbers to look for: by a part of their digits, or fuzzily, whatever stands before them.

use serde_json::Value;

/// Shorter ones are taken as parts of a number unless the search says otherwise.
const WHOLE: usize = 7;

/// Returns true if the filter's `match` is one that Copper has.
pub(crate) fn is_sound(wanted: &Value) -> bool {
    wanted
        .get("match")
        .is_none_or(|by| by == "partial" || by == "fuzzy")
}

pub(crate) fn matches(wanted: &Value, held: Option<&Value>) -> bool {
    let value = wanted.get("value").unwrap_or(wanted);
    let wanted_digits = digits(value);
    let partial = match wanted.get("match").and_then(Value::as_str) {
        Some(by) => by == "partial",
        None => wanted_digits.len() < WHOLE,
    };
    let held = held.and_then(Value::as_array).into_iter().flatten();
    let mut held = held.filter_map(|number| number.get("number")).map(digits);
    held.any(|held| {
        if partial {
            held.contains(&wanted_digits)
        } else {
            // A country's or an area's code may stand before either.
            !held.is_empty() && (held.ends_with(&wanted_digits) || wanted_digits.ends_with(&held))
        }
    })
}

fn digits(number: &Value) -> String {
    let number = number.as_str().unwrap_or_default();
    number.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_numbers_match_in_part_and_long_ones_whatever_stands_before_them() {
        let held = json!([{ "number": "(415) 555-1234" }]);
        let cases = [
            (json!("5551"), true),
            (json!("415"), true),
            (json!("999"), false),
            (json!("555-1234"), true),
            (json!("+1 415 555 1234"), true),
            (json!("4155551"), false),
            (json!({ "value": "4155551", "match": "partial" }), true),
            (json!({ "value": "555", "match": "fuzzy" }), false),
        ];
        for (wanted, expected) in cases {
            assert_eq!(matches(&wanted, Some(&held)), expected, "{wanted}");
        }
    }
}
