//! Rows of a CSV or TSV, as spreadsheets and databases write them: with any separator, any line ends, and line ends
//! within quotes. Only one row is in memory at a time.

use std::io::Read;

use csv::{Reader, ReaderBuilder, StringRecord};

use super::{
    dialect::Dialect,
    quotes::Misplaced,
    row::{Problem, Row},
    tally::Tally,
    text::Text,
};

/// Added after the text as a separate record. If it does not come out as a record, a quote was left open and contains
/// all text after it. No valid text contains a NUL.
pub const END: &[u8] = b"\n\0";
const END_RECORD: &str = "\0";

pub struct Records<R: Read> {
    reader: Reader<Text<R>>,
    /// The place at which the reader began.
    skipped: u64,
    record: StringRecord,
    is_over: bool,
}

impl<R: Read> Records<R> {
    /// Reads from the header on. It looks for misplaced quotes only if the text has quotes.
    pub fn new(mut text: Text<R>, dialect: &Dialect, has_quotes: bool) -> Result<Self, Problem> {
        text.skip(dialect.skipped)
            .map_err(|error| text.problem(error))?;
        if has_quotes {
            text.watch_quotes(dialect.delimiter);
        }
        Ok(Self {
            reader: ReaderBuilder::new()
                .delimiter(dialect.delimiter)
                .has_headers(false)
                .flexible(true)
                .from_reader(text),
            skipped: dialect.skipped,
            record: StringRecord::new(),
            is_over: false,
        })
    }

    /// Returns the next record, and the line on which it begins.
    pub fn next_record(&mut self) -> Option<Result<(u64, &StringRecord), Problem>> {
        if self.is_over {
            return None;
        }
        let begin = self.reader.position().byte() + self.skipped;
        let read = self.reader.read_record(&mut self.record);
        let end = self.reader.position().byte() + self.skipped;
        let text = self.reader.get_mut();
        let problem = match read {
            Ok(false) => {
                self.is_over = true;
                return None;
            }
            Err(error) => {
                let line = text.line_of_row(begin);
                match error.into_kind() {
                    csv::ErrorKind::Io(error) => {
                        let (at, what) = text.problem(error);
                        let is_long = at > line && what.starts_with("is longer");
                        (if is_long { line } else { at }, what)
                    }
                    _ => (line, "can't be read as CSV".to_owned()),
                }
            }
            Ok(true) => {
                let line = text.line_of_row(begin);
                if self.record.len() == 1 && self.record.get(0) == Some(END_RECORD) {
                    self.is_over = true;
                    return None;
                }
                if self.record.iter().any(|cell| cell.contains(END_RECORD)) {
                    let what = "a quote is opened here, or after it, and never closed";
                    (line, what.to_owned())
                } else if let Some(misplaced) = text.misplaced_quote_before(end) {
                    let what = match misplaced {
                        Misplaced::Escaped => {
                            "has a quote after a backslash within a quoted cell; in a CSV, a quote is \
                            written as two: replace \\\" by \"\" in the file"
                        }
                        Misplaced::Inner => {
                            "has text after the quote that ends a cell; in a CSV, a quote within a quoted \
                            cell is written as two: replace \" by \"\" there"
                        }
                    };
                    // The problem is reported, and the next rows are read.
                    return Some(Err((line, what.to_owned())));
                } else {
                    return Some(Ok((line, &self.record)));
                }
            }
        };
        self.is_over = true;
        Some(Err(problem))
    }
}

/// The rows after the header.
pub struct Rows<R: Read> {
    records: Records<R>,
    header: Option<StringRecord>,
    columns: usize,
    pub tally: Tally,
}

/// The byte order mark, which each of several files that are put together has.
const MARK: char = '\u{feff}';

