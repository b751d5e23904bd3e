//! The dialect of a table: its separator, and the line with the names of the columns.
//!
//! Both are decided together, from the first lines: first by the number of known names, then by how similar
//! the rows are.

use csv::{ReaderBuilder, StringRecord};

use super::options::HeaderAt;

/// The characters that can separate cells, the most likely first.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Excel reads the separator from a first line with this text and the separator.
const SEP: &str = "sep=";

/// The number of lines that are not empty in which the names of the columns are searched for.
pub const EARLY_LINES: usize = 20;
/// A line with this many known names is the header.
pub const ENOUGH: usize = 2;
/// The number of rows that are compared for similarity.
const ROWS: usize = 50;

/// Returns true for the name of a column that is known.
pub type IsKnown<'k> = &'k (dyn Fn(&str) -> bool + Sync);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    /// The number of bytes before the names of the columns, or before the first row if there are no names.
    pub skipped: u64,
    /// The lines before the header that are not empty, and say nothing about the dialect.
    pub preamble: u64,
    /// The line of the header.
    pub line: u64,
    /// Other lines that could be the header.
    pub rivals: Vec<u64>,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: DELIMITERS[0],
            skipped: 0,
            preamble: 0,
            line: 1,
            rivals: Vec::new(),
        }
    }
}

/// A line that is not empty, and the place at which it begins.
struct Line {
    number: u64,
    place: usize,
}

impl Dialect {
    /// Decides from the beginning of a text. An error refers to the first line.
    pub fn of(
        text: &str,
        delimiters: &[u8],
        header: HeaderAt,
        is_known: IsKnown<'_>,
    ) -> Result<Self, String> {
        let (named, begin) = named(text)?;
        let delimiters = match &named {
            Some(delimiter) => std::slice::from_ref(delimiter),
            None => delimiters,
        };
        let lines = lines(text, begin);
        let Some(first) = lines.first() else {
            return Ok(Self {
                delimiter: delimiters.first().copied().unwrap_or(DELIMITERS[0]),
                skipped: begin as u64,
                ..Self::default()
            });
        };
        let found = match header {
            HeaderAt::Line(number) => {
                let place = place_of_line(text, number).ok_or_else(|| {
                    format!("--header-line {number} is after its beginning, or after its end")
                })?;
                Found::at(&Line { number, place })
            }
            HeaderAt::Nowhere => Found::at(first),
            HeaderAt::Found => Found::by_names(text, &lines, first, delimiters, is_known),
        };
        let rest = text.get(found.place..).unwrap_or_default();
        let delimiter = match header {
            HeaderAt::Nowhere => most_alike(rest, delimiters, &|_| false),
            _ => most_alike(rest, delimiters, is_known),
        };
        let before = lines.iter().filter(|line| line.place < found.place);
        Ok(Self {
            delimiter,
            skipped: found.place as u64,
            preamble: before.count() as u64,
            line: found.number,
            rivals: found.rivals,
        })
    }

    /// The number of columns of a text without a header: the cells of its longest early row.
    pub fn width(&self, text: &str) -> usize {
        let place = usize::try_from(self.skipped).unwrap_or(usize::MAX);
        let rest = text.get(place..).unwrap_or_default();
        let rows = records(rest, self.delimiter).take(ROWS);
        rows.map(|row| row.len()).max().unwrap_or_default()
    }

    /// The name of the separator in words.
    pub fn delimiter_name(&self) -> &'static str {
        match self.delimiter {
            b',' => "commas",
            b';' => "semicolons",
            b'\t' => "tabs",
            _ => "|",
        }
    }
}

struct Found {
    number: u64,
    place: usize,
    rivals: Vec<u64>,
}

impl Found {
    fn at(line: &Line) -> Self {
        Self {
            number: line.number,
            place: line.place,
            rivals: Vec::new(),
        }
    }

