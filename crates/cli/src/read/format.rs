//! The format of a file: by its content where that is unmistakable, or else by its name.

use std::{fmt, path::Path};

use super::{
    container::{self, Container},
    unreadable,
};

/// The end of the name of a file with records in doubt. It is a CSV.
pub const UNKNOWN: &str = "unknown";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Tsv,
    /// Objects in an array, in a wrapper, or one after the other.
    Json,
    /// An object a line.
    JsonLines,
    Xlsx,
    Xlsb,
    Xls,
    Ods,
}

/// Names for `--format`, and ends of the names of files.
const NAMES: [(&str, Format); 14] = [
    ("csv", Format::Csv),
    ("tsv", Format::Tsv),
    ("xlsx", Format::Xlsx),
    ("xls", Format::Xls),
    ("ods", Format::Ods),
    ("json", Format::Json),
    ("jsonl", Format::JsonLines),
    // Not for `--format`, but the same.
    ("ndjson", Format::JsonLines),
    ("tab", Format::Tsv),
    (UNKNOWN, Format::Csv),
    ("xlsm", Format::Xlsx),
    ("xltx", Format::Xlsx),
    ("xlsb", Format::Xlsb),
    ("geojson", Format::Json),
];

const FOR_THE_OPTION: usize = 7;

impl Format {
    /// By the word after `--format`.
    pub fn named(name: &str) -> Result<Self, String> {
        let mut names = NAMES.iter().take(FOR_THE_OPTION);
        names
            .find(|(known, _)| *known == name)
            .map(|(_, format)| *format)
            .ok_or_else(|| "--format takes csv, tsv, xlsx, xls, ods, json or jsonl".to_owned())
    }

    /// The format of a file that begins with these bytes, and, if it is a text, with this text. An error
    /// names what the file is instead, in words that follow on its name.
    pub fn of(
        told: Option<Self>,
        path: &Path,
        head: &[u8],
        text: &str,
        container: impl FnOnce() -> Container,
    ) -> Result<Self, String> {
        if let Some(what) = unreadable::by_signature(head) {
            return Err(what.to_owned());
        }
        let found = if container::is_container(head) {
            match container() {
                Container::Workbook(format) => Some(format),
                Container::Other(what) => return Err(what.to_owned()),
            }
        } else {
            None
        };
        match (told, found) {
            (Some(told), Some(found)) if told != found => {
                return Err(format!("is {found}, and not {told}, as --format says"));
            }
            (Some(told), None) if told.is_workbook() => {
                return Err(format!(
                    "is not {told}, as --format says; it is damaged, or a text"
                ));
            }
            (_, Some(found)) => return Ok(found),
            _ => {}
        }
        if let Some(what) = unreadable::by_text(text) {
            return Err(what.to_owned());
        }
        if let Some(told) = told {
            return Ok(told);
        }
        let is_json = begins_like_json(text);
        match Self::by_name(path) {
            Some(named) if named.is_workbook() && !is_json => Err(format!(
                "is named like {named}, and is a text or damaged; if it is a text, --format csv or tsv \
                reads it"
            )),
            Some(Self::JsonLines) => Ok(Self::JsonLines),
            Some(Self::Json) => Ok(Self::Json),
            _ if is_json => Ok(Self::Json),
            Some(named) => Ok(named),
            None => Ok(Self::Csv),
        }
    }

    fn by_name(path: &Path) -> Option<Self> {
        let end = path.extension()?.to_str()?.to_lowercase();
        let (_, format) = NAMES.iter().find(|(name, _)| *name == end)?;
        Some(*format)
    }

    pub fn is_workbook(self) -> bool {
        matches!(self, Self::Xlsx | Self::Xlsb | Self::Xls | Self::Ods)
    }

    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::JsonLines)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "a CSV",
            Self::Tsv => "a TSV",
            Self::Json => "JSON",
            Self::JsonLines => "JSON lines",
            Self::Xlsx => "a workbook (.xlsx)",
            Self::Xlsb => "a workbook (.xlsb)",
            Self::Xls => "a workbook (.xls)",
            Self::Ods => "a workbook (.ods)",
        })
    }
}

pub fn has_extension(path: &Path, name: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(name))
}

/// The first bytes of a zip file, as which newer workbooks are stored.
pub const ZIP: &[u8] = b"PK\x03\x04";
/// The first bytes of a compound file, as which older workbooks are stored, and encrypted ones.
pub const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Returns true if no table begins like this.
fn begins_like_json(text: &str) -> bool {
    let mut chars = text.chars().filter(|c| !c.is_whitespace());
    match (chars.next(), chars.next()) {
        (Some('{'), Some('"' | '}')) => true,
        (Some('['), Some('{' | ']')) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format_of(told: Option<Format>, name: &str, text: &str) -> Result<Format, String> {
        let none = || Container::Other("is no workbook");
        Format::of(told, Path::new(name), text.as_bytes(), text, none)
    }

    #[test]
    fn a_text_is_what_its_name_says_and_by_its_content_where_the_name_says_nothing() {
        for (name, text, format) in [
            ("a.csv", "name", Format::Csv),
            ("a.CSV", "name", Format::Csv),
            ("rejects.csv.unknown", "name", Format::Csv),
            ("a.tsv", "name,email", Format::Tsv),
            ("a.txt", "name\temail", Format::Csv),
            ("a", "name", Format::Csv),
            ("-", "name", Format::Csv),
            ("a", " [ {\"name\": 1}]", Format::Json),
            ("-", "{\"name\": 1}\n{\"name\": 2}", Format::Json),
            ("a.txt", "{\"name\": 1}", Format::Json),
            ("a.csv", "[{\"name\": 1}]", Format::Json),
            ("a.csv", "[name],[email]", Format::Csv),
            ("a.json", "name", Format::Json),
            ("a.ndjson", "[1]", Format::JsonLines),
            ("a.jsonl", "{\"name\": 1}", Format::JsonLines),
        ] {
            assert_eq!(format_of(None, name, text), Ok(format), "{name}: {text}");
        }
    }

    #[test]
    fn an_option_says_what_a_text_is_and_not_what_a_workbook_is() {
        let csv = Some(Format::Csv);
        assert_eq!(format_of(csv, "a.json", "[{\"a\": 1}]"), Ok(Format::Csv));
        let named = format_of(Some(Format::Xlsx), "a.xlsx", "name,email");
        assert!(named.is_err_and(|what| what.contains("as --format says")));
        let zip = |told| {
            let workbook = || Container::Workbook(Format::Xlsx);
            Format::of(told, Path::new("a.csv"), b"PK\x03\x04", "", workbook)
        };
        assert_eq!(zip(None), Ok(Format::Xlsx));
        assert!(zip(csv).is_err_and(|what| what == "is a workbook (.xlsx), and not a CSV, as --format says"));
    }

    #[test]
    fn a_text_that_is_named_like_a_workbook_is_refused() {
        let refused = format_of(None, "a.xlsx", "name,email")
            .err()
            .unwrap_or_default();
        assert!(refused.contains("--format csv"), "{refused}");
    }

    #[test]
    fn only_the_formats_of_the_option_have_names_there() {
        assert_eq!(Format::named("jsonl"), Ok(Format::JsonLines));
        for name in ["ndjson", "unknown", "CSV", "parquet"] {
            assert!(Format::named(name).is_err(), "{name}");
        }
    }
}