/// Returns true if a row is the header once more. A single column may have a value like its name.
fn is_header(record: &StringRecord, header: &StringRecord) -> bool {
    let mut pairs = record.iter().zip(header);
    record.len() > 1
        && header.iter().any(|name| !name.trim().is_empty())
        && record.len() == header.len()
        && pairs.all(|(cell, name)| cell.trim_start_matches(MARK) == name)
}

/// Returns true for the line under the header of a table that was printed to be looked at.
fn is_ruler(record: &StringRecord) -> bool {
    let is_dashes = |cell: &str| {
        let mut chars = cell.trim().chars();
        chars.all(|char| matches!(char, '-' | '+' | ':' | '='))
    };
    record.iter().all(is_dashes) && record.iter().any(|cell| cell.contains("---"))
}

impl<R: Read> Rows<R> {
    /// Returns the rows after the header. With `has_header`, the first record is the header.
    pub fn new(mut records: Records<R>, columns: usize, has_header: bool) -> Self {
        let header = match has_header {
            true => records.next_record().and_then(Result::ok),
            false => None,
        };
        let header = header.map(|(_, record)| record.clone());
        Self {
            records,
            header,
            columns,
            tally: Tally::default(),
        }
    }
}

impl<R: Read> Rows<R> {
    /// Reads the next row into this one.
    pub fn read(&mut self, row: &mut Row) -> Option<Result<(), Problem>> {
        let (line, record) = match self.records.next_record()? {
            Ok(read) => read,
            Err(problem) => return Some(Err(problem)),
        };
        if self
            .header
            .as_ref()
            .is_some_and(|header| is_header(record, header))
        {
            let what = "has the names of the columns again, as if several files were put together; take \
                this line out";
            return Some(Err((line, what.to_owned())));
        }
        if is_ruler(record) {
            let what = "is a line of dashes, as in a table that is printed: export it as CSV";
            return Some(Err((line, what.to_owned())));
        }
        let extra = record.iter().skip(self.columns);
        if extra.clone().any(|cell| !cell.trim().is_empty()) {
            let what = format!(
                "has {} cells for {} columns; look at its separators and quotes",
                record.len(),
                self.columns
            );
            return Some(Err((line, what)));
        }
        let is_short = record.len() < self.columns;
        let is_long = record.len() > self.columns;
        row.line = line;
        row.set_texts(record.iter().take(self.columns));
        self.tally.see(row, is_short, is_long);
        Some(Ok(()))
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut row = Row::default();
        let read = self.read(&mut row)?;
        Some(read.map(|()| row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> (Vec<Vec<String>>, Vec<String>, Tally) {
        let dialect = Dialect::of(
            text,
            &super::super::dialect::DELIMITERS,
            Default::default(),
            &|_| true,
        )
        .expect("a dialect");
        let open =
            || Records::new(Text::new(text.as_bytes(), END), &dialect, true).expect("records");
        let mut first = open();
        let columns = first
            .next_record()
            .and_then(Result::ok)
            .map_or(0, |(_, r)| r.len());
        let mut rows = Rows::new(open(), columns, true);
        let (mut read, mut problems) = (Vec::new(), Vec::new());
        for row in &mut rows {
            match row {
                Ok(row) => {
                    let cells = row
                        .cells
                        .iter()
                        .map(|c| c.as_text().unwrap_or("?").to_owned());
                    let line = [row.line.to_string()];
                    read.push(line.into_iter().chain(cells).collect());
                }
                Err((line, what)) => problems.push(format!("line {line}: {what}")),
            }
        }
        (read, problems, rows.tally)
    }

    #[test]
    fn a_row_is_told_by_the_line_it_begins_on_whatever_ends_the_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let text = "name,email\nJim,\n\n\"Pam\nBeesly\",a@example.com\nOscar,b,c\nAnn,\n";
            let (read, problems, _) = rows(&text.replace('\n', end));
            let lines: Vec<&str> = read.iter().map(|row| row[0].as_str()).collect();
            assert_eq!(lines, ["2", "4", "7"], "{end:?}");
            let told = "line 6: has 3 cells for 2 columns; look at its separators and quotes";
            assert_eq!(problems, [told], "{end:?}");
        }
    }

    #[test]
    fn short_rows_are_padded_and_empty_cells_beyond_the_header_are_ignored_and_both_are_counted() {
        let (read, problems, tally) = rows("a,b,c\n1\n2,3,4,,\n5,6,7\n8,9\n");
        assert_eq!(problems, [""; 0]);
        let expected = [
            &["2", "1"][..],
            &["3", "2", "3", "4"],
            &["4", "5", "6", "7"],
            &["5", "8", "9"],
        ];
        assert_eq!(read, expected);
        assert_eq!(tally.padded.to_string(), "lines 2, 5");
        assert_eq!(tally.cut.to_string(), "line 3");
    }

    #[test]
    fn a_quote_that_is_never_closed_is_told_by_its_row() {
        for (text, line) in [
            ("name,details\nJim,\"a\nPam,b\n", 2),
            ("name\n\"Jim", 2),
            ("name\nJim\n\n\"", 4),
        ] {
            let (_, problems, _) = rows(text);
            let told =
                format!("line {line}: a quote is opened here, or after it, and never closed");
            assert_eq!(problems, [told], "{text}");
        }
    }

    #[test]
    fn quotes_that_are_closed_are_no_problem() {
        for text in [
            "name,details\nJim,\"a \"\"b\"\"\nc\"",
            "name,details\nJim,5\" pipe\n",
            "name\n\"\"\n",
            "name,details\n\"C:\\\",b\n",
        ] {
            let (read, problems, _) = rows(text);
            assert_eq!((read.len(), problems.len()), (1, 0), "{text}");
        }
    }

    #[test]
    fn the_header_of_another_file_that_was_put_behind_is_told() {
        let told = "has the names of the columns again";
        let (read, problems, _) = rows("name,email\nJim,\n\u{feff}name,email\nPam,\nname,x\n");
        assert_eq!(read.len(), 3);
        assert!(
            problems[0].starts_with(&format!("line 3: {told}")),
            "{problems:?}"
        );
        let (read, problems, _) = rows("name\nname\n");
        assert_eq!((read.len(), problems.len()), (1, 0));
        let (read, problems, _) = rows(",\n,\n");
        assert_eq!((read.len(), problems.len()), (1, 0));
    }

    #[test]
    fn a_line_of_dashes_is_told() {
        for text in [
            " name | email \n------+-------\n Jim  | a\n",
            "| name | email |\n|------|:-----|\n| Jim | a |\n",
            "name,email\n---,\nJim,a\n",
        ] {
            let (read, problems, _) = rows(text);
            assert_eq!(read.len(), 1, "{text}");
            assert!(
                problems[0].starts_with("line 2: is a line of dashes"),
                "{problems:?}"
            );
        }
        let (read, problems, _) = rows("name,email\n-,-\n--,\n,\n---,a\n");
        assert_eq!((read.len(), problems.len()), (4, 0));
    }

    #[test]
    fn text_after_the_quote_that_ends_a_cell_is_told_and_the_rows_after_it_are_read() {
        let (read, problems, _) = rows("name,details\n\"Joe \"The Man\" Smith\",a\n\"Pam\" ,x\n");
        assert_eq!(read, [["3", "Pam ", "x"]]);
        assert!(
            problems[0].starts_with("line 2: has text after the quote that ends a cell"),
            "{problems:?}"
        );
    }

    #[test]
    fn a_quote_that_a_backslash_escapes_is_told_and_the_rows_after_it_are_read() {
        let text = "name,details\nJim,\"5\\\" pipe\"\nPam,x\n";
        let (read, problems, _) = rows(text);
        assert_eq!(read, [["3", "Pam", "x"]]);
        assert!(
            problems[0].starts_with("line 2: has a quote after a backslash"),
            "{problems:?}"
        );
        assert_eq!(problems.len(), 1);
    }
}