    /// The first line is the header. If it names fewer than two known columns and exactly one other early line names
    /// two or more, that line is the header.
    fn by_names(
        text: &str,
        lines: &[Line],
        first: &Line,
        delimiters: &[u8],
        is_known: IsKnown<'_>,
    ) -> Self {
        let names_enough = |line: &&Line| {
            let rest = text.get(line.place..).unwrap_or_default();
            delimiters
                .iter()
                .any(|delimiter| known(&first_record(rest, *delimiter), is_known) >= ENOUGH)
        };
        if names_enough(&first) {
            return Self::at(first);
        }
        let likely: Vec<&Line> = lines.iter().filter(names_enough).collect();
        match likely[..] {
            [line] => Self::at(line),
            _ => Self {
                rivals: likely.iter().map(|line| line.number).collect(),
                ..Self::at(first)
            },
        }
    }
}

/// The separator that the first line sets, and the length of that line.
fn named(text: &str) -> Result<(Option<u8>, usize), String> {
    let first = text.split(['\r', '\n']).next().unwrap_or_default();
    let told = first.split_at_checked(SEP.len());
    match told.filter(|(word, _)| word.eq_ignore_ascii_case(SEP)) {
        None => Ok((None, 0)),
        Some((_, separator)) => match separator.as_bytes() {
            [separator] if DELIMITERS.contains(separator) => Ok((Some(*separator), first.len())),
            _ => Err(format!(
                "{SEP} must be followed by a comma, a semicolon, a tab or a |, and nothing else"
            )),
        },
    }
}

/// The early lines that are not empty, from this place on.
fn lines(text: &str, begin: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    each_line(text, |number, place, line| {
        if place >= begin && !line.trim().is_empty() {
            lines.push(Line { number, place });
        }
        lines.len() < EARLY_LINES
    });
    lines
}

fn place_of_line(text: &str, wanted: u64) -> Option<usize> {
    let mut found = None;
    each_line(text, |number, place, _| {
        if number == wanted {
            found = Some(place);
        }
        found.is_none()
    });
    found
}

/// Passes each line, with its number and its place, to `go_on`, until that returns false.
fn each_line(text: &str, mut go_on: impl FnMut(u64, usize, &str) -> bool) {
    let (mut place, mut rest) = (0, text);
    for number in 1.. {
        let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
        let (line, after) = rest.split_at_checked(end).unwrap_or_default();
        if !go_on(number, place, line) || after.is_empty() {
            return;
        }
        let ends_by = if after.starts_with("\r\n") { 2 } else { 1 };
        place += end + ends_by;
        rest = after.get(ends_by..).unwrap_or_default();
    }
}

/// The separator with which most names are known. If several are equal, one with which most rows are as long as the
/// header; if several are still equal, the one that occurs most in the header.
fn most_alike(text: &str, delimiters: &[u8], is_known: IsKnown<'_>) -> u8 {
    let of = |delimiter: u8| {
        let mut records = records(text, delimiter);
        let header = records.next().unwrap_or_default();
        let (mut rows, mut alike) = (0, 0);
        for row in records.take(ROWS) {
            rows += 1;
            alike += usize::from(row.len() == header.len());
        }
        let is_alike = rows > 0 && header.len() > 1 && alike * 10 >= rows * 9;
        (known(&header, is_known), is_alike, header.len())
    };
    let Some((first, others)) = delimiters.split_first() else {
        return DELIMITERS[0];
    };
    let (mut best, mut most) = (*first, of(*first));
    for other in others {
        let this = of(*other);
        if this > most {
            (best, most) = (*other, this);
        }
    }
    best
}

fn known(record: &StringRecord, is_known: IsKnown<'_>) -> usize {
    known_names(record.iter(), is_known)
}

/// The number of different names that are known.
pub fn known_names<'n>(names: impl Iterator<Item = &'n str>, is_known: IsKnown<'_>) -> usize {
    let mut names: Vec<&str> = names.map(str::trim).collect();
    names.retain(|name| !name.is_empty() && is_known(name));
    names.sort_unstable();
    names.dedup();
    names.len()
}

fn first_record(text: &str, delimiter: u8) -> StringRecord {
    records(text, delimiter).next().unwrap_or_default()
}

