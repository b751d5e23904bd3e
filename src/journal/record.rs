//! A log record: one line of a journal, as text and as a value. It contains the places of records in the
//! input and their outcomes, and nothing of their content.

use std::fmt;

use serde::Serialize;

use super::{Fingerprint, MatchKey, MatchKind};
use crate::{
    error::LONGEST_MESSAGE,
    item::Record,
    outcome::{Outcome, Settled},
    redactor::{Redactor, Secrets},
    types::Timestamp,
};

/// The most records in one line: a hundred times what Copper accepts today. It limits the memory of a run,
/// whatever its caller asks for and its journal says.
pub(crate) const MAX_RECORDS: usize = 1000;

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LogRecord {
    /// These records were taken from the input together.
    Records {
        first: u64,
        count: u64,
        fingerprint: Fingerprint,
    },
    /// The match keys of these records, one for each.
    Keys {
        first: u64,
        kind: MatchKind,
        keys: Vec<Option<MatchKey>>,
    },
    /// A request with these records is about to be sent, at this time.
    Sending {
        first: u64,
        count: u64,
        at: Timestamp,
    },
    /// That request certainly had no effect. Its records may be sent again.
    Refused { first: u64, count: u64 },
    /// The outcomes of the records from `first` on.
    Answered {
        first: u64,
        states: Vec<RecordedOutcome>,
    },
    /// A record that was in doubt was found, with this id.
    Found { index: u64, id: i64 },
    /// Records that were in doubt are absent. They may be sent again.
    Absent { first: u64, count: u64 },
}

/// The outcome of one record, as far as a journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RecordedOutcome {
    /// It is in Copper, with this id.
    Done(i64),
    /// Copper refused it, because of these fields.
    Rejected(Vec<String>),
    /// It may or may not be in Copper.
    Unknown,
}

const RECORDS: &str = "records";
const SENDING: &str = "sending";
const KEYS: &str = "keys";
const FOUND: &str = "found";
const ABSENT: &str = "absent";
const NO_KEY: &str = "-";
const REFUSED: &str = "refused";
const ANSWERED: &str = "answered";
const REJECTED: &str = "rejected";
const UNKNOWN: &str = "unknown";

impl LogRecord {
    /// The outcomes of consecutive records.
    pub(super) fn answered<I: Serialize, T: Record>(first: u64, settled: &[Settled<I, T>]) -> Self {
        Self::Answered {
            first,
            states: settled.iter().map(RecordedOutcome::of).collect(),
        }
    }

    /// Reads a line without its line end.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (verb, first, count) = (
            words.next()?,
            words.next()?.parse().ok()?,
            words.next()?.parse().ok()?,
        );
        let line = match verb {
            RECORDS => Self::Records {
                first,
                count,
                fingerprint: Fingerprint::read(words.next()?)?,
            },
            KEYS => {
                let kind = MatchKind::read(words.next()?)?;
                let keys: Vec<_> = words.by_ref().map(read_key).collect::<Option<_>>()?;
                (keys.len() as u64 == count).then_some(Self::Keys { first, kind, keys })?
            }
            SENDING => Self::Sending {
                first,
                count,
                at: Timestamp(words.next()?.parse().ok()?),
            },
            FOUND => Self::Found {
                index: first,
                id: i64::try_from(count).ok()?,
            },
            ABSENT => Self::Absent { first, count },
            REFUSED => Self::Refused { first, count },
            ANSWERED => {
                let states: Vec<RecordedOutcome> = words
                    .by_ref()
                    .map(RecordedOutcome::read)
                    .collect::<Option<_>>()?;
                (states.len() as u64 == count).then_some(Self::Answered { first, states })?
            }
            _ => return None,
        };
        // A run takes this many records at once, and keeps them until they are settled. A found record's line
        // has its id instead.
        let most = match line {
            Self::Found { .. } => u64::MAX,
            _ => MAX_RECORDS as u64,
        };
        let fits = (1..=most).contains(&count);
        let ends = fits && u64::checked_add(first, count).is_some();
        (ends && words.next().is_none()).then_some(line)
    }
}

impl fmt::Display for LogRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records {
                first,
                count,
                fingerprint,
            } => write!(f, "{RECORDS} {first} {count} {fingerprint}"),
            Self::Keys { first, kind, keys } => {
                write!(f, "{KEYS} {first} {} {kind}", keys.len())?;
                keys.iter().try_for_each(|key| match key {
                    Some(key) => write!(f, " {key}"),
                    None => write!(f, " {NO_KEY}"),
                })
            }
            Self::Sending { first, count, at } => write!(f, "{SENDING} {first} {count} {}", at.0),
            Self::Found { index, id } => write!(f, "{FOUND} {index} {id}"),
            Self::Absent { first, count } => write!(f, "{ABSENT} {first} {count}"),
            Self::Refused { first, count } => write!(f, "{REFUSED} {first} {count}"),
            Self::Answered { first, states } => {
                write!(f, "{ANSWERED} {first} {}", states.len())?;
                states.iter().try_for_each(|state| write!(f, " {state}"))
            }
        }
    }
}

fn read_key(word: &str) -> Option<Option<MatchKey>> {
    match word {
        NO_KEY => Some(None),
        word => MatchKey::read(word).map(Some),
    }
}

