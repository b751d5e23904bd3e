//! The number of records with each outcome.

use std::fmt;

use serde::Serialize;

use super::Outcome;
use crate::telemetry::Counts;

/// The number of records with each outcome that a run has returned so far.
///
/// Its `Display` is one line: `1000 leads: 998 done, 2 rejected, 0 not sent, 0 unknown`. As JSON it is
/// `{"records": "leads", "done": 998, "rejected": 2, "not_sent": 0, "unknown": 0}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    #[serde(rename = "records")]
    noun: &'static str,
    /// Records that are in Copper.
    pub done: u64,
    /// Records that Copper refused.
    pub rejected: u64,
    /// Records that were not sent, or certainly not accepted.
    pub not_sent: u64,
    /// Records that may or may not be in Copper.
    pub unknown: u64,
}

impl Summary {
    pub(crate) fn new(noun: &'static str) -> Self {
        Self {
            noun,
            done: 0,
            rejected: 0,
            not_sent: 0,
            unknown: 0,
        }
    }

    pub(crate) fn count<T>(&mut self, outcome: &Outcome<T>) {
        let counter = match outcome {
            Outcome::Done(_) => &mut self.done,
            Outcome::Rejected(_) => &mut self.rejected,
            Outcome::NotSent(_) => &mut self.not_sent,
            Outcome::Unknown(_) => &mut self.unknown,
        };
        *counter += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.done += other.done;
        self.rejected += other.rejected;
        self.not_sent += other.not_sent;
        self.unknown += other.unknown;
    }

    /// The counts alone, in the order of the fields.
    pub(crate) fn counts(&self) -> Counts {
        [self.done, self.rejected, self.not_sent, self.unknown]
    }

    /// Returns the number of records that have an outcome.
    pub fn total(&self) -> u64 {
        self.done + self.rejected + self.not_sent + self.unknown
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            noun,
            done,
            rejected,
            not_sent,
            unknown,
        } = self;
        write!(
            f,
            "{} {noun}: {done} done, {rejected} rejected, {not_sent} not sent, {unknown} unknown",
            self.total()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{NotSent, Rejection, StoppedBy, Unknown},
        *,
    };

    #[test]
    fn every_outcome_is_counted_as_what_it_is() {
        let mut summary = Summary::new("leads");
        let outcomes: [(usize, Outcome<()>); 4] = [
            (1, Outcome::Done(Box::default())),
            (2, Outcome::Rejected(Rejection::journalled(Vec::new()))),
            (3, Outcome::NotSent(NotSent::stopped(StoppedBy::Caller))),
            (4, Outcome::Unknown(Unknown::interrupted())),
        ];
        for (times, outcome) in outcomes {
            (0..times).for_each(|_| summary.count(&outcome));
        }
        assert_eq!(summary.total(), 10);
        assert_eq!(
            summary.to_string(),
            "10 leads: 1 done, 2 rejected, 3 not sent, 4 unknown"
        );
        summary.add(&summary.clone());
        summary.add(&Summary::new(""));
        assert_eq!(
            summary.to_string(),
            "20 leads: 2 done, 4 rejected, 6 not sent, 8 unknown"
        );
    }
}
