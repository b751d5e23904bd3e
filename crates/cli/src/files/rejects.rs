//! The rejects: records that are not in Copper, written down to be corrected and loaded again.
//!
//! The rejects file has the records that are surely not in Copper. Records in doubt go to a file of their
//! own, which is made only when it is needed, and which the importer does not load without a question.
//!
//! A start that goes on with a journal goes on with these files as well. First it takes out the records
//! that it will send or look up. All other rows stay, with their reasons, of which the journal has only a
//! part. So the files are true at any moment, whenever the process ends.

use std::path::Path;

use super::{distinct, earlier::Kept, note::Note, sheet::Sheet};
use crate::{args::import::Args, read::row::Row, records::input::Input};

pub struct Rejects<'i> {
    pub surely_not_there: Sheet<'i>,
    pub unknown: Sheet<'i>,
    resumes: bool,
    /// True if a later start settles unknown records, too.
    is_settled_later: bool,
    earlier: Kept,
}

impl<'i> Rejects<'i> {
    /// Finds files that can be written without a loss. Nothing may be sent if this fails.
    pub fn find(path: &Path, args: &Args, input: &'i Input, resumes: bool) -> Result<Self, String> {
        let mut rejects = Self {
            surely_not_there: Sheet::new(path.to_owned(), input),
            unknown: Sheet::new(distinct::unknown(path), input),
            resumes,
            is_settled_later: args.doubt.is_settled_later(),
            earlier: Kept::new(),
        };
        rejects.recall()?;
        Ok(rejects)
    }

    fn recall(&mut self) -> Result<(), String> {
        let recall = |sheet: &Sheet<'_>| sheet.recall(self.resumes);
        let mut earlier = recall(&self.surely_not_there)?;
        earlier.extend(recall(&self.unknown)?);
        self.earlier = earlier;
        Ok(())
    }

    /// Starts the files. Nothing may be sent if this fails, nor before it: until the journal is open,
    /// another process may be writing to them.
    pub fn open(&mut self) -> Result<(), String> {
        self.surely_not_there.hold()?;
        self.unknown.hold()?;
        self.recall()?;
        let stands = |unknown: bool| {
            let rows = self.earlier.iter();
            let stands =
                rows.filter(|(_, r)| self.stands(&r.note) && r.note.is_unknown() == unknown);
            stands.map(|(index, row)| (*index, row.clone())).collect()
        };
        let (rejected, unknown): (Kept, Kept) = (stands(false), stands(true));
        if unknown.is_empty() {
            self.unknown.remove()?;
        } else {
            self.unknown.start(&unknown)?;
        }
        self.surely_not_there.start(&rejected)
    }

    /// The note of a record that an earlier start has settled.
    pub fn standing(&self, index: u64) -> Option<&Note> {
        let row = self.earlier.get(&index)?;
        Some(&row.note).filter(|note| self.stands(note))
    }

    /// Returns true if this start does not change it.
    fn stands(&self, note: &Note) -> bool {
        note.is_final() && !(note.is_unknown() && self.is_settled_later)
    }

    /// Writes down one record, unless an earlier start did.
    pub fn add(&mut self, row: &Row, index: u64, note: &Note) -> bool {
        if self.standing(index).is_some() {
            return true;
        }
        let sheet = match note.is_unknown() {
            true => &mut self.unknown,
            false => &mut self.surely_not_there,
        };
        sheet.add(row, index, note)
    }

    /// Writes down again a record that is unknown only because the journal can't be used: it was not sent
    /// before, nor by this start. Nothing is known of other records, and nothing written.
    pub fn put_back(&mut self, row: &Row, index: u64) -> bool {
        match self.earlier.get(&index).map(|row| row.note.clone()) {
            Some(note) => self.add(row, index, &note),
            None => true,
        }
    }

    pub fn close(&mut self) {
        self.surely_not_there.close();
        self.unknown.close();
    }
}
