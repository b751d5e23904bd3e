//! What did not get into Copper, written down to be corrected and fed in again.
//!
//! The rejects file has what is surely not there; what may be there goes to a file of its own, which
//! is made only when it is needed, and which the importer does not take without a question.
//!
//! A start that goes on with a journal goes on with these files as well. First it takes out what was
//! not sent, for that will be, and what is unknown if it is to be looked up or upserted; all else stands
//! as it is, with the reasons, of which the journal has but a part. So a file is true at any moment,
//! whenever the process ends.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{
    args::Args,
    earlier::Notes,
    input::{Input, Row},
    note::{Note, UNKNOWN},
    sheet::Sheet,
};

pub struct Rejects<'i> {
    pub surely_not_there: Sheet<'i>,
    pub unknown: Sheet<'i>,
    input_path: PathBuf,
    resumes: bool,
    /// Whether what is unknown is, too, settled by a later start.
    is_settled_later: bool,
    earlier: Notes,
}

impl<'i> Rejects<'i> {
    /// Finds files that can be written without a loss. Nothing may be sent if this fails.
    pub fn find(path: &Path, args: &Args, input: &'i Input, resumes: bool) -> Result<Self, String> {
        let mut unknown = OsString::from(path);
        unknown.push(".");
        unknown.push(UNKNOWN);
        let mut rejects = Self {
            surely_not_there: Sheet::new(path.to_owned(), input),
            unknown: Sheet::new(unknown.into(), input),
            input_path: args.file.clone(),
            resumes,
            is_settled_later: args.doubt.is_settled_later(),
            earlier: Notes::new(),
        };
        rejects.recall()?;
        Ok(rejects)
    }

    fn recall(&mut self) -> Result<(), String> {
        let recall = |sheet: &Sheet<'_>| sheet.recall(&self.input_path, self.resumes);
        let mut earlier = recall(&self.surely_not_there)?;
        earlier.extend(recall(&self.unknown)?);
        self.earlier = earlier;
        Ok(())
    }

    /// Makes the files ready. Nothing may be sent if this fails, nor before it: until the journal is
    /// open, another process may be writing to them.
    pub fn open(&mut self) -> Result<(), String> {
        self.recall()?;
        let stands = |unknown: bool| {
            let notes = self.earlier.iter();
            let stands = notes.filter(|(_, n)| self.stands(n) && n.is_unknown() == unknown);
            stands.map(|(index, note)| (*index, note.clone())).collect()
        };
        let (rejected, unknown): (Notes, Notes) = (stands(false), stands(true));
        if unknown.is_empty() {
            self.unknown.remove()?;
        } else {
            self.unknown.start(&unknown)?;
        }
        self.surely_not_there.start(&rejected)
    }

    /// What stands in the files about a record that an earlier start has settled.
    pub fn standing(&self, index: u64) -> Option<&Note> {
        self.earlier.get(&index).filter(|note| self.stands(note))
    }

    /// Whether this start does not change it.
    fn stands(&self, note: &Note) -> bool {
        note.is_final() && !(note.is_unknown() && self.is_settled_later)
    }

    /// Writes down one record, unless it is.
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

    /// Writes down again what is only unknown because the journal can't be used: it was not sent
    /// before, nor by this start. Of other leads nothing is known, and nothing written.
    pub fn put_back(&mut self, row: &Row, index: u64) -> bool {
        match self.earlier.get(&index).cloned() {
            Some(note) => self.add(row, index, &note),
            None => true,
        }
    }

    pub fn close(&mut self) {
        self.surely_not_there.close();
        self.unknown.close();
    }
}
