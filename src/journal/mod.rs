//! What a run writes down, so that a later start knows what an earlier one has sent: before a request
//! is sent, that it will be; after its answer, what became of each record. What can't be written down
//! is not sent.
//!
//! The format is described where users find it, in [`bulk`](crate::bulk).

mod entry;
mod error;
mod file;
mod fingerprint;
mod match_key;
mod record;
mod recovered_state;

use std::{
    fs, io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ring::digest;
use serde::Serialize;

pub(crate) use entry::{Answer, Entry, Request};
pub(crate) use error::JournalError;
use file::File;
pub(crate) use fingerprint::Fingerprint;
pub(crate) use match_key::{MatchKey, MatchKind};
use record::LogRecord;
pub(crate) use record::State;
pub(crate) use recovered_state::RecoveredState;

use crate::{item::Record, outcome::Settled, types::Timestamp};

/// The most records that one line may name: a hundred times what Copper takes today. It bounds what a run
/// holds in memory, whatever its caller asks for and its journal says.
pub(crate) const MAX_RECORDS: usize = 1000;

const NAME: &str = "copper-crm journal";
const VERSION: u32 = 2;
/// It did not know when a request was sent, nor what was found afterwards.
const FIRST_VERSION: u32 = 1;

/// An open journal, which no other process can open until it is dropped.
#[derive(Clone)]
pub(crate) struct Journal {
    file: Arc<File>,
    salt: Fingerprint,
    /// Whether what is in the file is of an earlier version, so that the next line must say the version.
    older: Arc<AtomicBool>,
    /// What was sent elsewhere, to a sandbox say, was not sent here.
    base_url: Arc<str>,
}

/// Records that were taken from the input together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(crate) first: u64,
    pub(crate) count: usize,
    pub(crate) fingerprint: Fingerprint,
}

impl Taken {
    fn line(self) -> LogRecord {
        LogRecord::Records {
            first: self.first,
            count: self.count as u64,
            fingerprint: self.fingerprint,
        }
    }
}

impl Journal {
    /// Opens the journal of an operation, or starts one. Gives what earlier starts have left in it.
    pub(crate) async fn open(
        path: &Path,
        operation: &str,
        base_url: &str,
    ) -> Result<(Self, RecoveredState), JournalError> {
        let opened = Self::open_file(path, operation, base_url).await;
        opened.map_err(|fault| match fault {
            JournalError::Io(error) if holds_something(path) => JournalError::Unreadable(error),
            fault => fault,
        })
    }

    async fn open_file(
        path: &Path,
        operation: &str,
        base_url: &str,
    ) -> Result<(Self, RecoveredState), JournalError> {
        let file = Arc::new(File::open(path).await?);
        let start = format!("{NAME} {VERSION} {operation} ");
        let (salt, older, ledger) = match file.first_line(NAME).await? {
            Some(header) => {
                let older = format!("{NAME} {FIRST_VERSION} {operation} ");
                let is_older = header.starts_with(older.trim_end());
                let start = if is_older { &older } else { &start };
                let salt = Fingerprint::of_header(&header, start)?;
                let ledger = file.ledger().await?;
                (salt, is_older && !ledger.says_version(), ledger)
            }
            None => {
                let salt = Fingerprint::random()?;
                file.start(format!("{start}{salt}\n")).await?;
                (salt, false, RecoveredState::default())
            }
        };
        let base_url = base_url.into();
        Ok((
            Self {
                file,
                salt,
                older: Arc::new(older.into()),
                base_url,
            },
            ledger,
        ))
    }

    /// Writes down that a request with these records is about to be sent, after how they were taken
    /// from the input, if that is not yet written down, and what they can be recognised by.
    pub(crate) async fn sending(
        &self,
        taken: Option<Taken>,
        keys: Option<(MatchKind, Vec<Option<MatchKey>>)>,
        first: u64,
        count: usize,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let taken = taken.map(Taken::line);
        let keys = keys.map(|(kind, keys)| LogRecord::Keys { first, kind, keys });
        let sending = LogRecord::Sending {
            first,
            count: count as u64,
            at: Some(at),
        };
        self.append(taken.into_iter().chain(keys).chain([sending]))
            .await
    }

