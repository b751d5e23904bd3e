//! Lines of the input, by which its leads are named to the user: numbers can be looked up in any
//! editor, and give away nothing about anybody.

use std::fmt;

/// Tells the line of a place in a text. Places must come in ascending order, so that the text is gone
/// through once.
pub struct LineCounter<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> LineCounter<'t> {
    pub fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
        }
    }

    /// The line of the byte at `place`. Lines end with `\n`, `\r\n` or `\r`.
    pub fn line_of(&mut self, place: usize) -> u64 {
        while self.at < place {
            let Some(byte) = self.text.get(self.at) else {
                break;
            };
            self.at += 1;
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => self.text.get(self.at) != Some(&b'\n'),
                _ => false,
            };
            self.line += u64::from(ends_line);
        }
        self.line
    }

    /// The line of the first byte from `place` on that does not end a line.
    pub fn line_of_text_from(&mut self, place: usize) -> u64 {
        let rest = self.text.get(place..).unwrap_or_default();
        let blank = rest
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        self.line_of(place + blank)
    }
}

/// Ranges beyond these are only counted.
const RANGES: usize = 12;

/// The lines of some leads, shown as ranges: `lines 4, 9-300`.
#[derive(Default)]
pub struct Lines {
    ranges: Vec<(u64, u64)>,
    /// The record after the last one, which goes on with its range.
    next: u64,
    pub count: u64,
    unlisted: u64,
}

impl Lines {
    /// Adds a record by its index in the input and the line that it begins on: leads that follow each
    /// other are a range, however many lines each takes.
    pub fn add(&mut self, index: u64, line: u64) {
        self.count += 1;
        let goes_on = index == self.next && self.unlisted == 0;
        self.next = index + 1;
        let has_room = self.ranges.len() < RANGES;
        match self.ranges.last_mut() {
            Some((_, last)) if goes_on => *last = line,
            _ if has_room => self.ranges.push((line, line)),
            _ => self.unlisted += 1,
        }
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.count == 1 { "line" } else { "lines" })?;
        for (n, (first, last)) in self.ranges.iter().enumerate() {
            f.write_str(if n == 0 { " " } else { ", " })?;
            match first == last {
                true => write!(f, "{first}")?,
                false => write!(f, "{first}-{last}")?,
            }
        }
        match self.unlisted {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_counts_once() {
        let mut counter = LineCounter::new(b"a\nb\r\nc\rd\n\n\r\ne");
        let lines = [0, 2, 5, 7, 12].map(|place| counter.line_of(place));
        assert_eq!(lines, [1, 2, 3, 4, 7]);
        assert_eq!(LineCounter::new(b"a\n\r\n\nb").line_of_text_from(1), 4);
    }

    #[test]
    fn leads_that_follow_each_other_are_one_range() {
        let mut lines = Lines::default();
        for (index, line) in [(0, 2), (5, 9), (6, 10), (7, 14), (9, 20)] {
            lines.add(index, line);
        }
        assert_eq!(lines.to_string(), "lines 2, 9-14, 20");
    }

    #[test]
    fn a_long_list_of_lines_is_cut_short() {
        let mut lines = Lines::default();
        for n in 0..100 {
            lines.add(n * 2, n + 2);
        }
        assert!(lines.to_string().ends_with(", 13 and 88 more"), "{lines}");
    }
}