impl RecordedOutcome {
    /// The outcome as it is recorded.
    pub(crate) fn of<I: Serialize, T: Record>(settled: &Settled<I, T>) -> Self {
        match &settled.outcome {
            Outcome::Done(record) => Self::Done(record.id()),
            Outcome::Rejected(why) => {
                // A "field name" that equals a value of the record is quoted data; drop it.
                let record = serde_json::to_vec(&settled.input).unwrap_or_default();
                let carried = Redactor::new(Secrets::default(), record.into());
                let fields = why.fields().into_keys();
                let named = fields.filter(|field| carried.redact(field, LONGEST_MESSAGE) == *field);
                Self::rejected(&named.collect::<Vec<_>>())
            }
            Outcome::NotSent(_) | Outcome::Unknown(_) => Self::Unknown,
        }
    }

    /// A rejection with the names of its fields. A name with other characters than a field's is dropped,
    /// because it could be anything, even someone's data.
    pub(crate) fn rejected<'a>(fields: impl IntoIterator<Item = &'a String>) -> Self {
        let plain =
            |field: &&String| !field.is_empty() && field.len() <= 64 && field.chars().all(is_plain);
        Self::Rejected(fields.into_iter().filter(plain).cloned().collect())
    }

    fn read(word: &str) -> Option<Self> {
        match word.split_once(':') {
            Some((REJECTED, fields)) => Some(Self::Rejected(
                fields.split(',').map(str::to_owned).collect(),
            )),
            None if word == REJECTED => Some(Self::Rejected(Vec::new())),
            None if word == UNKNOWN => Some(Self::Unknown),
            None => word.parse().ok().filter(|id| *id > 0).map(Self::Done),
            Some(_) => None,
        }
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

impl fmt::Display for RecordedOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(id) => write!(f, "{id}"),
            Self::Rejected(fields) if fields.is_empty() => f.write_str(REJECTED),
            Self::Rejected(fields) => write!(f, "{REJECTED}:{}", fields.join(",")),
            Self::Unknown => f.write_str(UNKNOWN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_reads_back_as_it_was_written() {
        let fingerprint =
            Fingerprint::read("00112233445566778899aabbccddeeff").expect("a fingerprint");
        let states = vec![
            RecordedOutcome::Done(7),
            RecordedOutcome::rejected(&["name".to_owned(), "custom_fields".to_owned()]),
            RecordedOutcome::rejected(&["jim@example.com".to_owned(), String::new()]),
            RecordedOutcome::Unknown,
            RecordedOutcome::Done(i64::MAX),
        ];
        for (line, text) in [
            (
                LogRecord::Records {
                    first: 10,
                    count: 5,
                    fingerprint,
                },
                "records 10 5 00112233445566778899aabbccddeeff",
            ),
            (
                LogRecord::Sending {
                    first: 10,
                    count: 5,
                    at: Timestamp(1_764_000_000),
                },
                "sending 10 5 1764000000",
            ),
            (
                LogRecord::Keys {
                    first: 10,
                    kind: MatchKind::Tag,
                    keys: vec![MatchKey::read("00000000000000ff"), None],
                },
                "keys 10 2 tag 00000000000000ff -",
            ),
            (LogRecord::Found { index: 0, id: 44 }, "found 0 44"),
            (
                LogRecord::Absent {
                    first: 10,
                    count: 2,
                },
                "absent 10 2",
            ),
            (
                LogRecord::Refused {
                    first: 10,
                    count: 5,
                },
                "refused 10 5",
            ),
            (
                LogRecord::Answered { first: 10, states },
                "answered 10 5 7 rejected:name,custom_fields rejected unknown 9223372036854775807",
            ),
        ] {
            assert_eq!(line.to_string(), text);
            assert_eq!(LogRecord::read(text), Some(line));
        }
    }

    #[test]
    fn what_is_not_a_whole_line_is_refused() {
        for text in [
            "",
            "sending",
            "sending 0 10 00112233445566778899aabbccddeeff",
            "sending 0 10",
            "sending 0 0 1764000000",
            "sending 18446744073709551615 2 1764000000",
            "records 0 18446744073709551615 00112233445566778899aabbccddeeff",
            "records 0 1001 00112233445566778899aabbccddeeff",
            "sending 0 1001 1764000000",
            "records 0 10",
            "records 0 10 xyz",
            "records 0 10 00112233445566778899aabbccddeef",
            "records 0 10 00112233445566778899aabbccddeeff more",
            "refused 0 -1",
            "refused 0 10 x",
            "answered 0 2 7",
            "answered 0 1 0",
            "answered 0 1 -7",
            "answered 0 1 done",
            "answered 0 1 7 ",
            "forgotten 0 1",
            "version 2",
            "sending 0 1 ",
            "sending 0 1 x",
            "sending 0 1 1764000000 1",
            "keys 0 1 tag",
            "keys 0 1 tag x",
            "keys 0 1 tag 00000000000000FF",
            "keys 0 2 tag 00000000000000ff",
            "keys 0 1 name 00000000000000ff",
            "found 0 0",
            "found 0 18446744073709551615",
            "absent 0 0",
        ] {
            assert_eq!(LogRecord::read(text), None, "{text}");
        }
    }
}
