//! Rows of a CSV, as spreadsheets and databases write it: with commas, semicolons or tabs, any line ends,
//! and line ends within quotes.

use std::io::Read;

use csv::{Reader, ReaderBuilder, StringRecord};

use super::{
    dialect::Dialect,
    line_counter::LineCounter,
    row::{Cell, MOST_COLUMNS, Name, Problem, Row},
};

/// Put after the text as a record of its own. If it does not come out as one, a quote was left open
/// and has swallowed what follows it. No text that is taken has a NUL.
const END: &str = "\0";

/// The names of the columns; none if the text has no line.
pub fn header(text: &str, dialect: &Dialect) -> Result<Vec<Name>, Problem> {
    let Some((line, record)) = Records::new(text, dialect).next().transpose()? else {
        return Ok(Vec::new());
    };
    if record.len() > MOST_COLUMNS {
        let count = record.len();
        return Err((
            line,
            format!("has {count} columns, and {MOST_COLUMNS} are the most"),
        ));
    }
    let name = |text: &str| Name {
        line,
        text: text.to_owned(),
    };
    Ok(record.iter().map(name).collect())
}

/// The rows after the header.
pub fn rows<'t>(
    text: &'t str,
    dialect: &Dialect,
    columns: usize,
) -> impl Iterator<Item = Result<Row, Problem>> + Send + use<'t> {
    Records::new(text, dialect).skip(1).map(move |record| {
        let (line, record) = record?;
        if record.len() != columns {
            let what = format!(
                "has {} cells for {columns} columns; look at its separators and quotes",
                record.len()
            );
            return Err((line, what));
        }
        let cell = |text: &str| Cell::Text(text.to_owned());
        Ok(Row {
            line,
            cells: record.iter().map(cell).collect(),
        })
    })
}

/// All records of a text, the header among them, each with its line. It ends at the first error.
struct Records<'t> {
    reader: Reader<Box<dyn Read + Send + 't>>,
    /// The reader's own count is off where a file has `\r\n` or empty lines.
    counter: LineCounter<'t>,
    skipped: usize,
    has_ended: bool,
}

impl<'t> Records<'t> {
    fn new(text: &'t str, dialect: &Dialect) -> Self {
        let rows = text.get(dialect.skipped..).unwrap_or_default().as_bytes();
        let rows = rows.chain("\n".as_bytes()).chain(END.as_bytes());
        Self {
            reader: ReaderBuilder::new()
                .delimiter(dialect.delimiter)
                .has_headers(false)
                .flexible(true)
                .from_reader(Box::new(rows)),
            counter: LineCounter::new(text.as_bytes()),
            skipped: dialect.skipped,
            has_ended: false,
        }
    }

    fn read(&mut self) -> Result<Option<(u64, StringRecord)>, Problem> {
        let mut record = StringRecord::new();
        let read = self.reader.read_record(&mut record);
        let place = record.position().map_or(0, csv::Position::byte);
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let line = self
            .counter
            .line_of_text_from(place.saturating_add(self.skipped));
        match read {
            Err(error) => Err((line, format!("can't be read as CSV: {error}"))),
            Ok(false) => Ok(None),
            Ok(true) if record.len() == 1 && record.get(0) == Some(END) => Ok(None),
            Ok(true) if record.iter().any(|cell| cell.contains(END)) => Err((
                line,
                "a quote is opened here, or after it, and never closed".to_owned(),
            )),
            Ok(true) => Ok(Some((line, record))),
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<(u64, StringRecord), Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        let read = self.read().transpose();
        self.has_ended = !matches!(read, Some(Ok(_)));
        read
    }
}

#[cfg(test)]
mod tests {
    use crate::{read::source::Format, records::input::tests::problems};

    fn told(text: &str) -> String {
        problems(text, Format::Csv)
    }

    #[test]
    fn a_row_is_told_by_the_line_it_begins_on_whatever_ends_the_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let text =
                "name,email\nJim\n\n\"Pam\nBeesly\",a@example.com\nOscar,b,c\n".replace('\n', end);
            assert_eq!(
                told(&text),
                "\n  line 2: has 1 cells for 2 columns; look at its separators and quotes\
                \n  line 6: has 3 cells for 2 columns; look at its separators and quotes",
                "{end:?}"
            );
        }
    }

    #[test]
    fn more_columns_than_any_account_has_are_too_many() {
        let names: String = (1..=500).map(|n| format!(",cf_{n}")).collect();
        assert_eq!(
            told(&format!("name{names}\nJim\n")),
            "\n  line 1: has 501 columns, and 500 are the most"
        );
    }

    #[test]
    fn all_problems_of_a_file_are_told() {
        for (text, words) in [
            (
                "",
                &["there are no column names; known are name, email,"][..],
            ),
            ("Jim,jim@example.com\n", &["line 1: names no column"]),
            ("\n\r\n", &["there are no column names"]),
            (
                "email\na@example.com\n",
                &["line 1: there is no column `name`"],
            ),
            (
                "name,Mobil,cf_x,Name,cf_0\nJim,1,2,3,4\nJim,1\n",
                &[
                    "line 1: unknown columns: `Mobil`; known are name,",
                    "line 1: `cf_x` must be cf_ and",
                    "line 1: `cf_0` must be cf_ and",
                    "line 1: `Name` is a column twice",
                    "line 3: has 2 cells for 5 columns",
                ],
            ),
            (
                "name,details\nJim,\"a\nPam,b\n",
                &["line 2: a quote is opened"],
            ),
            ("name\n\"Jim", &["line 2: a quote is opened"]),
            (
                "name,status_id,address\nJim,open,\nPam,1,\"{\"\"zip\"\": 1}\"\n",
                &[
                    "line 2: `status_id` must be a whole number",
                    "line 3: `address` has the key `zip`",
                ],
            ),
        ] {
            let told = told(text);
            for words in words {
                assert!(told.contains(words), "{words:?} is not in {told}");
            }
        }
    }

    #[test]
    fn quotes_that_are_closed_are_no_problem() {
        for text in [
            "name,details\nJim,\"a \"\"b\"\"\nc\"",
            "name,details\nJim,5\" pipe\n",
            "name\n\"\"\n",
        ] {
            assert_eq!(told(text), "", "{text}");
        }
    }
}
