//! The value of a custom field as the text of a cell.
//!
//! Copper expects numbers, booleans and lists as such, but a cell contains only text. A text that is clearly
//! one of these is sent as one. A code or a phone number must not become a number by accident. So a number
//! has no leading zero, plus sign or exponent, and only as many digits as are kept exactly. A text in quotes
//! is that text: `"42"`. Every JSON value can be written to a cell and read back unchanged.

use serde_json::Value;

/// Some readers don't keep more digits exactly; such a number is probably that of a card.
const DIGITS: usize = 15;

/// The value that a cell means.
pub fn from_cell(cell: String) -> Value {
    let text = cell.trim();
    let is_json = match text.as_bytes().first() {
        Some(b'[' | b'{' | b'"') => true,
        Some(b'-' | b'0'..=b'9') => is_plain_number(text),
        _ => matches!(text, "true" | "false"),
    };
    match serde_json::from_str(text) {
        Ok(value) if is_json => value,
        _ => Value::String(cell),
    }
}

/// The cell for this value.
pub fn to_cell(value: &Value) -> String {
    match value {
        Value::String(text) if from_cell(text.clone()) == *value => text.clone(),
        other => other.to_string(),
    }
}

/// Returns true if a cell can express this value: some JSON numbers have no cell.
pub fn has_cell(value: &Value) -> bool {
    match value {
        Value::Number(number) => is_plain_number(&number.to_string()),
        _ => true,
    }
}

fn is_plain_number(text: &str) -> bool {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && whole.len() + fraction.map_or(0, str::len) <= DIGITS
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_a_number_a_boolean_a_list_or_else_text() {
        for (cell, value) in [
            ("42", json!(42)),
            (" 42 ", json!(42)),
            ("-1.50", json!(-1.5)),
            ("1000.00", json!(1000.0)),
            ("1518595200", json!(1_518_595_200)),
            ("true", json!(true)),
            ("[8, 9]", json!([8, 9])),
            (r#"{"id": 1}"#, json!({"id": 1})),
            (r#""42""#, json!("42")),
            ("007", json!("007")),
            ("+1 555 0100", json!("+1 555 0100")),
            ("555-0100", json!("555-0100")),
            ("12e4", json!("12e4")),
            ("1.", json!("1.")),
            ("0.5.1", json!("0.5.1")),
            ("4242424242424242", json!("4242424242424242")),
            ("[draft] call back", json!("[draft] call back")),
            (r#""Big" deal"#, json!(r#""Big" deal"#)),
            ("True", json!("True")),
            ("null", json!("null")),
            ("-", json!("-")),
            (" spaced ", json!(" spaced ")),
        ] {
            assert_eq!(from_cell(cell.to_owned()), value, "{cell}");
        }
    }

    #[test]
    fn whatever_json_holds_survives_a_cell() {
        for value in [
            json!("42"),
            json!("007"),
            json!("true"),
            json!("[8]"),
            json!(r#""quoted""#),
            json!("plain, \"odd\"\nand long"),
            json!(0.1),
            json!(-7),
            json!([1, [2, null], "a"]),
            json!(false),
        ] {
            assert!(has_cell(&value), "{value}");
            assert_eq!(from_cell(to_cell(&value)), value, "{}", to_cell(&value));
        }
    }

    #[test]
    fn a_number_that_no_cell_can_hold_is_known_as_such() {
        for value in [json!(1e300), json!(1e-7), json!(9_007_199_254_740_993_i64)] {
            assert!(!has_cell(&value), "{value}");
            assert_ne!(from_cell(to_cell(&value)), value, "{value}");
        }
    }
}
