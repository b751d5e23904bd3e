//! The phone number criterion, by the documented rules. A *partial* match finds numbers that end in the wanted
//! digits. A *fuzzy* match first strips leading digits, which are codes of countries and areas.

use serde_json::Value;

/// The shortest number that is matched fuzzily by default.
const FUZZY_FROM: usize = 7;
/// The most leading digits that a fuzzy match strips.
const MOST_STRIPPED: usize = 6;
/// The fewest digits that a fuzzy match leaves.
const FEWEST_LEFT: usize = 6;

/// Returns true if the filter's `match` is one that Copper has.
pub(super) fn is_sound(wanted: &Value) -> bool {
    wanted
        .get("match")
        .is_none_or(|by| by == "partial" || by == "fuzzy")
}

pub(super) fn matches(wanted: &Value, numbers: Option<&Value>) -> bool {
    let digits_wanted = digits(wanted.get("value").unwrap_or(wanted));
    let fuzzy = match wanted.get("match").and_then(Value::as_str) {
        Some(by) => by == "fuzzy",
        None => digits_wanted.len() >= FUZZY_FROM,
    };
    let ending = if fuzzy {
        fuzzy_ending(&digits_wanted)
    } else {
        &digits_wanted
    };
    let numbers = numbers.and_then(Value::as_array).into_iter().flatten();
    let mut numbers = numbers.filter_map(|number| number.get("number"));
    numbers.any(|number| digits(number).ends_with(ending))
}

/// The shortest ending that a fuzzy match looks for. Every number with a longer one has this one as well.
fn fuzzy_ending(digits: &str) -> &str {
    let most = digits.len().saturating_sub(FEWEST_LEFT);
    digits.get(most.min(MOST_STRIPPED)..).unwrap_or(digits)
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
    fn a_partial_match_is_an_ending_and_a_fuzzy_one_an_ending_without_leading_digits() {
        let held = json!([{ "number": "(510) 555-1234" }]);
        let cases = [
            (json!("1234"), true),
            (json!("555-123"), false),
            (json!("510"), false),
            (json!("555-1234"), true),
            // The documented example: another area.
            (json!("408-555-1234"), true),
            (json!("+1 408 555 1234"), true),
            (json!("408-555-1235"), false),
            (json!("5105551"), false),
            // Six digits can be stripped, and six are left.
            (json!("000000551234"), true),
            (json!("9999999551234"), false),
            (json!({ "value": "510555", "match": "partial" }), false),
            (json!({ "value": "5551234", "match": "partial" }), true),
            (json!({ "value": "4085551234", "match": "partial" }), false),
            (json!({ "value": "551234", "match": "fuzzy" }), true),
            (json!({ "value": "555", "match": "fuzzy" }), false),
        ];
        for (wanted, expected) in cases {
            assert_eq!(matches(&wanted, Some(&held)), expected, "{wanted}");
        }
    }
}
