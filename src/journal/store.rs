//! A store for the lines of a journal, with three operations: lock, read, append. A file is one.

use std::{fmt, io};

use futures_util::future::BoxFuture;

/// A place that keeps the lines of a journal, for [`Run::journal`](crate::bulk::Run::journal): a file, or a
/// table of a database.
///
/// A run uses a store in this order: it takes the lock, reads all lines, and appends. It never appends before
/// it has read all lines. After a failed append it appends nothing more.
///
/// The guarantees of a run hold if the store keeps these rules:
///
/// - While one value holds the lock, no other can append, in any process on any machine. A holder that has
///   lost its lock, for example because its connection was cut, can't append any more.
/// - Lines are appended unchanged, all or none, and after all earlier lines.
/// - [`append`](Self::append) returns when the lines survive a power cut. Lines that [`read`](Self::read)
///   returns survive one as well.
pub trait JournalStore: Send + Sync + 'static {
    /// Takes the lock, which is released when the store is dropped.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another run holds it, or any other error.
    fn lock(&self) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Returns lines from this position on, at least one and at most `most`, in order and without their line
    /// ends. Each comes with the position behind it. The first line is at position 0. Returns no lines at the
    /// end.
    ///
    /// # Errors
    /// When the lines can't be read.
    fn read(&self, from: u64, most: usize)
    -> BoxFuture<'_, Result<Vec<(String, u64)>, StoreError>>;

    /// Appends lines, each with its line end, and returns when they are durable.
    ///
    /// # Errors
    /// When it can't be sure that they are durable. The run then sends nothing more.
    fn append(&self, lines: String) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// The reason why a store of a journal can't be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Another run has the journal open.
    InUse,
    /// The location holds something that is not a journal.
    NotAJournal,
    /// The store can't be reached, read or written.
    Failed {
        /// True if there may be lines that this run has not read. Their records may have been sent.
        hides_lines: bool,
        /// The cause. Users see its text, so it must not contain a secret.
        source: io::Error,
    },
}

impl StoreError {
    /// A failure of a store that may hold lines which were not read.
    pub fn unreadable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed {
            hides_lines: true,
            source: io::Error::other(source),
        }
    }

    /// A failure to append after all lines were read, or of a store that certainly holds no lines.
    pub fn unwritable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed {
            hides_lines: false,
            source: io::Error::other(source),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str("another run has the journal open"),
            Self::NotAJournal => f.write_str("there is something that is no journal"),
            Self::Failed { source, .. } => {
                write!(f, "the journal can't be read or written: {source}")
            }
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed { source, .. } => Some(source),
            Self::InUse | Self::NotAJournal => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn a_failure_says_its_cause_and_the_others_have_none() {
        let failed = StoreError::unwritable("no room");
        let cause = failed.source().map(ToString::to_string);
        assert_eq!(cause.as_deref(), Some("no room"));
        assert!(failed.to_string().ends_with("no room"), "{failed}");
        for (other, says) in [
            (StoreError::InUse, "another run"),
            (StoreError::NotAJournal, "no journal"),
        ] {
            assert!(other.source().is_none());
            assert!(other.to_string().contains(says), "{other}");
        }
    }
}
