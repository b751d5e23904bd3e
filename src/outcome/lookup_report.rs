//! What looking for a record came to, where it did not settle it.

use std::{fmt, sync::Arc};

use crate::{Error, reconcile::Finding, types::Timestamp};

/// That a record was looked for, until when, and why it is still in doubt.
#[derive(Clone, Debug)]
pub(crate) struct LookupReport {
    /// When the last look began that had an answer, by this machine's clock.
    pub(crate) until: Option<Timestamp>,
    pub(crate) why: UnresolvedReason,
}

/// Why a record that was looked for is still in doubt.
#[derive(Clone, Debug)]
pub(crate) enum UnresolvedReason {
    /// What was found does not settle it.
    Found(Finding),
    /// It has nothing to be recognised by.
    NoKey,
    /// It was sent without the mark.
    NotMarked,
    /// It is not known when it was sent.
    NotTimed,
    /// The search failed.
    Failed(Arc<Error>),
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
            UnresolvedReason::Found(Finding::NotThere) => "it was not found, which need not mean that it is not there",
            UnresolvedReason::Found(Finding::Alike) => "more than one lead may be it, and they can't be told apart",
            UnresolvedReason::Found(Finding::OtherTime) => {
                "there is one like it, but by its date of creation and this machine's clock it is not of this request"
            }
            UnresolvedReason::Found(Finding::NotYetKnown) => {
                "there is one like it, which may belong to a later lead of the input that an earlier start sent; start again with the same journal"
            }
            UnresolvedReason::Found(Finding::Found(_) | Finding::Unclear) => {
                "there is one like it, but it can't be read or is not quite what was sent"
            }
            UnresolvedReason::NoKey => "it has nothing that it could be recognised by",
            UnresolvedReason::NotMarked => "it was sent without the mark that it could be recognised by",
            UnresolvedReason::NotTimed => "the journal does not know when it was sent",
            UnresolvedReason::Stopped => "the run was stopped",
        })
    }
}
