//! The facts, by what the server did and what the caller was told, and the guarantees about them. Facts
//! outlive the run that they come from, as Copper and the caller do.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    fate::{Effect, Fate, id},
    journal::said,
};
use crate::{
    bulk::{Outcome, Settled},
    types::Lead,
};

/// The outcome that a caller was told of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Told {
    Done,
    Rejected,
    NotSent,
    Unknown,
}

/// Records by the facts about them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Facts {
    /// True if the operation is idempotent.
    repeats: bool,
    /// True if records in doubt are looked up.
    reconciles: bool,
    /// Records that the server has, whether anybody knows it or not.
    there: BTreeSet<usize>,
    accepted: BTreeSet<usize>,
    refused: BTreeSet<usize>,
    /// Records that a request left in doubt, whether they are there or not.
    doubtful: BTreeSet<usize>,
    /// Those in flight.
    in_flight: BTreeSet<usize>,
    /// Records that a journal announces without an outcome. A later start can't know more.
    announced: BTreeSet<usize>,
    told: BTreeMap<usize, Told>,
}

impl Facts {
    /// Nothing has happened.
    pub(super) fn new(repeats: bool, reconciles: bool) -> Self {
        Self {
            repeats,
            reconciles,
            ..Self::default()
        }
    }

    /// A request is sent. Returns an error if it must not be.
    pub(super) fn sent(&mut self, records: &[usize]) -> Result<(), String> {
        for n in records {
            if !self.in_flight.insert(*n) {
                return Err(format!("#{n} is in flight twice"));
            }
            // What is looked up and not there may have been refused unheard.
            if self.refused.contains(n) && !self.repeats && !self.reconciles {
                return Err(format!("#{n} is sent again after it was refused"));
            }
            // One that was in doubt may be sent again if it is not there.
            let done = if self.reconciles {
                self.doubtful.remove(n);
                self.there.contains(n)
            } else {
                self.accepted.contains(n) || self.doubtful.contains(n)
            };
            if done && !self.repeats {
                return Err(format!("#{n} is sent again after it may have been done"));
            }
        }
        Ok(())
    }

    /// The fate of the request.
    pub(super) fn met(&mut self, records: &[usize], fate: Fate) {
        for n in records {
            self.in_flight.remove(n);
        }
        let Some((last, others)) = records.split_last() else {
            return;
        };
        match fate.effect() {
            Effect::Accepted | Effect::OddLast => self.there.extend(records),
            Effect::ButLast => self.there.extend(others),
            Effect::Doubt if fate != Fate::Undone => self.there.extend(records),
            _ => {}
        }
        match fate.effect() {
            Effect::Accepted => self.accepted.extend(records),
            Effect::ButLast => {
                self.accepted.extend(others);
                self.refused.insert(*last);
            }
            Effect::OddLast => {
                self.accepted.extend(others);
                self.doubtful.insert(*last);
            }
            Effect::Doubt => self.doubtful.extend(records),
            Effect::Refused => {
                // The same request would have been refused before.
                self.doubtful.retain(|n| !records.contains(n));
                if records.len() == 1 {
                    self.refused.insert(*last);
                }
            }
            Effect::Unread => {}
        }
    }

    /// The caller is told an outcome. Only an outcome that may still change is told again.
    pub(super) fn tell(&mut self, settled: &Settled<usize, Lead>) -> Told {
        let n = settled.input;
        assert_eq!(settled.index, n as u64, "in the order of the input");
        let doubtful = self.doubtful.contains(&n);
        let (done, may_be_done) = if self.reconciles {
            (self.there.contains(&n), self.there.contains(&n))
        } else {
            let accepted = self.accepted.contains(&n);
            (accepted, accepted || doubtful)
        };
        let told = match &settled.outcome {
            Outcome::Done(lead) => {
                assert!(done, "#{n} is done, but not there");
                assert_eq!(lead.id.0, id(n), "#{n} is another");
                Told::Done
            }
            Outcome::Rejected(why) => {
                assert!(self.refused.contains(&n), "#{n} was not refused: {why}");
                Told::Rejected
            }
            Outcome::NotSent(why) => {
                assert!(!may_be_done, "#{n} is not sent, but may be there: {why}");
                Told::NotSent
            }
            Outcome::Unknown(why) => {
                // One that is sent again for it, and then refused unread, stays as it was.
                let announced = self.announced.contains(&n);
                let announced = announced && (settled.from_journal || self.repeats);
                assert!(
                    doubtful || announced,
                    "#{n} is unknown for no reason: {why}"
                );
                Told::Unknown
            }
        };
        match self.told.insert(n, told) {
            None | Some(Told::NotSent) => {}
            Some(Told::Unknown) if self.repeats || self.reconciles => {}
            Some(before) => assert_eq!(before, told, "#{n}: of one record two things are told"),
        }
        told
    }

    /// Requests in flight can't return to anybody, but may be done.
    pub(super) fn cut_off(&mut self, is_done: bool) {
        let in_flight = std::mem::take(&mut self.in_flight);
        if is_done {
            self.there.extend(&in_flight);
        }
        self.doubtful.extend(in_flight);
    }

    /// The rest of the journal.
    pub(super) fn keep(&mut self, journal: &str) {
        self.announced.clear();
        for line in said(journal) {
            match line.verb {
                "sending" => self.announced.extend(line.records()),
                "answered" | "refused" | "found" | "absent" => {
                    self.announced.retain(|n| !line.records().contains(n));
                }
                _ => {}
            }
        }
    }

    /// True if the server has a record, whether anybody knows it or not.
    pub(super) fn is_there(&self, n: usize) -> bool {
        self.there.contains(&n)
    }

    /// True if records in doubt are looked up.
    pub(super) fn reconciles(&self) -> bool {
        self.reconciles
    }

    /// True if something is in flight.
    pub(super) fn is_busy(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// True if nothing prevents a record from being accepted.
    pub(super) fn is_free(&self, n: usize) -> bool {
        let sets = [
            &self.accepted,
            &self.refused,
            &self.doubtful,
            &self.announced,
        ];
        sets.iter().all(|set| !set.contains(&n))
    }
}
