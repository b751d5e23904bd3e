//! How an import ended: what became of the leads, and why it went no further.

use copper_crm::{
    Error, Outcome,
    bulk::{Record, Settled, StoppedBy, Summary},
};

use super::{
    input::{Input, Row},
    note::{self, Note},
    reasons::Reasons,
    rejects::Rejects,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    Not,
    /// What was under way has settled.
    Once,
    /// The last outcomes are missing.
    Twice,
}

/// What became of one record, for a report.
pub enum Became {
    /// It is in Copper, with this id.
    Done(i64),
    /// Why not is in this place of the reasons.
    Not(usize),
}

pub struct Ended<'r, 'i> {
    pub input: &'i Input,
    pub summary: Summary,
    pub stopped_by: Option<StoppedBy>,
    pub interrupted: Interrupted,
    pub reasons: Reasons,
    /// Of each record that has an outcome, in their order, if anyone wants to know.
    pub became: Option<Vec<Became>>,
    pub rejects: Option<&'r mut Rejects<'i>>,
    /// Leads that earlier starts have settled.
    pub from_journal: u64,
    /// Leads of which something is known.
    known: u64,
}

impl<'r, 'i> Ended<'r, 'i> {
    /// Before the first outcome.
    pub fn new(
        input: &'i Input,
        summary: Summary,
        rejects: Option<&'r mut Rejects<'i>>,
        became: Option<Vec<Became>>,
    ) -> Self {
        Self {
            input,
            summary,
            stopped_by: None,
            interrupted: Interrupted::Not,
            reasons: Reasons::default(),
            became,
            rejects,
            from_journal: 0,
            known: 0,
        }
    }

    /// Takes in the outcome of a record. False if it can't be written down.
    pub fn settle<I, O: Record>(&mut self, row: &Row, settled: &Settled<I, O>) -> bool {
        let Settled { index, outcome, .. } = settled;
        self.from_journal += u64::from(settled.from_journal);
        let about_journal = note::is_about_journal(outcome);
        self.known += u64::from(!about_journal);
        let Some(note) = Note::of(outcome) else {
            if let (Some(became), Outcome::Done(record)) = (&mut self.became, outcome) {
                became.push(Became::Done(record.id()));
            }
            return true;
        };
        // The journal has but a part of the reason.
        let rejects = self.rejects.as_deref();
        let told = rejects.filter(|_| settled.from_journal);
        let note = told
            .and_then(|rejects| rejects.standing(*index).cloned())
            .unwrap_or(note);
        let reason = match about_journal {
            // Why not is told by itself.
            true => "the journal can't be used",
            false => &note.reason,
        };
        let place = self.reasons.add(note.outcome, reason, *index, row.line);
        if let Some(became) = &mut self.became {
            became.push(Became::Not(place));
        }
        match &mut self.rejects {
            Some(rejects) if about_journal && note.is_unknown() => rejects.put_back(row, *index),
            Some(rejects) => rejects.add(row, *index, &note),
            None => true,
        }
    }

    /// The error for which it ended early.
    pub fn error(&self) -> Option<&Error> {
        match &self.stopped_by {
            Some(StoppedBy::Error(error)) => Some(error),
            _ => None,
        }
    }

    /// Whether it ended as the journal can't be used, before anything was sent, or known of any record.
    pub fn in_vain(&self) -> bool {
        self.known == 0 && self.error().is_some_and(Error::is_journal)
    }

    /// Whether another start with the same journal would send something, or could.
    pub fn is_open(&self) -> bool {
        self.summary.not_sent > 0 || self.error().is_some_and(Error::is_journal)
    }

    /// Whether all leads are in Copper, and the journal, if there is one, says so, too.
    pub fn is_all_done(&self) -> bool {
        self.summary.done == self.summary.total() && self.error().is_none()
    }
}
