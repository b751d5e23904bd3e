//! The input file, in any format: a header, and rows that can be read any number of times.
//!
//! The first reading detects the format and takes the digests. Later ones check the rows and send them. Of a text or
//! JSON file, only one row is in memory at a time. The meaning of a column is not known here.

use std::{io::Read, path::Path};

use super::{
    container::Container,
    decoder::Decoded,
    delimited::{self, END, Records},
    detection,
    dialect::{DELIMITERS, Dialect, IsKnown},
    encoding::{By, HEAD, Inspection, TextEncoding},
    fault::Fault,
    format::Format,
    json::{self, Objects},
    options::{HeaderAt, Options},
    row::{MOST_COLUMNS, Name, Problem, Row},
    snapshot::{Blocks, Snapshot},
    tally::Tally,
    text::Text,
    workbook::{self, Sheet},
};

pub struct Source {
    snapshot: Snapshot,
    pub format: Format,
    content: Content,
    /// The names of the columns, each with the first line that has it.
    pub header: Vec<Name>,
    /// Notes for a person about the reading of the file: sentences that follow its name.
    pub notes: Vec<String>,
}

enum Content {
    Delimited {
        encoding: TextEncoding,
        dialect: Dialect,
        has_header: bool,
        has_quotes: bool,
    },
    Json {
        encoding: TextEncoding,
        header: json::Header,
    },
    Sheet(Box<Sheet>),
}

/// The format of a CSV that opens correctly in the program that wrote the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub delimiter: u8,
    /// True if it begins with a byte order mark, by which Excel recognises UTF-8.
    pub bom: bool,
}

/// The reason why a file can't be read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The whole file is unreadable. The reason is in words that follow the file's name.
    File(String),
    /// A line is unreadable.
    Line(Problem),
}

/// The facts about a text that the first reading finds.
struct Inspected<'i> {
    encoding: TextEncoding,
    /// The beginning of the text.
    sample: &'i str,
    has_quotes: bool,
}

type Bytes<'s> = Decoded<Blocks<'s>>;

impl Source {
    /// Detects the format of a file. `progress` gets the number of bytes read so far, and the number of all bytes.
    pub fn open(
        path: &Path,
        options: &Options,
        is_known: IsKnown<'_>,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Self, Unreadable> {
        let mut inspection = Inspection::default();
        let snapshot = Snapshot::take(path, |block, at, size| {
            inspection.see(block);
            progress(at, size);
        });
        let snapshot = snapshot.map_err(Unreadable::File)?;
        Self::of(snapshot, inspection, path, options, is_known)
    }

    /// A source of bytes that are not in a file.
    pub fn of_bytes(
        bytes: &[u8],
        name: &str,
        options: &Options,
        is_known: IsKnown<'_>,
    ) -> Result<Self, Unreadable> {
        let mut inspection = Inspection::default();
        let snapshot = Snapshot::of_bytes(bytes, |block, _, _| inspection.see(block));
        let snapshot = snapshot.map_err(|error| Unreadable::File(error.to_string()))?;
        Self::of(snapshot, inspection, Path::new(name), options, is_known)
    }

    /// A source of a text in this format, with the names of columns in its first line.
    pub fn of_text(text: &str, format: Format) -> Result<Self, Unreadable> {
        let options = Options {
            format: Some(format),
            ..Options::default()
        };
        Self::of_bytes(text.as_bytes(), "", &options, &|_| false)
    }

