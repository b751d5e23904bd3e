//! What a run writes down, so that a later start knows what an earlier one has sent: before a request
//! is sent, that it will be; after its answer, what became of each record. What can't be written down
//! is not sent.
//!
//! The format is described where users find it, in [`bulk`](super).

mod file;
mod ledger;
mod line;

use std::{
    fmt, fs, io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ring::{
    digest,
    rand::{SecureRandom, SystemRandom},
};
use serde::Serialize;

use file::File;
pub(crate) use ledger::{Answer, Entry, Ledger, Request};
use line::Line;
pub(crate) use line::State;

use super::reconcile::{Key, Way};
use crate::types::Timestamp;

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
    fn line(self) -> Line {
        Line::Records {
            first: self.first,
            count: self.count as u64,
            fingerprint: self.fingerprint,
        }
    }
}

/// Why a journal can't be used.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The file can't be made or written. What is in it is known.
    Io(io::Error),
    /// There is something in the file, and it can't be opened or read.
    Unreadable(io::Error),
    /// It holds something else.
    NotAJournal,
    /// A later version of this crate wrote it.
    Newer(String),
    /// It is of another operation.
    Other(String),
    /// Another run has it open.
    InUse,
    /// A line, counted from 1, says what no run would write there.
    Corrupt(u64),
    /// These records are not those that it was written for.
    OtherInput { first: u64, count: u64 },
    /// The input ended at `end`, but it knows of records up to `known`.
    InputEnded { end: u64, known: u64 },
}

