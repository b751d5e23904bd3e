//! The meaning of a journal's lines, as far as the model needs it.

use std::iter::from_fn;

/// A whole line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    pub(super) verb: &'a str,
    first: usize,
    /// The number of its records; of a `found` it is the id.
    count: usize,
    /// The time when a request was sent, in Unix seconds.
    pub(super) at: Option<i64>,
    /// The end of the line in the file.
    pub(super) end: usize,
}

impl Said<'_> {
    /// True if it is about exactly these records.
    pub(super) fn is_of(&self, records: &[usize]) -> bool {
        self.records().eq(records.iter().copied())
    }

    pub(super) fn records(&self) -> std::ops::Range<usize> {
        let count = if self.verb == "found" { 1 } else { self.count };
        self.first..self.first + count
    }
}

/// The whole lines that are about records.
pub(super) fn said(journal: &str) -> impl Iterator<Item = Said<'_>> {
    let mut end = 0;
    let mut lines = journal.split_inclusive('\n');
    let whole = from_fn(move || {
        let line = lines.next()?;
        end += line.len();
        Some((line.strip_suffix('\n')?, end))
    });
    whole.filter_map(|(line, end)| {
        let mut words = line.split(' ');
        Some(Said {
            verb: words.next()?,
            first: words.next()?.parse().ok()?,
            count: words.next()?.parse().ok()?,
            at: words.next().and_then(|word| word.parse().ok()),
            end,
        })
    })
}

/// A line without the parts that differ from run to run and don't matter: hashes, and the time of a request.
pub(super) fn gist(line: &str) -> String {
    let most = if line.starts_with("sending") {
        3
    } else {
        usize::MAX
    };
    let words = line.split_whitespace().filter(|word| word.len() < 16);
    words.take(most).collect::<Vec<_>>().join(" ")
}