    fn of(
        snapshot: Snapshot,
        mut inspection: Inspection,
        path: &Path,
        options: &Options,
        is_known: IsKnown<'_>,
    ) -> Result<Self, Unreadable> {
        let head = inspection.head().to_vec();
        // A container is needed as a whole; of a text, only the beginning is needed.
        let mut bytes = Vec::new();
        let container = super::container::is_container(&head);
        if container {
            let read = snapshot.reader().read_to_end(&mut bytes);
            read.map_err(|error| Unreadable::File(Fault::from(error).to_string()))?;
        }
        let encoding = match container {
            true => None,
            false => Some(inspection.encoding(options.encoding)),
        };
        let known = encoding
            .as_ref()
            .and_then(|encoding| encoding.as_ref().ok());
        let sample = known.map_or_else(String::new, |encoding| sample(&snapshot, *encoding));
        let format = detection::format(options.format, path, &head, &sample, || {
            Container::of(&bytes)
        })
        .map_err(Unreadable::File)?;
        options.are_for(format).map_err(Unreadable::File)?;
        let encoding = encoding.unwrap_or_else(|| Err(format!("is {format}, and no text")));
        match format {
            _ if format.is_workbook() => {
                let mut sheet = Sheet::read(bytes, format, options.sheet.as_deref())
                    .map_err(Unreadable::File)?;
                sheet
                    .find_header(options.header, is_known)
                    .map_err(Unreadable::Line)?;
                Ok(Self::of_sheet(snapshot, format, sheet))
            }
            Format::Json | Format::JsonLines => {
                let encoding = encoding.map_err(Unreadable::File)?;
                Self::of_json(snapshot, format, encoding, is_known)
            }
            _ => {
                let text = Inspected {
                    encoding: encoding.map_err(Unreadable::File)?,
                    sample: &sample,
                    has_quotes: inspection.has_quotes,
                };
                Self::of_delimited(snapshot, format, text, options, is_known)
            }
        }
    }

    fn of_sheet(snapshot: Snapshot, format: Format, mut sheet: Sheet) -> Self {
        let mut notes = Vec::new();
        if !sheet.others.is_empty() {
            let others: Vec<String> = sheet
                .others
                .iter()
                .map(|name| format!("`{name}`"))
                .collect();
            notes.push(format!(
                "its sheet `{}` is read, and not {}; --sheet names another",
                sheet.name,
                others.join(", ")
            ));
        }
        let line = sheet.header.first().map_or(1, |name| name.line);
        let hint =
            "take the rows before the names of the columns out of it if another row has them";
        notes.extend(about_header(line, sheet.preamble, &sheet.rivals, hint));
        notes.extend(sheet.notes());
        Self {
            snapshot,
            format,
            header: std::mem::take(&mut sheet.header),
            content: Content::Sheet(Box::new(sheet)),
            notes,
        }
    }

    fn of_json(
        snapshot: Snapshot,
        format: Format,
        encoding: TextEncoding,
        is_known: IsKnown<'_>,
    ) -> Result<Self, Unreadable> {
        let mut objects = objects(&snapshot, format, encoding);
        let mut header = json::Header::read(&mut objects, is_known).map_err(Unreadable::Line)?;
        let mut notes = Vec::from_iter(about_encoding(encoding));
        if let Some((key, has_more)) = objects.wrapper() {
            notes.push(format!("its records are those of `{key}`"));
            if has_more {
                notes.push(
                    "it says that there are more records than it has: get the other pages"
                        .to_owned(),
                );
            }
        }
        drop(objects);
        if let Some(list) = &header.list {
            notes.push(format!(
                "it is one object, with a list of objects in `{list}`; if these are the records, put the list into \
                a file of its own, for example by jq"
            ));
        }
        Ok(Self {
            snapshot,
            format,
            header: std::mem::take(&mut header.names),
            content: Content::Json { encoding, header },
            notes,
        })
    }

