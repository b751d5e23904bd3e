//! Suspect cells: values that are sent unchanged, but are probably a mistake; and the harmless wrappings that
//! `--fix` removes.

use std::fmt;

use crate::fields::field::CellType;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suspect {
    NoAt,
    SeveralAddresses,
    WrappedAddress,
    MailTo,
    ScientificPhone,
    QuotedPhone,
    FormulaPhone,
    PrefixedPhone,
    QuotedNumber,
    FormulaText,
    Formula,
    ErrorCell,
    Placeholder,
    Capitals,
    WronglyDecoded,
}

impl Suspect {
    /// Returns true for a value that `--check` rejects, because it can't be right.
    pub fn is_malformed(self) -> bool {
        !matches!(
            self,
            Self::QuotedNumber | Self::Placeholder | Self::Capitals | Self::WronglyDecoded
        )
    }

    /// Returns true for a value that `--fix` mends.
    pub fn is_fixed(self) -> bool {
        matches!(
            self,
            Self::WrappedAddress
                | Self::MailTo
                | Self::QuotedPhone
                | Self::FormulaPhone
                | Self::PrefixedPhone
                | Self::QuotedNumber
                | Self::FormulaText
        )
    }
}

impl fmt::Display for Suspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAt => "is an address without an @",
            Self::SeveralAddresses => "has several addresses",
            Self::WrappedAddress => "has an address in <…>, which --fix takes out",
            Self::MailTo => "begins with mailto:, which --fix takes off",
            Self::ScientificPhone => {
                "is a phone number that a spreadsheet has rounded, such as 4.9E+11"
            }
            Self::QuotedPhone => "is a phone number after a quote, which --fix takes off",
            Self::FormulaPhone => "is a phone number after =, which --fix takes off",
            Self::PrefixedPhone => {
                "is a phone number after a word such as p: or tel:, which --fix takes off"
            }
            Self::QuotedNumber => "is a number after a quote, which --fix takes off",
            Self::FormulaText => "is a text in =\"…\", which --fix takes out",
            Self::Formula => "begins with =, as a formula does",
            Self::ErrorCell => "is an error of a spreadsheet, such as #N/A",
            Self::Placeholder => "stands for nothing, such as NULL or -",
            Self::Capitals => "is a name in capitals only",
            Self::WronglyDecoded => "looks wrongly decoded, such as Ã©",
        })
    }
}

const ERRORS: [&str; 8] = [
    "#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#ERROR!",
];
const PLACEHOLDERS: [&str; 10] = [
    "NULL",
    "null",
    "-",
    "--",
    "n/a",
    "N/A",
    "NA",
    "none",
    "None",
    "undefined",
];
/// No error and no placeholder is longer, in bytes.
const SHORT: usize = 9;
/// Two bytes of UTF-8, each read as a letter, and the mark for a byte that is none.
const WRONG: [&str; 6] = ["Ã", "Â\u{a0}", "â€", "Ð\u{b0}", "\u{fffd}", "ï¿½"];
/// Words before a phone number, by which forms and links mark it.
const PHONE_PREFIXES: [&str; 5] = ["p:", "tel:", "phone:", "callto:", "sip:"];

/// The first reason to suspect a cell that is trimmed and not blank.
pub fn of(text: &str, is_name: bool, cell_type: CellType) -> Option<Suspect> {
    if text.len() <= SHORT {
        if ERRORS.contains(&text) {
            return Some(Suspect::ErrorCell);
        }
        if PLACEHOLDERS.contains(&text) {
            return Some(Suspect::Placeholder);
        }
    }
    let found = match cell_type {
        CellType::Phone => phone(text),
        _ if formula_text(text).is_some() => Some(Suspect::FormulaText),
        CellType::Email => email(text),
        _ if text.starts_with('=') => Some(Suspect::Formula),
        _ if quoted_number(text).is_some() => Some(Suspect::QuotedNumber),
        _ if is_name && is_in_capitals(text) => Some(Suspect::Capitals),
        _ => None,
    };
    let is_wrong = || {
        let has = |wrong: &&str| text.contains(*wrong) && text.len() > wrong.len();
        !text.is_ascii() && WRONG.iter().any(has)
    };
    found.or_else(|| is_wrong().then_some(Suspect::WronglyDecoded))
}

