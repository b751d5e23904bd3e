//! The parts that Copper takes from a full name. How it does so in detail is not documented; this is
//! right for the documented examples and plausible for others.

const PREFIXES: [&str; 6] = ["mr", "mrs", "ms", "miss", "dr", "prof"];
const SUFFIXES: [&str; 7] = ["jr", "sr", "ii", "iii", "iv", "phd", "md"];

#[derive(Debug, Default, PartialEq)]
pub(super) struct NameParts<'a> {
    pub(super) prefix: Option<&'a str>,
    pub(super) first: Option<&'a str>,
    pub(super) middle: Option<String>,
    pub(super) last: Option<&'a str>,
    pub(super) suffix: Option<&'a str>,
}

impl<'a> NameParts<'a> {
    pub(super) fn of(name: &'a str) -> Self {
        let mut words: Vec<_> = name.split_whitespace().collect();
        let is = |word: Option<&&str>, list: &[&str]| {
            word.is_some_and(|word| {
                list.contains(&word.trim_end_matches('.').to_lowercase().as_str())
            })
        };
        // The last word that is left is a first name, whatever it looks like.
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
