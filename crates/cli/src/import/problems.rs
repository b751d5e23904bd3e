//! What is wrong with the input, all of it at once: correcting a file is quicker in one go.

use std::{fmt, path::Path};

/// More are only counted: if every line has one, the first few tell as much.
const SHOWN: usize = 50;
/// In characters: some name columns that are as long as a book.
const LONGEST: usize = 2000;

#[derive(Default)]
pub struct Problems {
    shown: Vec<(u64, String)>,
    more: usize,
}

impl Problems {
    /// Takes what is wrong at a line, in words that don't quote the line: it is someone's data.
    pub fn add(&mut self, line: u64, what: impl Into<String>) {
        if self.shown.len() < SHOWN {
            self.shown.push((line, cut(what.into())));
        } else {
            self.more += 1;
        }
    }

    pub fn none_or_refuse(self, file: &Path) -> Result<(), String> {
        if self.shown.is_empty() {
            return Ok(());
        }
        Err(format!("{} can't be loaded:{self}", file.display()))
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
        for (line, what) in &self.shown {
            write!(f, "\n  line {line}: {what}")?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
