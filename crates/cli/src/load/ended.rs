//! The end of an import: the outcomes of the records, and the reason why it ended early.

use copper_crm::{
    Error, Outcome,
    bulk::{Record, Settled, StoppedBy, Summary},
};

use crate::{
    display::{problems::Problems, reasons::Reasons},
    files::{
        note::{self, Note},
        outcomes::{Line, Outcomes},
        rejects::Rejects,
    },
    read::row::Row,
    records::input::Input,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    Not,
    /// Everything in flight is settled.
    Once,
    /// The last outcomes are missing.
    Twice,
}

/// The most reasons that are told apart, where no report names that of each record.
const MOST_REASONS: usize = 1000;

/// The outcome of one record, for a report.
pub enum Became {
    /// The record is in Copper, with this id.
    Done(i64),
    /// The record is not done, for the reason with this number.
    Not(usize),
}

pub struct Ended<'r, 'i> {
    pub input: &'i Input,
    pub summary: Summary,
    pub stopped_by: Option<StoppedBy>,
    pub interrupted: Interrupted,
    pub reasons: Reasons,
    /// For each record that has an outcome, in order, its line and its outcome; kept for a report.
    pub became: Option<Vec<(u64, Became)>>,
    pub rejects: Option<&'r mut Rejects<'i>>,
    pub outcomes: Option<&'r mut Outcomes>,
    /// The problems of a row that could not be read a second time, and which ended the load.
    pub unread: Option<Problems>,
    /// The number of records that earlier starts had settled.
    pub from_journal: u64,
    /// The number of records that have an outcome.
    known: u64,
}

impl<'r, 'i> Ended<'r, 'i> {
    /// Before the first outcome.
    pub fn new(
        input: &'i Input,
        summary: Summary,
        rejects: Option<&'r mut Rejects<'i>>,
        outcomes: Option<&'r mut Outcomes>,
        became: Option<Vec<(u64, Became)>>,
    ) -> Self {
        Self {
            input,
            summary,
            stopped_by: None,
            interrupted: Interrupted::Not,
            reasons: match &became {
                Some(_) => Reasons::default(),
                None => Reasons::of_most(MOST_REASONS),
            },
            became,
            rejects,
            outcomes,
            unread: None,
            from_journal: 0,
            known: 0,
        }
    }

    /// Adds the outcome of a record. Returns false if it can't be written to the files.
    pub fn settle<I, O: Record>(&mut self, row: &Row, settled: &Settled<I, O>) -> bool {
        let Settled { index, outcome, .. } = settled;
        self.from_journal += u64::from(settled.from_journal);
        let about_journal = note::is_about_journal(outcome);
        self.known += u64::from(!about_journal);
        let Some(note) = Note::of(outcome) else {
            if let (Some(became), Outcome::Done(record)) = (&mut self.became, outcome) {
                became.push((row.line, Became::Done(record.id())));
            }
            let (Some(outcomes), Outcome::Done(record)) = (&mut self.outcomes, outcome) else {
                return true;
            };
            return outcomes.add(&Line {
                index: *index,
                line: row.line,
                reference: self.input.header().reference(row),
                outcome: "done",
                id: Some(record.id()),
                reason: None,
            });
        };
        // The journal has only a part of the reason.
        let rejects = self.rejects.as_deref();
        let told = rejects.filter(|_| settled.from_journal);
        let note = told
            .and_then(|rejects| rejects.standing(*index).cloned())
            .unwrap_or(note);
        let reason = match about_journal {
            true => "the journal can't be used",
            false => &note.reason,
        };
        let place = self.reasons.add(note.outcome, reason, *index, row.line);
        if let Some(became) = &mut self.became {
            became.push((row.line, Became::Not(place)));
        }
        let is_told = self.outcomes.as_mut().is_none_or(|outcomes| {
            let reference = self.input.header().reference(row);
            outcomes.add(&Line::noted(*index, row.line, reference, &note))
        });
        let is_kept = match &mut self.rejects {
            Some(rejects) if about_journal && note.is_unknown() => rejects.put_back(row, *index),
            Some(rejects) => rejects.add(row, *index, &note),
            None => true,
        };
        is_told && is_kept
    }

    /// The error with which it ended early.
    pub fn error(&self) -> Option<&Error> {
        match &self.stopped_by {
            Some(StoppedBy::Error(error)) => Some(error),
            _ => None,
        }
    }

    /// Returns true if the journal can't be used, nothing was sent, and no record has a known outcome.
    pub fn in_vain(&self) -> bool {
        self.known == 0 && self.error().is_some_and(Error::is_journal)
    }

    /// Returns true if another start with the same journal can send something.
    pub fn is_open(&self) -> bool {
        self.summary.not_sent > 0 || self.error().is_some_and(Error::is_journal)
    }

    /// Returns true if all records are in Copper, and so does the journal, if there is one.
    pub fn is_all_done(&self) -> bool {
        self.summary.done == self.input.count && self.error().is_none()
    }
}
