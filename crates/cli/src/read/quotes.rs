//! Quotes that a backslash escapes, as some databases write them. CSV escapes a quote with a second one. Read as CSV,
//! such a cell would silently be cut at the wrong place, or lose its quotes.

use std::collections::VecDeque;

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
}

pub struct Quotes {
    delimiter: u8,
    state: State,
    /// The places just after such quotes.
    escaped: VecDeque<u64>,
}

impl Quotes {
    pub fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: State::CellBegins,
            escaped: VecDeque::new(),
        }
    }

    /// Reads the following text, which begins at a place.
    pub fn see(&mut self, text: &[u8], place: u64) {
        for (at, byte) in (place..).zip(text) {
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
                (State::Closing { escaped }, _) => {
                    if escaped {
                        self.escaped.push_back(at);
                    }
                    State::Unquoted
                }
                _ => State::Unquoted,
            };
        }
    }

    /// Returns true if there is such a quote before this place. Forgets the earlier ones.
    pub fn escaped_before(&mut self, place: u64) -> bool {
        let mut is_found = false;
        while self.escaped.front().is_some_and(|at| *at < place) {
            self.escaped.pop_front();
            is_found = true;
        }
        is_found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> bool {
        let mut quotes = Quotes::new(b',');
        for (place, byte) in text.bytes().enumerate() {
            quotes.see(&[byte], place as u64);
        }
        quotes.escaped_before(u64::MAX)
    }

    #[test]
    fn a_quote_after_a_backslash_within_a_quoted_cell_is_escaped() {
        for text in [r#"a,"5\" pipe",b"#, r#""say \"hi\"","#, "a\n\"x\\\"y\"\n"] {
            assert!(escaped(text), "{text}");
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
            assert!(!escaped(text), "{text}");
        }
    }
}
