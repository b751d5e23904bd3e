//! Numbers as people write them. A number is refused if a JSON number can't hold every digit, so none is
//! changed.

use crate::CustomValue;

/// Returns the number of a text, if it is a plain number of which all digits are kept.
pub(crate) fn parse(text: &str) -> Option<CustomValue> {
    let plain = plain(text)?;
    if !text.contains('.') {
        return plain.parse().ok().map(CustomValue::Integer);
    }
    let number: f64 = text.trim().parse().ok()?;
    (self::plain(&number.to_string())? == plain).then_some(CustomValue::Number(number))
}

/// Returns the digits of a number, without those that make no difference. None if the text is not a plain
/// number.
pub(crate) fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let number = format!("{whole}{point}{fraction}");
    Some(if negative && number != "0" {
        format!("-{number}")
    } else {
        number
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_all_its_digits_or_is_none() {
        for (text, value) in [
            ("42", Some(CustomValue::Integer(42))),
            (" -7 ", Some(CustomValue::Integer(-7))),
            ("1.10", Some(CustomValue::Number(1.1))),
            ("0.1", Some(CustomValue::Number(0.1))),
            ("1000.00", Some(CustomValue::Number(1000.0))),
            (
                "9007199254740993",
                Some(CustomValue::Integer(9_007_199_254_740_993)),
            ),
            ("9007199254740993.5", None),
            ("0.12345678901234567890", None),
            ("99999999999999999999", None),
            ("1e5", None),
            ("1,200", None),
            ("+5", None),
            (".5", None),
            ("5.", None),
            ("", None),
            ("-", None),
            ("seven", None),
            ("NaN", None),
        ] {
            assert_eq!(parse(text), value, "{text}");
        }
    }

    #[test]
    fn digits_that_make_no_difference_make_none() {
        for (text, digits) in [
            ("007", "7"),
            ("1.50", "1.5"),
            ("-0.0", "0"),
            ("0", "0"),
            ("-2.0", "-2"),
        ] {
            assert_eq!(plain(text).as_deref(), Some(digits));
        }
    }
}