    /// Writes down what records can be recognised by that were sent before.
    pub(crate) async fn keys(
        &self,
        first: u64,
        kind: MatchKind,
        keys: Vec<Option<MatchKey>>,
    ) -> Result<(), JournalError> {
        self.append([LogRecord::Keys { first, kind, keys }]).await
    }

    /// Writes down which records that were in doubt are there, and which surely are not.
    pub(crate) async fn looked_up(
        &self,
        found: &[(u64, i64)],
        absent: &[u64],
    ) -> Result<(), JournalError> {
        let found = found.iter().map(|(index, id)| LogRecord::Found {
            index: *index,
            id: *id,
        });
        let absent = absent.iter().map(|first| LogRecord::Absent {
            first: *first,
            count: 1,
        });
        self.append(found.chain(absent)).await
    }

    /// Writes down that these records were taken from the input, none of which is sent.
    pub(crate) async fn write_taken(&self, taken: Taken) -> Result<(), JournalError> {
        self.append([taken.line()]).await
    }

    /// Writes down that that request surely had no effect.
    pub(crate) async fn refused(&self, first: u64, count: usize) -> Result<(), JournalError> {
        self.append([LogRecord::Refused {
            first,
            count: count as u64,
        }])
        .await
    }

    /// Writes down what became of its records.
    pub(crate) async fn answered<I: Serialize, T: Record>(
        &self,
        first: u64,
        settled: &[Settled<I, T>],
    ) -> Result<(), JournalError> {
        let states = settled.iter().map(State::of).collect();
        self.append([LogRecord::Answered { first, states }]).await
    }

    /// Appends these lines at once, after the version if that is still to be said.
    async fn append(&self, lines: impl IntoIterator<Item = LogRecord>) -> Result<(), JournalError> {
        let version = self
            .older
            .load(Ordering::Acquire)
            .then_some(LogRecord::Version);
        let lines = version.into_iter().chain(lines);
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        self.file.append(text).await?;
        self.older.store(false, Ordering::Release);
        Ok(())
    }

    /// What its hashes are salted with.
    pub(crate) fn salt(&self) -> Fingerprint {
        self.salt
    }

    /// What became of the records of a request. What was in flight is in doubt.
    pub(crate) async fn states(&self, request: Request) -> Result<Vec<State>, JournalError> {
        let count = usize::try_from(request.count).unwrap_or(usize::MAX);
        let offset = match request.answer {
            Answer::None | Answer::Unknown => return Ok(vec![State::Unknown; count]),
            Answer::Found(id) => return Ok(vec![State::Done(id); count]),
            Answer::At(offset) => offset,
        };
        let line = self
            .file
            .line_at(offset)
            .await
            .map_err(JournalError::Unreadable)?;
        let states = match LogRecord::read(&line) {
            Some(LogRecord::Answered { first, states }) => {
                let skipped = request.first.checked_sub(first);
                let states = states
                    .into_iter()
                    .skip(skipped.unwrap_or(u64::MAX) as usize);
                states.take(count).collect()
            }
            _ => Vec::new(),
        };
        if states.len() != count {
            return Err(JournalError::Unreadable(io::Error::new(
                io::ErrorKind::InvalidData,
                "it was changed while it was in use",
            )));
        }
        Ok(states)
    }

    /// Records that are taken from the input together, as they are written down.
    pub(crate) fn taken<T: Serialize>(
        &self,
        first: u64,
        records: &[T],
    ) -> Result<Taken, JournalError> {
        Ok(Taken {
            first,
            count: records.len(),
            fingerprint: self.fingerprint(records)?,
        })
    }

    /// What tells these records from others.
    fn fingerprint<T: Serialize>(&self, records: &[T]) -> Result<Fingerprint, JournalError> {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(&self.salt.0);
        hash.update(self.base_url.as_bytes());
        for record in records {
            hash.update(&serde_json::to_vec(record).map_err(io::Error::from)?);
            hash.update(b"\n");
        }
        let mut fingerprint = Fingerprint([0; 16]);
        for (byte, hashed) in fingerprint.0.iter_mut().zip(hash.finish().as_ref()) {
            *byte = *hashed;
        }
        Ok(fingerprint)
    }
}

fn holds_something(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > 0)
}
