//! Notes for a person about the rows of a pass. None of them is a problem.

use encoding_rs::WINDOWS_1252;
use memchr::memchr;

use crate::display::lines::Lines;

use super::row::{Cell, Row};

#[derive(Default)]
pub struct Tally {
    pub rows: u64,
    /// Rows that lack cells at their end.
    pub padded: Lines,
    /// Rows that have empty cells beyond the header.
    pub cut: Lines,
    /// Rows with a cell that begins with a blank and a quote. The quote is taken as it stands.
    pub quotes: Lines,
    /// Rows with letters that were spoiled before the file was made.
    pub spoiled: Lines,
    /// Rows with a backslash before `n`, `t` or `N`, with which some databases write line ends, tabs and
    /// empty values. They are not changed.
    pub backslashes: Lines,
    /// The first cell with letters beyond ASCII, which shows a wrong encoding.
    pub letters: Option<Letters>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letters {
    pub line: u64,
    /// The place of the column.
    pub column: usize,
    pub text: String,
}

impl Tally {
    pub fn see(&mut self, row: &Row, is_padded: bool, is_cut: bool) {
        let index = self.rows;
        self.rows += 1;
        if is_padded {
            self.padded.add(index, row.line);
        }
        if is_cut {
            self.cut.add(index, row.line);
        }
        let texts = || {
            row.cells
                .iter()
                .map(|cell| cell.as_text().unwrap_or_default())
        };
        if matches!(row.cells.first(), Some(Cell::Text(_))) && texts().any(has_escape) {
            self.backslashes.add(index, row.line);
        }
        if texts().any(begins_with_blank_and_quote) {
            self.quotes.add(index, row.line);
        }
        if texts().any(is_spoiled) {
            self.spoiled.add(index, row.line);
        }
        if self.letters.is_none()
            && let Some((column, text)) = texts().enumerate().find(|(_, text)| !text.is_ascii())
        {
            self.letters = Some(Letters {
                line: row.line,
                column,
                text: text.to_owned(),
            });
        }
    }
}

impl Tally {
    /// Returns the notes, as sentences that follow the file's name.
    pub fn notes(&self) -> Vec<String> {
        let notes = [
            self.padded
                .note("rows lack cells at their end, which are taken as empty"),
            self.cut
                .note("rows have empty cells beyond the last column, which are ignored"),
            self.quotes.note(
                "rows have a quote after a blank at the beginning of a cell, which is taken as it stands; if it is to \
                quote the cell, take the blank out",
            ),
            self.spoiled.note(
                "rows have signs such as Ã¼ or \u{fffd} in the place of letters, which were spoiled when the file was \
                made; export it once more, as UTF-8",
            ),
            self.backslashes.note(
                "rows have a backslash before n, t or N, which is taken as it stands, and not as a line end, a tab or \
                nothing",
            ),
        ];
        notes.into_iter().flatten().collect()
    }
}

/// Returns true for letters of UTF-8 that were read as windows-1252 and written as UTF-8 once more, and for the character
/// that replaces a lost one.
fn is_spoiled(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let mut pairs = text.chars().zip(text.chars().skip(1));
    // They were the first byte of a letter, and a byte that follows one: 0x80 to 0xBF.
    let is_pair = |(first, second): (char, char)| {
        matches!(first, 'Ã' | 'Â') && {
            let second = second.to_string();
            let (bytes, _, is_lossy) = WINDOWS_1252.encode(&second);
            !is_lossy && matches!(*bytes, [0x80..=0xBF])
        }
    };
    text.contains(char::REPLACEMENT_CHARACTER) || text.contains("â€") || pairs.any(is_pair)
}

fn begins_with_blank_and_quote(text: &str) -> bool {
    text.starts_with(' ') && text.trim_start().starts_with('"')
}

fn has_escape(text: &str) -> bool {
    if memchr(b'\\', text.as_bytes()).is_none() {
        return false;
    }
    let mut parts = text.split('\\').skip(1);
    parts.any(|after| after.starts_with(['n', 't', 'N']) && !after.contains(':'))
        && !text.contains(":\\")
        && !text.starts_with("\\\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: u64, cells: &[&str]) -> Row {
        let cells = cells.iter().map(|cell| Cell::Text((*cell).to_owned()));
        Row {
            line,
            cells: cells.collect(),
            ..Row::default()
        }
    }

    #[test]
    fn the_first_cell_with_letters_beyond_ascii_is_kept() {
        let mut tally = Tally::default();
        tally.see(&row(2, &["Jim", "a"]), false, false);
        tally.see(&row(3, &["Pam", "Köln"]), false, false);
        tally.see(&row(4, &["Zoë", ""]), false, false);
        let letters = tally.letters.expect("letters");
        assert_eq!(
            (letters.line, letters.column, letters.text.as_str()),
            (3, 1, "Köln")
        );
    }

    #[test]
    fn letters_that_were_spoiled_before_are_told() {
        let mut tally = Tally::default();
        for (line, cell) in [
            (2, "MÃ¼ller"),
            (3, "GroÃŸ"),
            (4, "Oâ€™Neil"),
            (5, "Ren\u{fffd}"),
            (6, "10Â°"),
            (7, "JOÃO SÃO ÃNGELO"),
            (8, "Müller, René, Łódź, 李雪"),
            (9, "Âge â"),
        ] {
            tally.see(&row(line, &["x", cell]), false, false);
        }
        assert_eq!(tally.spoiled.to_string(), "lines 2-6");
        assert!(tally.notes()[0].starts_with("5 rows have signs such as Ã¼"));
    }

    #[test]
    fn a_quote_after_a_blank_is_told_where_it_begins_a_cell() {
        let mut tally = Tally::default();
        for (line, cell) in [(2, " \"1, 2\""), (3, "a \"b\""), (4, "\"a"), (5, " a")] {
            tally.see(&row(line, &["x", cell]), false, false);
        }
        assert_eq!(tally.quotes.to_string(), "line 2");
        assert!(tally.notes()[0].starts_with("1 rows have a quote after a blank"));
    }

    #[test]
    fn escapes_by_backslashes_are_told_and_paths_are_not() {
        let mut tally = Tally::default();
        for (line, cell) in [
            (2, "first\\nsecond"),
            (3, "\\N"),
            (4, "C:\\new"),
            (5, "a\\b"),
            (6, "\\\\server\\new"),
        ] {
            tally.see(&row(line, &[cell]), false, false);
        }
        assert_eq!(tally.backslashes.to_string(), "lines 2-3");
    }
}
