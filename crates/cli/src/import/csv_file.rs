//! Rows from a CSV file, as spreadsheets and databases write it: with commas, semicolons or tabs,
//! any line ends, and line ends within quotes.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord};
use serde_json::Value;

use super::{
    columns::{Column, MOST_COLUMNS, Unusable, known},
    custom, dialect,
    input::Input,
    lines::LineCounter,
    mapping::HINT,
    problems::Problems,
};

/// Put after the text as a record of its own. If it does not come out as one, a quote was left open
/// and has swallowed what follows it. No text that is taken has a NUL.
const END: &str = "\0";

pub fn read(text: &str, input: &mut Input, problems: &mut Problems) {
    let skipped;
    (input.dialect.delimiter, skipped) = match dialect::delimiter(text) {
        Ok(found) => found,
        Err(what) => return problems.add(1, what),
    };
    let rows = text.get(skipped..).unwrap_or_default();
    let mut reader = ReaderBuilder::new()
        .delimiter(input.dialect.delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(rows.as_bytes().chain("\n".as_bytes()).chain(END.as_bytes()));
    // The reader's own count is off where a file has `\r\n` or empty lines.
    let mut counter = LineCounter::new(text.as_bytes());
    let mut header: Option<Header> = None;
    let mut record = StringRecord::new();
    loop {
        let read = reader.read_record(&mut record);
        let place = record.position().map_or(0, csv::Position::byte);
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let line = counter.line_of_text_from(place.saturating_add(skipped));
        match read {
            Err(error) => return problems.add(line, format!("can't be read as CSV: {error}")),
            Ok(false) => return,
            Ok(true) => {}
        }
        if record.len() == 1 && record.get(0) == Some(END) {
            if header.is_none() {
                problems.add(
                    line,
                    format!(
                        "there are no column names; known are {}",
                        known(input.entity)
                    ),
                );
            }
            return;
        }
        if record.iter().any(|cell| cell.contains(END)) {
            return problems.add(
                line,
                "a quote is opened here, or after it, and never closed",
            );
        }
        match &header {
            None if record.len() > MOST_COLUMNS => {
                let what = format!(
                    "has {} columns, and {MOST_COLUMNS} are the most",
                    record.len()
                );
                return problems.add(line, what);
            }
            None => header = Some(Header::new(&record, line, input, problems)),
            Some(header) => header.read_row(&record, line, input, problems),
        }
    }
}

/// Two columns that are the same, by one name or by two.
fn twice(name: &str, column: Column) -> String {
    let is_by_one_name = name.trim().eq_ignore_ascii_case(&column.to_string());
    match column {
        Column::Outcome => format!("`{name}` is a column twice"),
        _ if is_by_one_name => format!("`{name}` is a column twice; {HINT}"),
        _ => format!("`{name}` is a second column `{column}`; {HINT}"),
    }
}

/// What each cell of a row is; `None` where a problem has been told.
struct Header(Vec<Option<Column>>);

impl Header {
    fn new(record: &StringRecord, line: u64, input: &mut Input, problems: &mut Problems) -> Self {
        let mut columns = Vec::new();
        let mut unknown = Vec::new();
        let entity = input.entity;
        for name in record {
            let column = match input.column(name) {
                Ok(column) if !column.is_repeatable() && columns.contains(&Some(column)) => {
                    problems.add(line, twice(name, column));
                    None
                }
                Ok(column) => Some(column),
                Err(Unusable::CustomId) => {
                    problems.add(
                        line,
                        format!("`{name}` {}", Unusable::CustomId.told(entity)),
                    );
                    None
                }
                Err(Unusable::Unknown) => {
                    unknown.push(format!("`{}`", name.trim()));
                    None
                }
            };
            if column.is_some_and(Column::is_of_record) {
                input.header.push(name.to_owned());
            }
            columns.push(column);
        }
        if unknown.len() == record.len() {
            // They are not told: without column names, the first line is someone's data.
            let what = format!(
                "names no column that is known; known are {}; {HINT}",
                known(input.entity)
            );
            problems.add(line, what);
        } else if !unknown.is_empty() {
            let names = unknown.join(", ");
            let what = format!(
                "unknown columns: {names}; known are {}; {HINT}",
                known(input.entity)
            );
            problems.add(line, what);
        }
        input.check_mapping(line, problems);
        for required in entity.required {
            let mut known = columns.iter().flatten();
            if known.any(|column| required.is_given_by(*column)) {
                continue;
            }
            let (name, one) = (required.column(), entity.one);
            input.missing.push(name);
            if unknown.is_empty() {
                let what =
                    format!("there is no column `{name}`, without which Copper takes no {one}");
                problems.add(line, what);
            }
        }
        Self(columns)
    }

    fn read_row(
        &self,
        record: &StringRecord,
        line: u64,
        input: &mut Input,
        problems: &mut Problems,
    ) {
        if record.len() != self.0.len() {
            return problems.add(
                line,
                format!(
                    "has {} cells for {} columns; look at its separators and quotes",
                    record.len(),
                    self.0.len()
                ),
            );
        }
        let cells = || {
            let known = self.0.iter().zip(record);
            known.filter_map(|(column, cell)| Some(((*column)?, cell)))
        };
        let written = cells()
            .filter(|(column, _)| column.is_of_record())
            .map(|(_, cell)| cell)
            .collect();
        let meant = cells().map(|(column, cell)| match column {
            Column::Custom(_) => (column, custom::from_cell(cell.to_owned())),
            _ => (column, Value::from(cell)),
        });
        input.add(line, written, meant, problems);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::lead::LEADS, *};

    fn told(text: &str) -> String {
        let (mut input, mut problems) =
            (Input::new(&LEADS, Default::default()), Problems::default());
        read(text, &mut input, &mut problems);
        problems.to_string()
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
    fn all_that_is_wrong_is_told() {
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
