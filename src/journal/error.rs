//! The reasons why a journal can't be used, and what to do about each.

use std::{fmt, io};

use super::StoreError;
use crate::Error;

/// The reason why a journal can't be used.
#[derive(Debug)]
pub(crate) enum JournalError {
    /// The file can't be created or written. Its content is known.
    Io(io::Error),
    /// The file has content, but can't be opened or read.
    Unreadable(io::Error),
    /// The file holds something that is not a journal.
    NotAJournal,
    /// A later version of this crate wrote it.
    Newer(String),
    /// It belongs to another operation.
    Other(String),
    /// Another run has it open.
    InUse,
    /// No run would write this line, counted from 1, at this place.
    Corrupt(u64),
    /// These records are not those that the journal was written for.
    OtherInput { first: u64, count: u64 },
    /// The input ended at `end`, but the journal has records up to `known`.
    InputEnded { end: u64, known: u64 },
}

impl JournalError {
    /// The error if `what` is polled outside of a runtime, where the journal can't be read.
    pub(crate) fn no_runtime(what: &str) -> Self {
        let text = format!("{what} must be polled within a tokio runtime");
        Self::Unreadable(io::Error::other(text))
    }

    /// The error with which the run stops.
    pub(crate) fn to_error(&self) -> Error {
        Error::journal(self.to_string(), self.leaves_doubt())
    }

    /// True if an earlier start may have sent records of this one.
    pub(crate) fn leaves_doubt(&self) -> bool {
        match self {
            Self::Unreadable(_)
            | Self::Newer(_)
            | Self::InUse
            | Self::Corrupt(_)
            | Self::OtherInput { .. }
            | Self::InputEnded { .. } => true,
            Self::Io(_) | Self::NotAJournal | Self::Other(_) => false,
        }
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) | Self::Unreadable(error) => write!(
                f,
                "it can't be read or written ({error}); without it nothing is sent"
            ),
            Self::NotAJournal => {
                f.write_str("it is not a journal; give another path, the file is left as it is")
            }
            Self::Newer(version) => write!(
                f,
                "it has format version {version}, which only a later version of this crate can read"
            ),
            Self::Other(operation) => {
                write!(f, "it is a journal of {operation}; give another path")
            }
            Self::InUse => f.write_str("another run has it open; wait until that one has ended"),
            Self::Corrupt(line) => write!(
                f,
                "its line {line} is damaged; nothing is sent, because records that were sent may be missing in it"
            ),
            Self::OtherInput { first, count } => {
                let last = first.saturating_add(*count).saturating_sub(1);
                write!(
                    f,
                    "records {first} to {last} of the input are not those that the journal was written for, or it was written for another base URL or match; give the input that it belongs to, unchanged"
                )
            }
            Self::InputEnded { end, known } => {
                write!(
                    f,
                    "the input ended after {end} records, but the journal has {known}; give the input that it belongs to, unchanged"
                )
            }
        }
    }
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::InUse => Self::InUse,
            StoreError::NotAJournal => Self::NotAJournal,
            StoreError::Failed {
                hides_lines: true,
                source,
            } => Self::Unreadable(source),
            StoreError::Failed { source, .. } => Self::Io(source),
        }
    }
}

impl From<io::Error> for JournalError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_hide_something_sent_leaves_doubt() {
        let io = || io::Error::other("odd");
        for (fault, leaves_doubt) in [
            (JournalError::Io(io()), false),
            (JournalError::NotAJournal, false),
            (JournalError::Other("bulk_update_leads".to_owned()), false),
            (JournalError::Unreadable(io()), true),
            (JournalError::Newer("2".to_owned()), true),
            (JournalError::InUse, true),
            (JournalError::Corrupt(2), true),
            (JournalError::OtherInput { first: 0, count: 1 }, true),
            (JournalError::InputEnded { end: 0, known: 1 }, true),
        ] {
            assert_eq!(fault.leaves_doubt(), leaves_doubt, "{fault}");
        }
    }
}