    fn of_delimited(
        snapshot: Snapshot,
        format: Format,
        text: Inspected<'_>,
        options: &Options,
        is_known: IsKnown<'_>,
    ) -> Result<Self, Unreadable> {
        let Inspected {
            encoding,
            sample,
            has_quotes,
        } = text;
        let first = |what| Unreadable::Line((1, what));
        let delimiters: &[u8] = match (format, options.format) {
            (Format::Tsv, Some(_)) => b"\t",
            (Format::Tsv, None) => b"\t,;|",
            _ => &DELIMITERS,
        };
        let dialect = Dialect::of(sample, delimiters, options.header, is_known).map_err(first)?;
        let has_header = options.header != HeaderAt::Nowhere;
        let mut records =
            records(&snapshot, encoding, &dialect, has_quotes).map_err(Unreadable::Line)?;
        let header: Vec<Name> = match records
            .next_record()
            .transpose()
            .map_err(Unreadable::Line)?
        {
            None => Vec::new(),
            Some((line, record)) if has_header => {
                let name = |text: &str| Name {
                    line,
                    text: text.to_owned(),
                };
                record.iter().map(name).collect()
            }
            Some((line, record)) => {
                let numbers = 1..=dialect.width(sample).max(record.len());
                let name = |n| Name {
                    line,
                    text: format!("#{n}"),
                };
                numbers.map(name).collect()
            }
        };
        drop(records);
        if let (true, Some(name)) = (header.len() > MOST_COLUMNS, header.first()) {
            let count = header.len();
            let what = format!("has {count} columns, and {MOST_COLUMNS} are the most");
            return Err(Unreadable::Line((name.line, what)));
        }
        let mut notes = Vec::from_iter(about_encoding(encoding));
        notes.extend(about_header(
            dialect.line,
            dialect.preamble,
            &dialect.rivals,
            "--header-line names another line",
        ));
        Ok(Self {
            snapshot,
            format,
            content: Content::Delimited {
                encoding,
                dialect,
                has_header,
                has_quotes,
            },
            header,
            notes,
        })
    }

    /// Returns all rows from the first one on. A row that can't be read has no place among the others. After a problem
    /// of the whole file there are no more rows.
    pub fn rows(&self) -> Rows<'_> {
        self.rows_with(None)
    }

    /// Returns the same rows, but only the cells of these columns. Other cells may be empty.
    pub fn rows_with(&self, columns: Option<Vec<bool>>) -> Rows<'_> {
        Rows(match &self.content {
            Content::Delimited {
                encoding,
                dialect,
                has_header,
                has_quotes,
            } => match records(&self.snapshot, *encoding, dialect, *has_quotes) {
                Ok(records) => Reading::Delimited(delimited::Rows::new(
                    records,
                    self.header.len(),
                    *has_header,
                )),
                Err(problem) => Reading::Failed(Some(problem), Tally::default()),
            },
            Content::Json { encoding, header } => {
                let objects = objects(&self.snapshot, self.format, *encoding);
                Reading::Json(json::Rows::new(objects, header, columns))
            }
            Content::Sheet(sheet) => Reading::Sheet(sheet.rows()),
        })
    }

    /// Returns true if each row names its own columns, as JSON objects do. Columns with the same meaning then become
    /// one.
    pub fn names_by_row(&self) -> bool {
        matches!(self.content, Content::Json { .. })
    }

    /// The encoding of the text, and the reason for it. None for a workbook.
    pub fn encoding(&self) -> Option<TextEncoding> {
        match &self.content {
            Content::Delimited { encoding, .. } | Content::Json { encoding, .. } => Some(*encoding),
            Content::Sheet(_) => None,
        }
    }

    /// The dialect of the table. None for JSON and for a workbook.
    pub fn dialect(&self) -> Option<&Dialect> {
        match &self.content {
            Content::Delimited { dialect, .. } => Some(dialect),
            _ => None,
        }
    }

    /// The name of the sheet. None if the file is not a workbook.
    pub fn sheet(&self) -> Option<&str> {
        match &self.content {
            Content::Sheet(sheet) => Some(&sheet.name),
            _ => None,
        }
    }

    /// The format of a CSV that holds some of these rows.
    pub fn written(&self) -> Written {
        let is_plain = |encoding: TextEncoding| encoding.by == By::Utf8;
        Written {
            delimiter: self
                .dialect()
                .map_or(DELIMITERS[0], |dialect| dialect.delimiter),
            bom: !self.encoding().is_some_and(is_plain),
        }
    }

    /// The number of bytes that the current pass has read, and the size of the file.
    pub fn progress(&self) -> (u64, u64) {
        (self.snapshot.read_so_far(), self.snapshot.size)
    }
}

