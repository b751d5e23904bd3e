//! A text that is read row by row. It counts lines, so that messages can name the line on which a row begins. It limits
//! the length of a row.

use std::{
    collections::VecDeque,
    io::{self, Read},
};

use memchr::{memchr, memchr2_iter};

use super::{
    fault::Fault,
    quotes::{Misplaced, Quotes},
    row::Problem,
};

/// The most bytes of a row. Without this limit, a quote that is never closed would load the whole rest into memory.
pub const LONGEST_ROW: usize = 16 << 20;

pub struct Text<R> {
    from: R,
    /// The place of the next byte.
    at: u64,
    line: u64,
    line_begins: u64,
    /// True after a `\r`: a `\n` that follows belongs to it.
    after_return: bool,
    is_line_empty: bool,
    /// The place and the number of each line that is not empty and that `line_of_row` has not passed yet.
    begins: VecDeque<(u64, u64)>,
    row_begins: u64,
    quotes: Option<Quotes>,
    /// The bytes that are added at the end of the text.
    end: &'static [u8],
}

impl<R: Read> Text<R> {
    /// Adds `end` after the text. It does not count as a line.
    pub fn new(from: R, end: &'static [u8]) -> Self {
        Self {
            from,
            at: 0,
            line: 1,
            line_begins: 0,
            after_return: false,
            is_line_empty: true,
            begins: VecDeque::new(),
            row_begins: 0,
            quotes: None,
            end,
        }
    }

    /// From here on, looks for quotes that stand where a CSV has none.
    pub fn watch_quotes(&mut self, delimiter: u8) {
        self.quotes = Some(Quotes::new(delimiter));
    }

    /// Returns the number of the first line with text from this place on. Places must be in ascending order.
    pub fn line_of_row(&mut self, place: u64) -> u64 {
        self.row_begins = place;
        while self.begins.front().is_some_and(|(begin, _)| *begin < place) {
            self.begins.pop_front();
        }
        self.begins.front().map_or(self.line, |(_, line)| *line)
    }

    /// Returns the first such quote between the place of the last call and this one.
    pub fn misplaced_quote_before(&mut self, place: u64) -> Option<Misplaced> {
        self.quotes.as_mut()?.misplaced_before(place)
    }

    /// Returns the place of the next byte.
    pub fn place(&self) -> u64 {
        self.at
    }

    /// Begins a row at a place, for a reader that counts the lines itself.
    pub fn row_begins_at(&mut self, place: u64) {
        self.row_begins = place;
        self.begins.clear();
    }

    /// Skips this many bytes.
    pub fn skip(&mut self, count: u64) -> io::Result<()> {
        let mut taken = [0; 4096];
        let mut left = count;
        while left > 0 {
            self.row_begins = self.at;
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(taken.len());
            let read = self.read(taken.get_mut(..most).unwrap_or_default())?;
            if read == 0 {
                break;
            }
            left -= read as u64;
        }
        Ok(())
    }

    /// Returns the error with its line.
    pub fn problem(&self, error: io::Error) -> Problem {
        let what = match Fault::from(error) {
            Fault::Malformed {
                byte,
                encoding: "UTF-8",
            } => format!(
                "its byte {} is 0x{byte:02X}, which is no UTF-8; --encoding names another encoding, such \
                as windows-1252",
                self.at - self.line_begins + 1
            ),
            fault => fault.to_string(),
        };
        (self.line, what)
    }

    fn count(&mut self, text: &[u8]) {
        let mut begin = 0;
        for end in memchr2_iter(b'\r', b'\n', text) {
            let byte = text.get(end);
            let is_second = self.after_return && end == begin && byte == Some(&b'\n');
            self.begin_line(begin, end);
            self.line += u64::from(!is_second);
            self.is_line_empty = true;
            self.after_return = byte == Some(&b'\r');
            begin = end + 1;
            self.line_begins = self.at + begin as u64;
        }
        self.begin_line(begin, text.len());
        self.after_return &= begin == text.len();
        if let Some(quotes) = &mut self.quotes {
            quotes.see(text, self.at);
        }
        self.at += text.len() as u64;
    }

    /// Notes the beginning of the line with this part, unless the part is empty.
    fn begin_line(&mut self, begin: usize, end: usize) {
        if end > begin && self.is_line_empty {
            self.is_line_empty = false;
            self.begins.push_back((self.at + begin as u64, self.line));
        }
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at.saturating_sub(self.row_begins) > LONGEST_ROW as u64 {
            return Err(Fault::TooLong(LONGEST_ROW).into());
        }
        let count = self.from.read(buffer)?;
        let text = buffer.get(..count).unwrap_or_default();
        if let Some(place) = memchr(0, text) {
            self.count(text.get(..place).unwrap_or_default());
            return Err(Fault::Nul.into());
        }
        if count > 0 {
            self.count(text);
            return Ok(count);
        }
        let count = self.end.read(buffer)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, size: usize, places: &[u64]) -> Vec<u64> {
        let mut counted = Text::new(text.as_bytes(), b"");
        let mut buffer = vec![0; size];
        while counted.read(&mut buffer).expect("a text") > 0 {}
        places
            .iter()
            .map(|place| counted.line_of_row(*place))
            .collect()
    }

    #[test]
    fn every_kind_of_line_end_counts_once_however_the_text_is_cut() {
        let text = "a\nb\r\nc\rd\n\n\r\ne";
        for size in 1..text.len() {
            assert_eq!(
                lines(text, size, &[0, 2, 5, 7, 12]),
                [1, 2, 3, 4, 7],
                "{size}"
            );
            assert_eq!(lines("a\n\r\n\nb", size, &[1]), [4], "{size}");
            assert_eq!(lines("\n\na\n", size, &[0, 4]), [3, 4], "{size}");
        }
    }

    #[test]
    fn a_problem_is_told_by_its_line() {
        for (text, line) in [("name\nJim\0\n", 2), ("\0", 1), ("a\r\n\r\n\0", 3)] {
            let mut counted = Text::new(text.as_bytes(), b"");
            let error = io::copy(&mut counted, &mut io::sink()).expect_err("an error");
            let (told, what) = counted.problem(error);
            assert_eq!(told, line, "{text:?}");
            assert!(what.starts_with("has a NUL byte"), "{what}");
        }
    }

    #[test]
    fn what_is_skipped_counts_as_lines() {
        let mut counted = Text::new(&b"a\n\nb\nc"[..], b"\n\0");
        counted.skip(5).expect("it is skipped");
        let mut rest = String::new();
        counted.read_to_string(&mut rest).expect("a text");
        assert_eq!(rest, "c\n\0");
        assert_eq!(counted.line_of_row(5), 4);
    }

    #[test]
    fn a_row_that_does_not_end_is_ended() {
        let endless = io::repeat(b'a').take(LONGEST_ROW as u64 * 2);
        let mut counted = Text::new(endless, b"");
        let error = io::copy(&mut counted, &mut io::sink()).expect_err("an error");
        assert!(error.to_string().contains("16 MiB"), "{error}");
    }
}
