//! Number formats of workbooks, as far as they matter for a postal code or a phone number: a format can show zeros and a
//! plus before the digits that a cell stores.

/// The most parts of a format that is used.
const MOST_PARTS: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The place of a digit. It is shown even if the number has too few digits.
    Zero,
    /// The place of a digit that the number may lack.
    Digit,
    Literal(char),
}

/// A format with nothing but digits, zeros and signs between them, such as `00000` or `+00 000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberFormat(Vec<Part>);

impl NumberFormat {
    /// Reads the code of a format. None for one that shows amounts, dates or texts.
    pub fn of(code: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut chars = code.chars();
        while let Some(char) = chars.next() {
            match char {
                // The next part is for negative numbers.
                ';' => break,
                '0' => parts.push(Part::Zero),
                '#' => parts.push(Part::Digit),
                '\\' => parts.push(Part::Literal(chars.next()?)),
                '"' => {
                    let (text, rest) = chars.as_str().split_once('"')?;
                    parts.extend(text.chars().map(Part::Literal));
                    chars = rest.chars();
                }
                // A language, such as `[$-407]`, and not a condition or a colour.
                '[' => {
                    let (language, rest) = chars.as_str().split_once(']')?;
                    language.strip_prefix("$-")?;
                    chars = rest.chars();
                }
                // A blank that is as wide as the next character.
                '_' => {
                    chars.next();
                }
                ' ' | '-' | '+' | '(' | ')' => parts.push(Part::Literal(char)),
                _ => return None,
            }
        }
        // Only these can add a zero or a plus. Most formats, such as `0`, can't.
        let digits = || {
            parts
                .iter()
                .filter(|part| !matches!(part, Part::Literal(_)))
        };
        let has_zeros = digits().rev().skip(1).any(|part| *part == Part::Zero);
        let has_sign = |part| matches!(part, &Part::Literal('0' | '+'));
        let adds = has_zeros || digits().count() > 0 && parts.iter().any(has_sign);
        (adds && parts.len() <= MOST_PARTS).then_some(Self(parts))
    }

    /// Returns the number as the format shows it, if it begins with a zero or a plus there.
    pub fn shown(&self, number: f64) -> Option<String> {
        let whole = whole(number)?;
        let first = self
            .0
            .iter()
            .position(|part| !matches!(part, Part::Literal(_)));
        let mut digits = whole.chars().rev();
        let mut reversed = String::new();
        for (place, part) in self.0.iter().enumerate().rev() {
            match part {
                Part::Literal(char) => reversed.push(*char),
                Part::Zero => reversed.push(digits.next().unwrap_or('0')),
                Part::Digit => reversed.extend(digits.next()),
            }
            if Some(place) == first {
                reversed.extend(digits.by_ref());
            }
        }
        let shown: String = reversed.chars().rev().collect();
        keeps(&shown, number).then(|| shown.trim().to_owned())
    }
}

/// Returns true for a text that shows a number with zeros or a plus before it, which the number does not have. All other
/// texts, such as amounts and percentages, are not better than the number.
pub fn keeps(shown: &str, number: f64) -> bool {
    let Some(whole) = whole(number) else {
        return false;
    };
    let shown = shown.trim();
    let is_plain =
        |char: char| char.is_ascii_digit() || matches!(char, ' ' | '-' | '+' | '(' | ')');
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    let has_more = shown.starts_with('+') || digits.starts_with('0') && digits.len() > whole.len();
    shown.chars().all(is_plain) && digits.ends_with(&whole) && has_more
}

/// The digits of a whole number that is stored exactly.
fn whole(number: f64) -> Option<String> {
    let is_whole = (0.0..1e15).contains(&number) && number.fract() == 0.0;
    is_whole.then(|| (number.abs() as u64).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_and_a_plus_that_a_format_shows_are_kept() {
        for (code, number, shown) in [
            ("00000", 1970.0, "01970"),
            ("00000", 0.0, "00000"),
            ("00000;-00000", 1970.0, "01970"),
            ("[$-407]00000", 1970.0, "01970"),
            ("0####", 1970.0, "01970"),
            ("\"0\"0000", 1970.0, "01970"),
            ("\\0#", 1761234567.0, "01761234567"),
            ("00000-0000", 19701234.0, "01970-1234"),
            ("+0", 4930123456.0, "+4930123456"),
            ("\\+00\\ 00\\ 000000", 4930123456.0, "+49 30 123456"),
            ("\"+49 \"0", 30123456.0, "+49 30123456"),
            ("(000) 000-0000", 305550100.0, "(030) 555-0100"),
        ] {
            let format = NumberFormat::of(code).expect("a format");
            assert_eq!(format.shown(number).as_deref(), Some(shown), "{code}");
        }
    }

    #[test]
    fn what_adds_no_zero_and_no_plus_shows_nothing_more_than_the_number() {
        for code in [
            "General",
            "0.00",
            "#,##0",
            "0%",
            "0E+00",
            "yyyy",
            "@",
            "",
            "\"x\"",
            "[Red]0",
            "[<=9999999]000-0000;000",
            "0",
            "# ##0",
            "+",
        ] {
            assert_eq!(NumberFormat::of(code), None, "{code}");
        }
        for (code, number) in [
            ("00", 1970.0),
            ("00000", 1.5),
            ("00000", -7.0),
            ("00000", 1e15),
            ("00000", f64::NAN),
            ("000", 1970.0),
            ("000-000", 555010.0),
            ("00\"x\"", 1.0),
        ] {
            let shown = NumberFormat::of(code).and_then(|format| format.shown(number));
            assert_eq!(shown, None, "{code} {number}");
        }
        for shown in ["1.970,00", "0,25", "1970", "01971", "0x1970", "25%", ""] {
            assert!(!keeps(shown, 1970.0), "{shown}");
        }
        assert!(keeps(" 01970", 1970.0));
    }
}