pub struct Rows<'s>(Reading<'s>);

enum Reading<'s> {
    Delimited(delimited::Rows<Bytes<'s>>),
    Json(json::Rows<'s, Bytes<'s>>),
    Sheet(workbook::Rows<'s>),
    Failed(Option<Problem>, Tally),
}

impl Rows<'_> {
    /// Notes for a person about the rows so far.
    pub fn tally(&self) -> &Tally {
        match &self.0 {
            Reading::Delimited(rows) => &rows.tally,
            Reading::Json(rows) => &rows.tally,
            Reading::Sheet(rows) => &rows.tally,
            Reading::Failed(_, tally) => tally,
        }
    }
}

impl Rows<'_> {
    /// Reads the next row into `row`, whose memory is used again.
    pub fn read(&mut self, row: &mut Row) -> Option<Result<(), Problem>> {
        match &mut self.0 {
            Reading::Delimited(rows) => rows.read(row),
            Reading::Json(rows) => rows.read(row),
            Reading::Sheet(rows) => rows.read(row),
            Reading::Failed(problem, _) => problem.take().map(Err),
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut row = Row::default();
        let read = self.read(&mut row)?;
        Some(read.map(|()| row))
    }
}

fn records<'s>(
    snapshot: &'s Snapshot,
    encoding: TextEncoding,
    dialect: &Dialect,
    has_quotes: bool,
) -> Result<Records<Bytes<'s>>, Problem> {
    Records::new(
        Text::new(Decoded::new(snapshot.reader(), encoding), END),
        dialect,
        has_quotes,
    )
}

fn objects(snapshot: &Snapshot, format: Format, encoding: TextEncoding) -> Objects<Bytes<'_>> {
    let text = Text::new(Decoded::new(snapshot.reader(), encoding), b"");
    match format {
        Format::JsonLines => Objects::lines(text),
        _ => Objects::values(text),
    }
}

/// The beginning of a text, as far as it can be read. The reader that continues reports the error.
fn sample(snapshot: &Snapshot, encoding: TextEncoding) -> String {
    let mut bytes = Vec::new();
    let _ = Decoded::new(snapshot.reader(), encoding)
        .take(HEAD as u64)
        .read_to_end(&mut bytes);
    let valid = match std::str::from_utf8(&bytes) {
        Ok(_) => bytes.len(),
        Err(error) => error.valid_up_to(),
    };
    bytes.truncate(valid);
    String::from_utf8(bytes).unwrap_or_default()
}

/// Reports an encoding if it is a guess, or rare.
fn about_encoding(encoding: TextEncoding) -> Option<String> {
    match encoding.by {
        By::Guess | By::Zeros => Some(format!("it is read as {encoding}")),
        By::Utf8 | By::Mark | By::Option => None,
    }
}

fn about_header(line: u64, preamble: u64, rivals: &[u64], hint: &str) -> Option<String> {
    if preamble > 0 {
        let before = match preamble {
            1 => "the line before it is".to_owned(),
            _ => format!("the {preamble} lines before it are"),
        };
        return Some(format!(
            "its columns are named in line {line}, and {before} left out; {hint}"
        ));
    }
    let rivals: Vec<String> = rivals.iter().map(u64::to_string).collect();
    let likely = match &rivals[..] {
        [] => return None,
        rivals => rivals.join(", "),
    };
    Some(format!(
        "its columns are taken to be named in line {line}, though lines {likely} name known columns, too; {hint}"
    ))
}
