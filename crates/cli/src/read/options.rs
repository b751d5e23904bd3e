//! The options that say how to read a file, if the file itself does not: `--format`, `--encoding`, `--sheet`,
//! `--header-line` and `--no-header`.

use encoding_rs::Encoding;

use super::format::Format;

#[derive(Clone, Debug, Default)]
pub struct Options {
    pub format: Option<Format>,
    pub encoding: Option<&'static Encoding>,
    pub sheet: Option<String>,
    pub header: HeaderAt,
}

/// The place of the names of the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeaderAt {
    /// In the first line, or in the one early line that names two known columns.
    #[default]
    Found,
    /// In this line of the file, from 1.
    Line(u64),
    /// Nowhere: the columns are called `#1`, `#2` and so on.
    Nowhere,
}

/// Returns the encoding with this name, which may be any of its names on the web.
pub fn encoding(name: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label(name.as_bytes()).ok_or_else(|| {
        "--encoding takes the name of an encoding, such as utf-8, utf-16le, windows-1252, iso-8859-2, \
        macintosh, shift_jis, gbk or big5"
            .to_owned()
    })
}

impl Options {
    /// Refuses options that exclude each other, before any file is opened.
    pub fn are_consistent(&self) -> Result<(), String> {
        if let Some(format) = self.format {
            return match self.unfit(format) {
                Some(what) => Err(format!("--format says {format}, and {what}")),
                None => Ok(()),
            };
        }
        let is_for_text = self.encoding.is_some() || self.header != HeaderAt::Found;
        match self.sheet.is_some() && is_for_text {
            true => Err(
                "--sheet is only for workbooks, and --encoding, --header-line and --no-header are only for \
                texts"
                    .to_owned(),
            ),
            false => Ok(()),
        }
    }

    /// Refuses options that don't apply to the format, in words that follow the file's name.
    pub fn are_for(&self, format: Format) -> Result<(), String> {
        match self.unfit(format) {
            Some(what) => Err(format!("is {format}, and {what}")),
            None => Ok(()),
        }
    }

    fn unfit(&self, format: Format) -> Option<&'static str> {
        let is_workbook = format.is_workbook();
        match self {
            Self { sheet: Some(_), .. } if !is_workbook => Some("--sheet is only for workbooks"),
            Self {
                encoding: Some(_), ..
            } if is_workbook => Some("--encoding is only for texts; a workbook says its own"),
            Self {
                header: HeaderAt::Found,
                ..
            } => None,
            _ if is_workbook => Some("--header-line and --no-header are only for texts"),
            _ if format.is_json() => Some(
                "--header-line and --no-header are for tables; its columns are the keys of its objects",
            ),
            _ => None,
        }
    }
}