fn email(text: &str) -> Option<Suspect> {
    // It is written in the form of the API.
    if text.starts_with(['{', '[']) {
        return None;
    }
    match text.matches('@').count() {
        0 => Some(Suspect::NoAt),
        1 if after(text, "mailto:").is_some() => Some(Suspect::MailTo),
        1 if text.contains(['<', '>']) => Some(Suspect::WrappedAddress),
        1 if text.contains(char::is_whitespace) => Some(Suspect::NoAt),
        1 => None,
        _ => Some(Suspect::SeveralAddresses),
    }
}

fn phone(text: &str) -> Option<Suspect> {
    let is_scientific = text
        .split_once(['E', 'e'])
        .is_some_and(|(digits, exponent)| {
            let is_number =
                |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let exponent = exponent.strip_prefix('+');
            exponent.is_some_and(is_number) && is_number(&digits.replace(['.', ','], ""))
        });
    match text.chars().next() {
        _ if is_scientific => Some(Suspect::ScientificPhone),
        Some('\'') => Some(Suspect::QuotedPhone),
        Some('=') if formula_text(text).is_some() => Some(Suspect::FormulaText),
        Some('=') if formula_number(text).is_some() => Some(Suspect::FormulaPhone),
        Some('=') => Some(Suspect::Formula),
        _ if prefixed(text).is_some() => Some(Suspect::PrefixedPhone),
        _ => None,
    }
}

fn is_in_capitals(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| c.is_alphabetic());
    let count = text.chars().filter(|c| c.is_uppercase()).count();
    count > 3 && letters.all(char::is_uppercase)
}

/// The text after a prefix, in any case.
fn after<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start
        .eq_ignore_ascii_case(prefix)
        .then_some(rest.trim_start())
}

fn prefixed(text: &str) -> Option<&str> {
    let mut prefixes = PHONE_PREFIXES.iter();
    let rest = prefixes.find_map(|prefix| after(text, prefix))?;
    is_number(rest).then_some(rest)
}

/// Returns true for digits and what may stand between them.
fn is_number(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-./() ".contains(&byte))
}

fn quoted_number(text: &str) -> Option<&str> {
    text.strip_prefix('\'').filter(|rest| is_number(rest))
}

fn formula_number(text: &str) -> Option<&str> {
    text.strip_prefix('=').filter(|rest| is_number(rest))
}

/// The text in `="…"`, by which exports keep a spreadsheet from reading a number.
fn formula_text(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("=\"")?.strip_suffix('"')?;
    (!inner.contains('"')).then_some(inner.trim())
}

/// A text without its harmless wrappings, such as `Ana <a@x>`, `mailto:a@x`, `'+44 20` and `p:+44 20`.
pub fn unwrapped(text: &str, cell_type: CellType) -> &str {
    let mut text = text.trim();
    // One can be in another.
    while let Some(inner) = inner(text, cell_type) {
        text = inner.trim();
    }
    text
}

