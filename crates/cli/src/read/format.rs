//! The formats of files, and their names.

use std::{fmt, path::Path};

/// The file extension for records in doubt. The file is a CSV.
pub const UNKNOWN: &str = "unknown";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Tsv,
    /// Objects in an array, in a wrapper, or one after another.
    Json,
    /// One object per line.
    JsonLines,
    Xlsx,
    Xlsb,
    Xls,
    Ods,
}

/// The names for `--format`, and the file extensions.
const NAMES: [(&str, Format); 14] = [
    ("csv", Format::Csv),
    ("tsv", Format::Tsv),
    ("xlsx", Format::Xlsx),
    ("xls", Format::Xls),
    ("ods", Format::Ods),
    ("json", Format::Json),
    ("jsonl", Format::JsonLines),
    // These and the following are file extensions, but not names for `--format`.
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
    /// Returns the format for a value of `--format`.
    pub fn named(name: &str) -> Result<Self, String> {
        let mut names = NAMES.iter().take(FOR_THE_OPTION);
        names
            .find(|(known, _)| *known == name)
            .map(|(_, format)| *format)
            .ok_or_else(|| "--format takes csv, tsv, xlsx, xls, ods, json or jsonl".to_owned())
    }

    /// Returns the format for the extension of a file's name.
    pub fn by_name(path: &Path) -> Option<Self> {
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

/// The first bytes of a zip file; newer workbooks are zip files.
pub const ZIP: &[u8] = b"PK\x03\x04";
/// The first bytes of a compound file; older and encrypted workbooks are compound files.
pub const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_formats_of_the_option_have_names_there() {
        assert_eq!(Format::named("jsonl"), Ok(Format::JsonLines));
        for name in ["ndjson", "unknown", "CSV", "parquet"] {
            assert!(Format::named(name).is_err(), "{name}");
        }
    }
}