impl Fault {
    /// Whether an earlier start may have sent records that this one was given.
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

impl fmt::Display for Fault {
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
                "it is of version {version}, which only a later version of this crate can read"
            ),
            Self::Other(operation) => {
                write!(f, "it is a journal of {operation}; give another path")
            }
            Self::InUse => f.write_str("another run has it open; wait for that one to end"),
            Self::Corrupt(line) => write!(
                f,
                "its line {line} is damaged; nothing is sent, for it may have hidden what was"
            ),
            Self::OtherInput { first, count } => {
                let last = first.saturating_add(*count).saturating_sub(1);
                write!(
                    f,
                    "records {first} to {last} of the input are not those that it was written for, or it was written for another base URL or match; give the input it belongs to, unchanged"
                )
            }
            Self::InputEnded { end, known } => {
                write!(
                    f,
                    "the input ended after {end} records, but it knows of {known}; give the input it belongs to, unchanged"
                )
            }
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Journal {
    /// Opens the journal of an operation, or starts one. Gives what earlier starts have left in it.
    pub(crate) async fn open(
        path: &Path,
        operation: &str,
        base_url: &str,
    ) -> Result<(Self, Ledger), Fault> {
        let opened = Self::open_file(path, operation, base_url).await;
        opened.map_err(|fault| match fault {
            Fault::Io(error) if holds_something(path) => Fault::Unreadable(error),
            fault => fault,
        })
    }

    async fn open_file(
        path: &Path,
        operation: &str,
        base_url: &str,
    ) -> Result<(Self, Ledger), Fault> {
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
                (salt, false, Ledger::default())
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
        keys: Option<(Way, Vec<Option<Key>>)>,
        first: u64,
        count: usize,
        at: Timestamp,
    ) -> Result<(), Fault> {
        let taken = taken.map(Taken::line);
        let keys = keys.map(|(way, keys)| Line::Keys { first, way, keys });
        let sending = Line::Sending {
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
        way: Way,
        keys: Vec<Option<Key>>,
    ) -> Result<(), Fault> {
        self.append([Line::Keys { first, way, keys }]).await
    }

    /// Writes down which records that were in doubt are there, and which surely are not.
    pub(crate) async fn looked_up(
        &self,
        found: &[(u64, i64)],
        absent: &[u64],
    ) -> Result<(), Fault> {
        let found = found.iter().map(|(index, id)| Line::Found {
            index: *index,
            id: *id,
        });
        let absent = absent.iter().map(|first| Line::Absent {
            first: *first,
            count: 1,
        });
        self.append(found.chain(absent)).await
    }

    /// Writes down that these records were taken from the input, none of which is sent.
    pub(crate) async fn taken(&self, taken: Taken) -> Result<(), Fault> {
        self.append([taken.line()]).await
    }

    /// Writes down that that request surely had no effect.
    pub(crate) async fn refused(&self, first: u64, count: usize) -> Result<(), Fault> {
        self.append([Line::Refused {
            first,
            count: count as u64,
        }])
        .await
    }

    /// Writes down what became of its records.
    pub(crate) async fn answered(&self, first: u64, states: Vec<State>) -> Result<(), Fault> {
        self.append([Line::Answered { first, states }]).await
    }

    /// Appends these lines at once, after the version if that is still to be said.
    async fn append(&self, lines: impl IntoIterator<Item = Line>) -> Result<(), Fault> {
        let version = self.older.load(Ordering::Acquire).then_some(Line::Version);
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

    /// What became of the records of a request. What was under way is in doubt.
    pub(crate) async fn states(&self, request: Request) -> Result<Vec<State>, Fault> {
        let count = usize::try_from(request.count).unwrap_or(usize::MAX);
        let offset = match request.answer {
            Answer::None | Answer::Unknown => return Ok(vec![State::Unknown; count]),
            Answer::Found(id) => return Ok(vec![State::Done(id); count]),
            Answer::At(offset) => offset,
        };
        let line = self.file.line_at(offset).await.map_err(Fault::Unreadable)?;
        let states = match Line::read(&line) {
            Some(Line::Answered { first, states }) => {
                let skipped = request.first.checked_sub(first);
                let states = states
                    .into_iter()
                    .skip(skipped.unwrap_or(u64::MAX) as usize);
                states.take(count).collect()
            }
            _ => Vec::new(),
        };
        if states.len() != count {
            return Err(Fault::Unreadable(io::Error::new(
                io::ErrorKind::InvalidData,
                "it was changed while it was in use",
            )));
        }
        Ok(states)
    }

    /// What tells these records from others.
    pub(crate) fn fingerprint<T: Serialize>(&self, records: &[T]) -> Result<Fingerprint, Fault> {
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

/// 128 bits, in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(crate) [u8; 16]);

impl Fingerprint {
    pub(crate) fn random() -> io::Result<Self> {
        let mut bits = [0; 16];
        SystemRandom::new()
            .fill(&mut bits)
            .map_err(|_| io::Error::other("the system gives no random numbers"))?;
        Ok(Self(bits))
    }

    fn read(text: &str) -> Option<Self> {
        let digits =
            text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let bits = u128::from_str_radix(text, 16).ok().filter(|_| digits)?;
        Some(Self(bits.to_be_bytes()))
    }

    /// The salt at the end of a first line that starts like this.
    fn of_header(header: &str, start: &str) -> Result<Self, Fault> {
        if let Some(salt) = header.strip_prefix(start) {
            return Self::read(salt).ok_or(Fault::Corrupt(1));
        }
        if header.starts_with(start.trim_end()) {
            return Err(Fault::Corrupt(1));
        }
        let mut words = header
            .strip_prefix(NAME)
            .ok_or(Fault::NotAJournal)?
            .split_whitespace();
        let (version, operation) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        match version.parse::<u32>() {
            Ok(FIRST_VERSION..=VERSION) if !is_name(operation) => Err(Fault::Corrupt(1)),
            Ok(FIRST_VERSION..=VERSION) => Err(Fault::Other(operation.to_owned())),
            Ok(newer) if newer > VERSION => Err(Fault::Newer(newer.to_string())),
            _ => Err(Fault::NotAJournal),
        }
    }
}

/// Whether this may be what an operation is called. Whatever else there is, is not told.
fn is_name(operation: &str) -> bool {
    (1..=64).contains(&operation.len())
        && operation
            .chars()
            .all(|c| c.is_ascii_lowercase() || c == '_')
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_first_line_of_this_operation_says_what_it_is() {
        let salt = "00112233445566778899aabbccddeeff";
        let read = |header: &str| {
            let start = format!("{NAME} {VERSION} bulk_create_leads ");
            Fingerprint::of_header(header, &start).map(|salt| salt.to_string())
        };
        let good = format!("{NAME} {VERSION} bulk_create_leads {salt}");
        assert_eq!(read(&good).ok().as_deref(), Some(salt));
        let long = format!("{NAME} {VERSION} {} {salt}", "a".repeat(65));
        for (header, words) in [
            (
                format!("{NAME} {VERSION} bulk_update_leads {salt}"),
                "it is a journal of bulk_update_leads",
            ),
            (format!("{NAME} 3 whatever"), "it is of version 3,"),
            (
                format!("{NAME} 0 bulk_create_leads {salt}"),
                "it is not a journal",
            ),
            (format!("{NAME} x"), "it is not a journal"),
            ("something else".to_owned(), "it is not a journal"),
            (format!("{NAME} {VERSION}"), "its line 1 is damaged"),
            (
                format!("{NAME} {VERSION} bulk_create_leads"),
                "its line 1 is damaged",
            ),
            (format!("{good}0"), "its line 1 is damaged"),
            (
                format!("{NAME} {VERSION} jim@example.com {salt}"),
                "its line 1 is damaged",
            ),
            (long, "its line 1 is damaged"),
        ] {
            let fault = read(&header).expect_err(&header);
            assert!(fault.to_string().starts_with(words), "{header}: {fault}");
        }
    }

    #[test]
    fn only_what_may_hide_something_sent_leaves_doubt() {
        let io = || io::Error::other("odd");
        for (fault, leaves_doubt) in [
            (Fault::Io(io()), false),
            (Fault::NotAJournal, false),
            (Fault::Other("bulk_update_leads".to_owned()), false),
            (Fault::Unreadable(io()), true),
            (Fault::Newer("2".to_owned()), true),
            (Fault::InUse, true),
            (Fault::Corrupt(2), true),
            (Fault::OtherInput { first: 0, count: 1 }, true),
            (Fault::InputEnded { end: 0, known: 1 }, true),
        ] {
            assert_eq!(fault.leaves_doubt(), leaves_doubt, "{fault}");
        }
    }
}
