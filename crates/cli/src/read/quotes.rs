//! Quotes that stand where a CSV has none: those that a backslash escapes, as some databases write them, and single ones
//! within a quoted cell. CSV escapes a quote with a second one. Read as CSV, such a cell would silently be cut at the
//! wrong place, or lose its quotes.

use std::collections::VecDeque;

use memchr::{memchr2, memchr3};

/// The state of the text, as a reader of CSV sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    CellBegins,
    Unquoted,
    Quoted,
    /// After a backslash within quotes.
    Backslash,
    /// After a quote that ends the cell, or that is the first of two.
    Closing {
        escaped: bool,
    },
    /// After blanks behind such a quote.
    Closed,
}

/// The problem with a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// A backslash is before it.
    Escaped,
    /// It ends a cell, but text follows.
    Inner,
}

pub struct Quotes {
    delimiter: u8,
    state: State,
    /// The places just after such quotes.
    misplaced: VecDeque<(u64, Misplaced)>,
}

impl Quotes {
    pub fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: State::CellBegins,
            misplaced: VecDeque::new(),
        }
    }

    /// The number of bytes after this one that change nothing, because they are in the middle of a cell.
    fn dull(&self, byte: u8, rest: &[u8]) -> usize {
        let end = match self.state {
            State::Quoted if byte != b'"' && byte != b'\\' => memchr2(b'"', b'\\', rest),
            State::Unquoted if byte != self.delimiter && byte != b'\r' && byte != b'\n' => {
                memchr3(self.delimiter, b'\r', b'\n', rest)
            }
            _ => return 0,
        };
        end.unwrap_or(rest.len())
    }

    /// Reads the following text, which begins at a place.
    pub fn see(&mut self, text: &[u8], place: u64) {
        let mut next = 0;
        while let Some((byte, rest)) = text.get(next..).and_then(<[u8]>::split_first) {
            let skipped = self.dull(*byte, rest);
            let at = place + next as u64;
            next += 1 + skipped;
            self.state = match (self.state, *byte) {
                (State::CellBegins, b'"') => State::Quoted,
                (State::Quoted | State::Backslash, b'\\') => State::Backslash,
                (State::Quoted, b'"') => State::Closing { escaped: false },
                (State::Backslash, b'"') => State::Closing { escaped: true },
                (State::Quoted | State::Backslash, _) => State::Quoted,
                // The quote before is the first of two.
                (State::Closing { .. }, b'"') => State::Quoted,
                (_, b'\r' | b'\n') => State::CellBegins,
                (_, byte) if byte == self.delimiter => State::CellBegins,
                (State::Closing { escaped: false } | State::Closed, b' ' | b'\t') => State::Closed,
                (State::Closing { escaped: true }, _) => {
                    self.misplaced.push_back((at, Misplaced::Escaped));
                    State::Unquoted
                }
                (State::Closing { .. } | State::Closed, _) => {
                    self.misplaced.push_back((at, Misplaced::Inner));
                    State::Unquoted
                }
                _ => State::Unquoted,
            };
        }
    }

    /// Returns the first such quote before this place. Forgets all of them.
    pub fn misplaced_before(&mut self, place: u64) -> Option<Misplaced> {
        let mut first = None;
        while let Some((at, found)) = self.misplaced.front().copied()
            && at < place
        {
            first = first.or(Some(found));
            self.misplaced.pop_front();
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misplaced(text: &str) -> Option<Misplaced> {
        let by = |size| {
            let mut quotes = Quotes::new(b',');
            for (place, part) in (0..).step_by(size).zip(text.as_bytes().chunks(size)) {
                quotes.see(part, place);
            }
            quotes
        };
        let (bytes, parts, mut whole) = (by(1), by(3), by(text.len()));
        assert_eq!(bytes.misplaced, whole.misplaced, "{text}");
        assert_eq!(parts.misplaced, whole.misplaced, "{text}");
        whole.misplaced_before(u64::MAX)
    }

    #[test]
    fn a_quote_after_a_backslash_within_a_quoted_cell_is_escaped() {
        for text in [r#"a,"5\" pipe",b"#, r#""say \"hi\"","#, "a\n\"x\\\"y\"\n"] {
            assert_eq!(misplaced(text), Some(Misplaced::Escaped), "{text}");
        }
    }

    #[test]
    fn a_backslash_that_ends_a_cell_or_stands_anywhere_else_escapes_none() {
        for text in [
            r#""C:\dir\",b"#,
            r#"5\" pipe,b"#,
            r#""a ""b"" c\d","e""#,
            r#""\""x""","#,
            "\"C:\\\"\r\n",
        ] {
            assert_eq!(misplaced(text), None, "{text}");
        }
    }

    #[test]
    fn text_after_the_quote_that_ends_a_cell_is_told_and_blanks_are_not() {
        for text in [
            r#""Joe "The Man" Smith",b"#,
            r#"a,"b" c"#,
            r#""a" "b""#,
            "a\n\"b\"c\n",
        ] {
            assert_eq!(misplaced(text), Some(Misplaced::Inner), "{text}");
        }
        for text in [
            "\"a\" ,b\n",
            "\"a\"  \r\nb",
            r#"Joe "The Man",b"#,
            r#" "a",b"#,
        ] {
            assert_eq!(misplaced(text), None, "{text}");
        }
    }
}
