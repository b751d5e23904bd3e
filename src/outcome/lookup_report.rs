//! The reason why a record that was looked up in Copper is still in doubt.

use std::{fmt, sync::Arc};

use crate::{Error, types::Timestamp};

/// The result of a lookup that did not settle a record.
#[derive(Clone, Debug)]
pub(crate) struct LookupReport {
    /// The time when the last search began that was answered, by this machine's clock.
    pub(crate) until: Option<Timestamp>,
    pub(crate) why: UnresolvedReason,
}

/// The reason why a lookup did not settle a record.
#[derive(Clone, Debug)]
pub(crate) enum UnresolvedReason {
    /// No search found it. It may be there nevertheless.
    NotFound,
    /// Several records match it, here or in Copper.
    Ambiguous,
    /// The record that was found was not created when this one was sent.
    OtherTime,
    /// The record that was found may belong to a record of the input that is not read yet.
    NotYetKnown,
    /// The record that was found can't be read, or differs from what was sent.
    Unclear,
    /// It has nothing to search for.
    NoKey,
    /// It was sent without the mark that a search needs.
    NotMarked,
    /// The journal does not have the time when it was sent.
    NotTimed,
    /// Answers disagree about the difference between Copper's clock and this machine's.
    ClocksDisagree,
    /// The search failed.
    Failed(Arc<Error>),
    /// Its deadline expired.
    Expired,
    /// The run was stopped.
    Stopped,
}

impl fmt::Display for LookupReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.until {
            Some(until) => write!(f, "looked for until {}: ", until.utc())?,
            None => f.write_str("not looked for: ")?,
        }
        f.write_str(match &self.why {
            UnresolvedReason::Failed(error) => return write!(f, "the search failed ({error})"),
            UnresolvedReason::NotFound => {
                "it was not found, but it may be there: Copper's search may lag behind"
            }
            UnresolvedReason::Ambiguous => {
                "several leads match it, and they can't be told apart"
            }
            UnresolvedReason::OtherTime => {
                "a similar lead is there, but by its date of creation and this machine's clock this request did not create it"
            }
            UnresolvedReason::NotYetKnown => {
                "a similar lead is there, but it may belong to a later lead of the input that an earlier start sent; start again with the same journal"
            }
            UnresolvedReason::Unclear => {
                "a similar lead is there, but it can't be read or differs from what was sent"
            }
            UnresolvedReason::NoKey => "it has no value to recognise it by",
            UnresolvedReason::NotMarked => "it was sent without the mark to recognise it by",
            UnresolvedReason::NotTimed => "the journal does not know when it was sent",
            UnresolvedReason::ClocksDisagree => {
                "Copper's answers disagree about the difference between its clock and this machine's, so nobody can tell which lead this request created"
            }
            UnresolvedReason::Expired => "its deadline expired",
            UnresolvedReason::Stopped => "the run was stopped",
        })
    }
}
