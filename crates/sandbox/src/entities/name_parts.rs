//! The parts that Copper derives from a full name. The exact rules are not documented; these give the
//! parts of the documented examples, and plausible parts of others.

use crate::account::Fields;

const PREFIXES: [&str; 6] = ["mr", "mrs", "ms", "miss", "dr", "prof"];
const SUFFIXES: [&str; 7] = ["jr", "sr", "ii", "iii", "iv", "phd", "md"];

/// Sets the parts of a record's name.
pub(super) fn derive(record: &mut Fields) {
    let name = record.get("name").and_then(|name| name.as_str());
    let name = name.unwrap_or_default().to_owned();
    let NameParts {
        prefix,
        first,
        middle,
        last,
        suffix,
    } = NameParts::of(&name);
    let middle = middle.as_deref();
    let parts = [
        ("prefix", prefix),
        ("first_name", first),
        ("middle_name", middle),
        ("last_name", last),
        ("suffix", suffix),
    ];
    record.extend(parts.map(|(field, part)| (field.to_owned(), part.into())));
}

#[derive(Debug, Default, PartialEq)]
struct NameParts<'a> {
    prefix: Option<&'a str>,
    first: Option<&'a str>,
    middle: Option<String>,
    last: Option<&'a str>,
    suffix: Option<&'a str>,
}

impl<'a> NameParts<'a> {
    fn of(name: &'a str) -> Self {
        let mut words: Vec<_> = name.split_whitespace().collect();
        let is = |word: Option<&&str>, list: &[&str]| {
            word.is_some_and(|word| {
                list.contains(&word.trim_end_matches('.').to_lowercase().as_str())
            })
        };
        // A single word is a first name, even if it looks like a prefix or a suffix.
        let prefix = (words.len() > 1 && is(words.first(), &PREFIXES)).then(|| words.remove(0));
        let suffix = if words.len() > 1 && is(words.last(), &SUFFIXES) {
            words.pop()
        } else {
            None
        };
        let last = if words.len() > 1 { words.pop() } else { None };
        let mut rest = words.into_iter();
        let first = rest.next();
        let middle = Some(rest.collect::<Vec<_>>().join(" ")).filter(|middle| !middle.is_empty());
        Self {
            prefix,
            first,
            middle,
            last: last.map(|last| last.trim_end_matches(',')),
            suffix,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_falls_into_its_parts() {
        let parts = |name| {
            let NameParts {
                prefix,
                first,
                middle,
                last,
                suffix,
            } = NameParts::of(name);
            [
                prefix.map(str::to_owned),
                first.map(str::to_owned),
                middle,
                last.map(str::to_owned),
                suffix.map(str::to_owned),
            ]
            .map(Option::unwrap_or_default)
            .join("|")
        };
        assert_eq!(parts("Lead One"), "|Lead||One|");
        assert_eq!(parts("Ada"), "|Ada|||");
        assert_eq!(
            parts("Dr. Martin Luther van King, Jr."),
            "Dr.|Martin|Luther van|King|Jr."
        );
        assert_eq!(parts("Mr"), "|Mr|||");
        assert_eq!(parts("  李  小龙 "), "|李||小龙|");
        assert_eq!(parts(""), "||||");
    }
}