fn inner(text: &str, cell_type: CellType) -> Option<&str> {
    let by_type = match cell_type {
        CellType::Email => {
            let in_brackets = text
                .split_once('<')
                .and_then(|(_, rest)| rest.strip_suffix('>'));
            in_brackets.or_else(|| after(text, "mailto:"))
        }
        CellType::Phone => text
            .strip_prefix('\'')
            .or_else(|| formula_number(text))
            .or_else(|| prefixed(text)),
        _ => quoted_number(text),
    };
    by_type.or_else(|| formula_text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_probably_not_meant_is_suspect() {
        use CellType::{Email, Phone, Plain};
        for (text, cell_type, suspect) in [
            ("a@x.example", Email, None),
            ("a x.example", Email, Some(Suspect::NoAt)),
            (
                "a@x.example, b@x.example",
                Email,
                Some(Suspect::SeveralAddresses),
            ),
            ("Ana <a@x.example>", Email, Some(Suspect::WrappedAddress)),
            ("MAILTO:a@x.example", Email, Some(Suspect::MailTo)),
            ("4.91765E+11", Phone, Some(Suspect::ScientificPhone)),
            ("4,91765E+11", Phone, Some(Suspect::ScientificPhone)),
            ("'+44 20", Phone, Some(Suspect::QuotedPhone)),
            ("=4917612345", Phone, Some(Suspect::FormulaPhone)),
            ("=A1", Phone, Some(Suspect::Formula)),
            ("=\"0049 30\"", Phone, Some(Suspect::FormulaText)),
            ("p:+4915112345", Phone, Some(Suspect::PrefixedPhone)),
            ("Tel: 030 1", Phone, Some(Suspect::PrefixedPhone)),
            ("p: unknown", Phone, None),
            ("=\"01970\"", Plain, Some(Suspect::FormulaText)),
            ("'01970", Plain, Some(Suspect::QuotedNumber)),
            ("'90s fan", Plain, None),
            ("+44 20 1 ext. 5", Phone, None),
            ("=1+1", Plain, Some(Suspect::Formula)),
            ("#N/A", Plain, Some(Suspect::ErrorCell)),
            ("NULL", Plain, Some(Suspect::Placeholder)),
            ("-", Phone, Some(Suspect::Placeholder)),
            ("RenÃ©e", Plain, Some(Suspect::WronglyDecoded)),
            ("Renée Âme", Plain, None),
        ] {
            assert_eq!(of(text, false, cell_type), suspect, "{text}");
        }
        assert_eq!(of("JANE DOE", true, Plain), Some(Suspect::Capitals));
        assert_eq!(of("IBM", true, Plain), None);
        assert_eq!(of("Jane DOE", true, Plain), None);
    }

    #[test]
    fn what_is_mended_is_taken_out_of_all_its_wrappings() {
        use CellType::{Email, Phone, Plain};
        for (cell_type, inner, texts) in [
            (
                Email,
                "a@x",
                &[
                    "a@x",
                    " a@x ",
                    "Ana <a@x>",
                    "<mailto:a@x>",
                    "MailTo: a@x",
                    "=\"a@x\"",
                ][..],
            ),
            (
                Phone,
                "+44 20",
                &[
                    "'+44 20",
                    "=+44 20",
                    "=\"+44 20\"",
                    "p:+44 20",
                    "tel:+44 20",
                    "'p: +44 20",
                ],
            ),
            (Plain, "01970", &["'01970", "=\"01970\""]),
            (Plain, "'tis", &["'tis"]),
            (Plain, "=1+A1", &["=1+A1"]),
            (Phone, "4.9E+11", &["'4.9E+11"]),
        ] {
            for text in texts {
                assert_eq!(unwrapped(text, cell_type), inner, "{text}");
            }
        }
    }

    #[test]
    fn what_is_mended_is_suspect_before_and_not_after() {
        use CellType::{Email, Phone, Plain};
        for (text, cell_type) in [
            ("Ana <a@x>", Email),
            ("mailto:a@x", Email),
            ("'+44 20", Phone),
            ("=44 20", Phone),
            ("=\"44 20\"", Phone),
            ("p:+44 20", Phone),
            ("'01970", Plain),
        ] {
            assert!(
                of(text, false, cell_type).is_some_and(Suspect::is_fixed),
                "{text}"
            );
            assert_eq!(
                of(unwrapped(text, cell_type), false, cell_type),
                None,
                "{text}"
            );
        }
    }
}
