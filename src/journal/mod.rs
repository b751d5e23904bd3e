//! The write-ahead log of a run. Before a request is sent, its intent is written; after its answer, the
//! outcome of each record. So a later start knows what an earlier one has sent. Nothing is sent that can't be
//! written first.
//!
//! The page of [`bulk`](crate::bulk#the-journal) describes the format for users.

mod entry;
mod error;
mod file;
mod fingerprint;
mod header;
mod location;
mod match_key;
mod record;
mod recovered_state;
mod store;

use std::{io, sync::Arc};

use ring::digest;
use serde::Serialize;

pub(crate) use entry::{Entry, Request, RequestState};
pub(crate) use error::JournalError;
pub(crate) use fingerprint::Fingerprint;
pub use location::JournalLocation;
pub(crate) use match_key::{MatchKey, MatchKind};
use record::LogRecord;
pub(crate) use record::{MAX_RECORDS, RecordedOutcome};
pub(crate) use recovered_state::RecoveredState;
pub use store::{JournalStore, StoreError};

use crate::{item::Record, outcome::Settled, types::Timestamp};

/// The number of lines that are read from a store at a time.
const READ_TOGETHER: usize = 1000;

/// An open journal, which no other process can open until it is dropped.
#[derive(Clone)]
pub(crate) struct Journal {
    store: Arc<dyn JournalStore>,
    salt: Fingerprint,
    /// Part of each fingerprint: records that were sent elsewhere, such as to a sandbox, were not sent here.
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
    /// Opens the journal of an operation, or creates it. Returns the state that earlier starts have left.
    pub(crate) async fn open(
        location: JournalLocation,
        operation: &str,
        base_url: &str,
    ) -> Result<(Self, RecoveredState), JournalError> {
        let store = location.open();
        store.lock().await?;
        let mut recovered = RecoveredState::default();
        let (mut salt, mut position, mut number) = (None, 0, 0);
        loop {
            let lines = store.read(position, READ_TOGETHER).await?;
            if lines.is_empty() {
                break;
            }
            for (line, end) in lines {
                number += 1;
                if salt.is_none() {
                    salt = Some(header::salt(&line, operation)?);
                } else {
                    let record = LogRecord::read(&line);
                    if !record.is_some_and(|record| recovered.read(record, position)) {
                        return Err(JournalError::Corrupt(number));
                    }
                }
                position = end;
            }
        }
        let salt = match salt {
            Some(salt) => salt,
            None => {
                let salt = Fingerprint::random()?;
                let header = header::header(operation, salt);
                store.append(format!("{header}\n")).await?;
                salt
            }
        };
        let base_url = base_url.into();
        let journal = Self {
            store,
            salt,
            base_url,
        };
        Ok((journal, recovered))
    }

    /// Writes that a request with these records is about to be sent. Before that it writes how they were
    /// taken from the input, if that is not written yet, and their keys.
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
            at,
        };
        self.append(taken.into_iter().chain(keys).chain([sending]))
            .await
    }

    /// Writes the keys of records that were sent before.
    pub(crate) async fn keys(
        &self,
        first: u64,
        kind: MatchKind,
        keys: Vec<Option<MatchKey>>,
    ) -> Result<(), JournalError> {
        self.append([LogRecord::Keys { first, kind, keys }]).await
    }

    /// Writes which records in doubt were found, and which are absent.
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

    /// Writes that these records were taken from the input, none of which is sent.
    pub(crate) async fn write_taken(&self, taken: Taken) -> Result<(), JournalError> {
        self.append([taken.line()]).await
    }

    /// Writes that the request certainly had no effect.
    pub(crate) async fn refused(&self, first: u64, count: usize) -> Result<(), JournalError> {
        self.append([LogRecord::Refused {
            first,
            count: count as u64,
        }])
        .await
    }

    /// Writes the outcomes of its records.
    pub(crate) async fn answered<I: Serialize, T: Record>(
        &self,
        first: u64,
        settled: &[Settled<I, T>],
    ) -> Result<(), JournalError> {
        self.append([LogRecord::answered(first, settled)]).await
    }

    /// Appends these lines together.
    async fn append(&self, lines: impl IntoIterator<Item = LogRecord>) -> Result<(), JournalError> {
        let text: String = lines.into_iter().map(|line| format!("{line}\n")).collect();
        Ok(self.store.append(text).await?)
    }

    /// The salt of its hashes.
    pub(crate) fn salt(&self) -> Fingerprint {
        self.salt
    }

    /// The outcomes of a request's records. Those in flight are in doubt.
    pub(crate) async fn states(
        &self,
        request: Request,
    ) -> Result<Vec<RecordedOutcome>, JournalError> {
        let count = usize::try_from(request.count).unwrap_or(usize::MAX);
        let position = match request.state {
            RequestState::InFlight | RequestState::InDoubt => {
                return Ok(vec![RecordedOutcome::Unknown; count]);
            }
            RequestState::Found(id) => return Ok(vec![RecordedOutcome::Done(id); count]),
            RequestState::AnsweredAt(position) => position,
        };
        let line = self.store.read(position, 1).await?.into_iter().next();
        let states = match line.and_then(|(line, _)| LogRecord::read(&line)) {
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

    /// Records that are taken from the input together, for the journal.
    pub(crate) fn taken<T: Serialize>(
        &self,
        first: u64,
        records: &[T],
    ) -> Result<Taken, JournalError> {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(&self.salt.0);
        hash.update(self.base_url.as_bytes());
        for record in records {
            // Records that JSON can't hold are rejected, and never sent.
            hash.update(&serde_json::to_vec(record).unwrap_or_default());
            hash.update(b"\n");
        }
        let mut fingerprint = Fingerprint([0; 16]);
        for (byte, hashed) in fingerprint.0.iter_mut().zip(hash.finish().as_ref()) {
            *byte = *hashed;
        }
        Ok(Taken {
            first,
            count: records.len(),
            fingerprint,
        })
    }
}
