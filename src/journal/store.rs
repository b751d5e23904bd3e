//! Where the lines of a journal are kept: a store of three operations. A file is one.

use std::{fmt, io};

use futures_util::future::BoxFuture;

/// A place that keeps the lines of a journal, for [`Run::journal`](crate::bulk::Run::journal): a file, a table of
/// a database.
///
/// A run uses a store in this order: it takes the lock, reads all lines, and appends. It never appends before it
/// has read all lines, and after an append that failed it appends nothing more.
///
/// The guarantees of a run hold if the store keeps these rules:
///
/// - As long as one value holds the lock, no other can append, in no process and on no machine. A holder that has
///   lost its lock (because its connection was cut, for example) must not be able to append any more.
/// - Lines are appended as they are, all or none, and after all earlier lines.
/// - [`append`](Self::append) returns when the lines survive a power cut. Lines that [`read`](Self::read) gives
///   survive one too.
pub trait JournalStore: Send + Sync + 'static {
    /// Takes the lock, which is given back when the store is dropped.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another run has it, and any other error.
    fn lock(&self) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Returns lines from this position on, one at least and `most` at most, in order and without their line ends,
    /// each with the position behind it. The first line is at position 0. Returns none at the end.
    ///
    /// # Errors
    /// When the lines can't be read.
    fn read(&self, from: u64, most: usize)
    -> BoxFuture<'_, Result<Vec<(String, u64)>, StoreError>>;

    /// Appends lines, each of which ends with a line end, and returns when they are durable.
    ///
    /// # Errors
    /// When it can't be known that they are. The run sends nothing more then.
    fn append(&self, lines: String) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// Why a store of a journal can't be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Another run has the journal open.
    InUse,
    /// The place holds something that is no journal.
    NotAJournal,
    /// The store can't be reached, read or written.
    Failed {
        /// True if there may be lines that this run has not read. Their records may have been
        /// sent.
        hides_lines: bool,
        /// The cause. Its text is shown to users, so it must hold no secret.
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

    /// A failure to append, after all lines were read; or of a store that surely holds none.
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
