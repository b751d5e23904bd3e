//! Line ranges, by which messages name records of the input. Any editor can show a line, and its number
//! contains no personal data.

use std::fmt;

/// The most ranges that are listed. Records beyond them are only counted.
const RANGES: usize = 12;

/// The lines of some records, displayed as ranges: `lines 4, 9-300`.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    ranges: Vec<(u64, u64)>,
    /// The index that would extend the last range.
    next: u64,
    pub count: u64,
    unlisted: u64,
}

impl Lines {
    /// Adds a record by its index in the input and the line that it begins on. Neighbours in the input
    /// form a range, however many lines each takes.
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

    /// A note about these records: their number, these words, and the lines. None if there are no records.
    pub fn note(&self, words: &str) -> Option<String> {
        (self.count > 0).then(|| format!("{} {words} ({self})", self.count))
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
    fn records_that_follow_each_other_are_one_range() {
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