/// The records of a text. The last one may be incomplete.
fn records(text: &str, delimiter: u8) -> impl Iterator<Item = StringRecord> {
    let reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    reader.into_records().map_while(Result::ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["name", "email", "tags", "first name"];

    fn dialect(text: &str, header: HeaderAt) -> Dialect {
        let is_known = |name: &str| KNOWN.contains(&name.to_lowercase().as_str());
        Dialect::of(text, &DELIMITERS, header, &is_known).expect("a dialect")
    }

    fn delimiter(text: &str) -> u8 {
        dialect(text, HeaderAt::Found).delimiter
    }

    #[test]
    fn the_separator_is_the_one_by_which_most_names_are_known() {
        for (text, separator) in [
            ("", b','),
            ("name", b','),
            ("name,email;\na;b;c;d", b','),
            ("name;tags\r\na,b,c;d", b';'),
            ("\"name\"\t\"a;b;c\"", b'\t'),
            ("name|tags\na;b|c", b'|'),
            ("\"Name, as in the passport, please\";Email\na;b\n", b';'),
            ("Name, first and last, please;name;email\na;b;c\n", b';'),
        ] {
            assert_eq!(delimiter(text), separator, "{text}");
        }
    }

    #[test]
    fn the_separator_of_unknown_names_is_the_one_that_makes_rows_alike() {
        for (text, separator) in [
            (
                "Nachname, Vorname;Ort\nMüller, Jürgen;Köln\nMaier;Bonn\n",
                b';',
            ),
            ("Wer;Was\n1,5;2,5\n3,5;4\n", b';'),
            ("Wer,Was\n\"a;b;c\",d\n", b','),
            ("a\tb\n1,2\t3\n4\t5,6\n", b'\t'),
        ] {
            assert_eq!(delimiter(text), separator, "{text}");
        }
    }

    #[test]
    fn a_first_line_can_name_the_separator() {
        for (text, separator) in [
            ("sep=;\r\nname,email;tags", b';'),
            ("SEP=,\nname;email", b','),
            ("sep=\t\rname", b'\t'),
            ("sep=|", b'|'),
        ] {
            let found = dialect(text, HeaderAt::Found);
            assert_eq!((found.delimiter, found.preamble), (separator, 0), "{text}");
            assert!(found.skipped >= 5, "{text}");
        }
        for text in ["sep=", "sep=\n", "sep=#\nname", "sep=;;\nname", "sep=é\n"] {
            let refused = Dialect::of(text, &DELIMITERS, HeaderAt::Found, &|_| true);
            assert!(refused.is_err(), "{text}");
        }
    }

    #[test]
    fn lines_before_the_header_are_left_out_where_one_early_line_names_two_columns() {
        for (text, line, preamble) in [
            ("Notes:\n\"Some, of\nthem\"\n\nName,Email\nJim,a\n", 5, 3),
            ("Leads of 2026;;\r\n\r\nName;Email;Tags\r\na;b;c\r\n", 3, 1),
            ("name\nJim\n", 1, 0),
            ("Kontakt;Firma\nname;x\n", 1, 0),
            ("Name,Mobil\nname,email\n", 2, 1),
        ] {
            let found = dialect(text, HeaderAt::Found);
            assert_eq!((found.line, found.preamble), (line, preamble), "{text}");
            let rest = text.get(found.skipped as usize..).unwrap_or_default();
            let wanted = text.lines().nth(line as usize - 1).unwrap_or_default();
            assert_eq!(rest.lines().next(), Some(wanted));
        }
    }

    #[test]
    fn of_several_lines_that_could_be_the_header_none_is_chosen() {
        let text = "Export\nname,email\nname,tags\n";
        let found = dialect(text, HeaderAt::Found);
        assert_eq!((found.line, found.rivals), (1, vec![2, 3]));
        let told = dialect(text, HeaderAt::Line(3));
        assert_eq!((told.line, told.skipped, told.preamble), (3, 18, 2));
    }

    #[test]
    fn a_line_that_is_not_there_is_refused() {
        for number in [0, 4] {
            let header = HeaderAt::Line(number);
            assert!(
                Dialect::of("a\nb\nc", &DELIMITERS, header, &|_| true).is_err(),
                "{number}"
            );
        }
        let without = dialect("name;email;a\nb;c;d\n", HeaderAt::Nowhere);
        assert_eq!((without.delimiter, without.skipped), (b';', 0));
    }
}
