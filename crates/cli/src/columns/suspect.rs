//! Suspect cells: values that are sent unchanged, but are probably a mistake.

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
            Self::Placeholder | Self::Capitals | Self::WronglyDecoded
        )
    }

    /// Returns true for a value that `--fix` mends.
    pub fn is_fixed(self) -> bool {
        matches!(self, Self::WrappedAddress | Self::MailTo)
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
            Self::QuotedPhone => "is a phone number after a quote",
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
/// Two bytes of UTF-8, each read as a letter, and the mark for a byte that is none.
const WRONG: [&str; 6] = ["Ã", "Â\u{a0}", "â€", "Ð\u{b0}", "\u{fffd}", "ï¿½"];

/// The first reason to suspect a cell that is not blank.
pub fn of(text: &str, is_name: bool, cell_type: CellType) -> Option<Suspect> {
    let text = text.trim();
    if ERRORS.contains(&text) {
        return Some(Suspect::ErrorCell);
    }
    if PLACEHOLDERS.contains(&text) {
        return Some(Suspect::Placeholder);
    }
    let found = match cell_type {
        CellType::Email => email(text),
        CellType::Phone => phone(text),
        _ if text.starts_with('=') => Some(Suspect::Formula),
        _ if is_name && is_in_capitals(text) => Some(Suspect::Capitals),
        _ => None,
    };
    let is_wrong = || {
        WRONG
            .iter()
            .any(|wrong| text.contains(wrong) && text.len() > wrong.len())
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
        1 if is_mailto(text) => Some(Suspect::MailTo),
        1 if text.contains(['<', '>']) => Some(Suspect::WrappedAddress),
        1 if text.contains(char::is_whitespace) => Some(Suspect::NoAt),
        1 => None,
        _ => Some(Suspect::SeveralAddresses),
    }
}

fn is_mailto(text: &str) -> bool {
    text.get(..7)
        .is_some_and(|start| start.eq_ignore_ascii_case("mailto:"))
}

fn phone(text: &str) -> Option<Suspect> {
    let upper = text.to_ascii_uppercase();
    let is_scientific = upper.split_once("E+").is_some_and(|(digits, exponent)| {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_number(exponent) && is_number(&digits.replace(['.', ','], ""))
    });
    match text.chars().next() {
        _ if is_scientific => Some(Suspect::ScientificPhone),
        Some('\'') => Some(Suspect::QuotedPhone),
        Some('=') => Some(Suspect::Formula),
        _ => None,
    }
}

fn is_in_capitals(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| c.is_alphabetic());
    let count = text.chars().filter(|c| c.is_uppercase()).count();
    count > 3 && letters.all(char::is_uppercase)
}

/// An address without harmless wrappings: `Ana <a@x>` and `mailto:a@x`.
pub fn unwrapped(text: &str) -> &str {
    let text = text.trim();
    let inner = text
        .split_once('<')
        .and_then(|(_, rest)| rest.strip_suffix('>'));
    let text = inner.unwrap_or(text).trim();
    match is_mailto(text) {
        true => text.get(7..).unwrap_or(text).trim(),
        false => text,
    }
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
    fn an_address_is_taken_out_of_its_wrappings() {
        for text in ["a@x", " a@x ", "Ana <a@x>", "<mailto:a@x>", "mailto:a@x"] {
            assert_eq!(unwrapped(text), "a@x", "{text}");
        }
    }
}
