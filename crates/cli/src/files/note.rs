//! The note of a record that is not done: its outcome and the reason.

use std::fmt::Display;

use copper_crm::{Error, Outcome};

use crate::{display::escape::escaped, read::format::UNKNOWN};

const REJECTED: &str = "rejected";
const NOT_SENT: &str = "not sent";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub outcome: &'static str,
    pub reason: String,
}

impl Note {
    /// The note of an outcome; None for a record that is done.
    pub fn of<T>(outcome: &Outcome<T>) -> Option<Self> {
        match outcome {
            Outcome::Done(_) => None,
            Outcome::Rejected(why) => Some(Self::rejected(why)),
            Outcome::NotSent(why) => Some(Self::not_sent(why)),
            Outcome::Unknown(why) => Some(Self::unknown(why)),
        }
    }

    pub fn rejected(why: impl Display) -> Self {
        Self {
            outcome: REJECTED,
            reason: one_line(why),
        }
    }

    pub fn not_sent(why: impl Display) -> Self {
        Self {
            outcome: NOT_SENT,
            reason: one_line(why),
        }
    }

    pub fn unknown(why: impl Display) -> Self {
        Self {
            outcome: UNKNOWN,
            reason: one_line(why),
        }
    }

    /// Parses a note in a rejects file. None if it has no such outcome.
    pub fn read(outcome: &str, reason: &str) -> Option<Self> {
        let outcomes = [REJECTED, NOT_SENT, UNKNOWN];
        let outcome = outcomes.into_iter().find(|known| *known == outcome)?;
        Some(Self {
            outcome,
            reason: reason.to_owned(),
        })
    }

    pub fn is_unknown(&self) -> bool {
        self.outcome == UNKNOWN
    }

    /// Returns true if no later start of the same import sends the record.
    pub fn is_final(&self) -> bool {
        self.outcome != NOT_SENT
    }
}

/// Returns true if the outcome comes from an unusable journal, and not from the record.
pub fn is_about_journal<T>(outcome: &Outcome<T>) -> bool {
    let error = match outcome {
        Outcome::Done(_) | Outcome::Rejected(_) => None,
        Outcome::NotSent(why) => why.error(),
        Outcome::Unknown(why) => why.error(),
    };
    error.is_some_and(Error::is_journal)
}

/// A reason can quote a whole page of HTML.
fn one_line(reason: impl Display) -> String {
    let reason = reason.to_string();
    let words: Vec<&str> = reason.split_whitespace().collect();
    escaped(words.join(" ")).to_string()
}
