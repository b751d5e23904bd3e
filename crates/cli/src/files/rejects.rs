//! The rejects: records that are not in Copper, written to a file to be corrected and loaded again.
//!
//! The rejects file has the records that are certainly not in Copper. Records in doubt are written to a
//! separate file, which is created only when it is needed. The importer does not load that file without a
//! special option.
//!
//! A start that continues with a journal continues these files as well. First it removes the records that it
//! will send or look up. All other rows stay, with their reasons, because the journal has only a part of
//! these. So the files are right at every moment, whenever the process ends.

use std::path::Path;

use super::{distinct, earlier::Kept, note::Note, sheet::Sheet};
use crate::{args::import::Args, read::row::Row, records::input::Input};

pub struct Rejects<'i> {
    pub surely_not_there: Sheet<'i>,
    pub unknown: Sheet<'i>,
    resumes: bool,
    /// True if a later start settles unknown records as well.
    is_settled_later: bool,
    earlier: Kept,
}

impl<'i> Rejects<'i> {
    /// Checks that the files can be written without losing anything. If this fails, nothing may be sent.
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

    /// Creates the files. If this fails, or before it, nothing may be sent. Until the journal is open,
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

    /// Writes one record, unless an earlier start did.
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

    /// Writes again a record that is unknown only because the journal can't be used: it was not sent before,
    /// nor by this start. For other records nothing is known, and nothing is written.
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
