//! The problems of the input, in one list, so that a person can correct the file in one go.

use std::{fmt, path::Path};

use super::escape;

/// The most problems that are listed. If every line has one, the first few are enough.
const SHOWN: usize = 50;
/// The longest text of a problem, in characters: a column's name can be very long.
const LONGEST: usize = 2000;

#[derive(Default)]
pub struct Problems {
    shown: Vec<(u64, String)>,
    more: usize,
}

impl Problems {
    /// Adds a problem of a line, in words that don't quote the line, because it is someone's data.
    pub fn add(&mut self, line: u64, what: impl Into<String>) {
        if self.shown.len() < SHOWN {
            self.shown.push((line, cut(what.into())));
        } else {
            self.more += 1;
        }
    }

    pub fn none_or_refuse(&self, file: &Path) -> Result<(), String> {
        match self.shown.is_empty() {
            true => Ok(()),
            false => Err(self.refusal(file)),
        }
    }

    /// The number of problems.
    pub fn count(&self) -> usize {
        self.shown.len() + self.more
    }

    /// The message that refuses a file with these problems.
    pub fn refusal(&self, file: &Path) -> String {
        format!("{} can't be loaded:{self}", escape::path(file))
    }
}

fn cut(mut what: String) -> String {
    if let Some((end, _)) = what.char_indices().nth(LONGEST) {
        what.truncate(end);
        what.push('…');
    }
    what
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown: Vec<&(u64, String)> = self.shown.iter().collect();
        shown.sort_by_key(|(line, _)| *line);
        for (line, what) in shown {
            write!(f, "\n  line {line}: {}", escape::escaped(what))?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
