//! The lines of a journal, as text and as values. They say where records stand in the input and what
//! became of them, and nothing of what is in them.

use std::fmt;

use super::{super::chunk::MOST_TOGETHER, Fingerprint};

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// These records were taken from the input together.
    Records {
        first: u64,
        count: u64,
        fingerprint: Fingerprint,
    },
    /// A request with these records is about to be sent.
    Sending { first: u64, count: u64 },
    /// That request surely had no effect; its records may be sent again.
    Refused { first: u64, count: u64 },
    /// What became of the records from `first` on.
    Answered { first: u64, states: Vec<State> },
}

/// What became of one record, as far as a journal knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is there, with this id.
    Done(i64),
    /// Copper refused it, for the sake of these fields.
    Rejected(Vec<String>),
    /// It may or may not be there.
    Unknown,
}

const RECORDS: &str = "records";
const SENDING: &str = "sending";
const REFUSED: &str = "refused";
const ANSWERED: &str = "answered";
const REJECTED: &str = "rejected";
const UNKNOWN: &str = "unknown";

impl Line {
    /// Reads a line without its end.
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
            SENDING => Self::Sending { first, count },
            REFUSED => Self::Refused { first, count },
            ANSWERED => {
                let states: Vec<State> = words.by_ref().map(State::read).collect::<Option<_>>()?;
                (states.len() as u64 == count).then_some(Self::Answered { first, states })?
            }
            _ => return None,
        };
        // A run takes so many at once from its input, and keeps them until they are settled.
        let fits = (1..=MOST_TOGETHER as u64).contains(&count);
        let ends = fits && u64::checked_add(first, count).is_some();
        (ends && words.next().is_none()).then_some(line)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records {
                first,
                count,
                fingerprint,
            } => write!(f, "{RECORDS} {first} {count} {fingerprint}"),
            Self::Sending { first, count } => write!(f, "{SENDING} {first} {count}"),
            Self::Refused { first, count } => write!(f, "{REFUSED} {first} {count}"),
            Self::Answered { first, states } => {
                write!(f, "{ANSWERED} {first} {}", states.len())?;
                states.iter().try_for_each(|state| write!(f, " {state}"))
            }
        }
    }
}

impl State {
    /// A rejection that names its fields, leaving out what no field of Copper's is called: a name with
    /// other characters could be anything, even someone's data.
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

impl fmt::Display for State {
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
            State::Done(7),
            State::rejected(&["name".to_owned(), "custom_fields".to_owned()]),
            State::rejected(&["jim@example.com".to_owned(), String::new()]),
            State::Unknown,
            State::Done(i64::MAX),
        ];
        for (line, text) in [
            (
                Line::Records {
                    first: 10,
                    count: 5,
                    fingerprint,
                },
                "records 10 5 00112233445566778899aabbccddeeff",
            ),
            (
                Line::Sending {
                    first: 10,
                    count: 5,
                },
                "sending 10 5",
            ),
            (
                Line::Refused {
                    first: 10,
                    count: 5,
                },
                "refused 10 5",
            ),
            (
                Line::Answered { first: 10, states },
                "answered 10 5 7 rejected:name,custom_fields rejected unknown 9223372036854775807",
            ),
        ] {
            assert_eq!(line.to_string(), text);
            assert_eq!(Line::read(text), Some(line));
        }
    }

    #[test]
    fn what_is_not_a_whole_line_is_refused() {
        for text in [
            "",
            "sending",
            "sending 0 10 00112233445566778899aabbccddeeff",
            "sending 0 0",
            "sending 18446744073709551615 2",
            "records 0 18446744073709551615 00112233445566778899aabbccddeeff",
            "records 0 1001 00112233445566778899aabbccddeeff",
            "sending 0 1001",
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
        ] {
            assert_eq!(Line::read(text), None, "{text}");
        }
    }
}
