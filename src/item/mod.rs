//! One item of a bulk answer: a record, or a failure. Reading it never fails, because the records were
//! already created, and one unexpected item must not affect the others.

mod answer;
mod failure;
mod record;
mod salvage;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::{RawValue, to_raw_value};

pub use answer::Items;
pub(crate) use answer::items;
pub use failure::BulkFailure;
pub(crate) use record::Parts;
use record::with_id;
pub use record::{Extra, Record};
use salvage::{fields, salvage, whole};
pub(crate) use salvage::{read_list, read_parts};

use crate::redactor::Secrets;

/// One item of a bulk answer.
#[derive(Debug)]
pub enum Item<T> {
    /// It was accepted.
    Done(Box<T>),
    /// It was refused.
    Failed(BulkFailure),
    /// It can't be read.
    Unreadable {
        /// The item, as it came.
        raw: Raw,
        /// The error, with the path of the field.
        reason: String,
    },
}

/// JSON as it came. Its `Debug` shows nothing of it, because it is someone's data.
#[derive(Clone)]
pub struct Raw(Box<RawValue>);

impl Raw {
    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl Raw {
    fn without(self, credentials: &Secrets) -> Self {
        let hidden = credentials.hide(self.as_str());
        if hidden == self.as_str() {
            return self;
        }
        // If a credential was more than a part of a text, the rest is no longer JSON.
        let raw = RawValue::from_string(hidden);
        Self(raw.unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.as_str().len())
    }
}

impl<'de, T: Record> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self::read(raw))
    }
}

impl<T> Item<T> {
    /// The same without these credentials, which a server may quote in its words. A record has no words of
    /// the server's, and stays as it is.
    pub(crate) fn without(self, credentials: &Secrets) -> Self {
        match self {
            Self::Done(record) => Self::Done(record),
            Self::Failed(failure) => Self::Failed(failure.without(credentials)),
            Self::Unreadable { raw, reason } => Self::Unreadable {
                raw: raw.without(credentials),
                reason,
            },
        }
    }
}

impl<T: Record> Item<T> {
    /// The order of the tests is the contract. `success == false` is a failure even if there is an `id`,
    /// because failed updates have one. Then a positive `id` is a record. Everything else can't be read.
    fn read(raw: Box<RawValue>) -> Self {
        let read = match serde_json::from_str::<T>(raw.get()) {
            Ok(record) => match BulkFailure::of(record.extra()) {
                // A failed update's id was read as the record's.
                Some(failure) => {
                    return Self::Failed(serde_json::from_str(raw.get()).unwrap_or(failure));
                }
                None => with_id(record),
            },
            Err(_) => match fields(raw.get()) {
                Ok((object, aside)) => match BulkFailure::of(&object) {
                    Some(failure) => return Self::Failed(failure),
                    None => salvage(object, aside),
                },
                Err(reason) => Err(reason),
            },
        };
        item_of(read, raw)
    }
}

/// Reads the answer to a call for a single record. The same rules apply.
pub(crate) fn read_record<T: Record>(body: &[u8]) -> Result<T, String> {
    no_failure(whole(read_parts(body)?))
}

/// The record of a single call. It is documented nowhere that such a call may be answered with the item of a
/// bulk request, so nobody knows what that would mean.
pub(crate) fn no_failure<T: Record>(record: T) -> Result<T, String> {
    match BulkFailure::of(record.extra()) {
        Some(_) => Err("it says that it failed, but its status is a success".to_owned()),
        None => with_id(record),
    }
}

/// The same as the one item of a request with one record.
pub(crate) fn item_of_record<T: Record + Serialize>(record: T) -> Item<T> {
    let raw = to_raw_value(&record).unwrap_or_else(|_| RawValue::NULL.to_owned());
    item_of(no_failure(record), raw)
}

/// The same for an answer that is not of the documented form. None if it is not JSON, and so no answer.
pub(crate) fn item_of_body<T: Record>(body: &[u8]) -> Option<Item<T>> {
    let raw = serde_json::from_slice(body).ok()?;
    Some(item_of(read_record(body), raw))
}

fn item_of<T>(read: Result<T, String>, raw: Box<RawValue>) -> Item<T> {
    match read {
        Ok(record) => Item::Done(Box::new(record)),
        Err(reason) => Item::Unreadable {
            raw: Raw(raw),
            reason,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::types::Lead;

    fn read(json: &str) -> Item<Lead> {
        serde_json::from_str(json).expect("reading an item never fails")
    }

    #[test]
    fn what_copper_prints_as_samples_is_read_as_it_is_meant() {
        let answer = include_str!("../../tests/sdk/samples/two_leads_answer.json");
        let items: Vec<Item<Lead>> = serde_json::from_str(answer).expect("the answer is read");
        let ids = items.iter().map(|item| match item {
            Item::Done(lead) => lead.id.0,
            _ => 0,
        });
        assert_eq!(ids.collect::<Vec<_>>(), [13_244_480, 13_244_481]);
        let failure = include_str!("../../tests/sdk/samples/failure.json");
        assert!(matches!(read(failure), Item::Failed(_)));
    }

    #[test]
    fn success_false_is_a_failure_even_with_an_id_and_a_whole_record() {
        for json in [
            r#"{"success":false,"message":{"name":[{"error":"invalid"}]}}"#,
            r#"{"success":false,"id":12345,"message":{}}"#,
            r#"{"id":7,"name":"Jim","tags":[],"success":false}"#,
            r#"{"success":false,"message":"a text"}"#,
            r#"{"success":false,"message":[1,null]}"#,
            r#"{"success":false}"#,
            r#"{"success":false,"id":"x","message":null,"more":{}}"#,
        ] {
            assert!(matches!(read(json), Item::Failed(_)), "{json}");
        }
    }

    #[test]
    fn a_positive_id_is_a_record_whatever_else_it_holds() {
        for json in [
            r#"{"id":7}"#,
            r#"{"id":7,"success":true}"#,
            r#"{"id":7,"success":"false"}"#,
            r#"{"id":7,"tags":null,"email":null,"socials":null}"#,
            r#"{"id":9223372036854775807,"new_field":{"a":[1]}}"#,
        ] {
            assert!(matches!(read(json), Item::Done(_)), "{json}");
        }
    }

    #[test]
    fn a_field_that_cant_be_read_is_kept_raw_and_costs_neither_the_record_nor_other_fields() {
        let json = r#"{"id":7,"name":"Jim","tags":"x","date_created":"today","email":{"category":"work"},"title":"Mr","odd":1}"#;
        let Item::Done(lead) = read(json) else {
            panic!("the lead exists")
        };
        assert_eq!(
            (lead.id.0, lead.name.as_deref(), lead.title.as_deref()),
            (7, Some("Jim"), Some("Mr"))
        );
        assert_eq!(
            (lead.tags, lead.date_created, lead.email),
            (None, None, None)
        );
        assert_eq!(lead.extra.len(), 4);
        assert_eq!(lead.extra["tags"], "x");
        assert_eq!(lead.extra["email"]["category"], "work");
    }

    #[test]
    fn a_key_that_comes_twice_does_not_hide_a_record() {
        assert!(matches!(
            read(r#"{"id":7,"name":"a","name":"b"}"#),
            Item::Done(_)
        ));
    }

    #[test]
    fn a_field_is_found_among_values_of_several_lines() {
        let item = read(
            "{\n\"id\": 5,\n\"details\": \"one\\ntwo\",\n\"email\":\n7,\n\"new\": [\n1,\n2\n]\n}",
        );
        let Item::Done(lead) = item else {
            panic!("{item:?}");
        };
        assert_eq!(lead.details.as_deref(), Some("one\ntwo"));
        assert_eq!(lead.extra.get("email"), Some(&Value::from(7)));
        assert_eq!(lead.extra.get("new"), Some(&serde_json::json!([1, 2])));
    }

    #[test]
    fn a_value_beyond_what_can_be_read_costs_only_its_field() {
        let nested = format!("{}1{}", "[".repeat(500), "]".repeat(500));
        for value in [nested.as_str(), "1e999", r#""\ud800""#] {
            for field in ["new", "title"] {
                let Item::Done(lead) = read(&format!(r#"{{"id":7,"{field}":{value}}}"#)) else {
                    panic!("the lead exists")
                };
                assert_eq!(lead.id.0, 7);
                assert_eq!(lead.title, None);
                assert_eq!(lead.extra[field], value);
            }
        }
    }

    #[test]
    fn everything_else_is_unreadable_and_keeps_its_text() {
        for (json, reason) in [
            ("null", "it is not an object"),
            ("3", "it is not an object"),
            ("[false]", "it is not an object"),
            ("{}", "it is neither a failure nor a record with an `id`"),
            (r#"{"id":0}"#, "its `id` is not a positive number"),
            (r#"{"id":-4}"#, "its `id` is not a positive number"),
            (
                r#"{"id":"7"}"#,
                "its field `id` is not of the documented form",
            ),
            (
                r#"{"id":7.5}"#,
                "its field `id` is not of the documented form",
            ),
            (
                r#"{"id":null,"success":true}"#,
                "its field `id` is not of the documented form",
            ),
        ] {
            let Item::Unreadable { raw, reason: given } = read(json) else {
                panic!("{json}")
            };
            assert_eq!((raw.as_str(), given.as_str()), (json, reason));
        }
    }

    #[test]
    fn the_debug_of_raw_json_shows_none_of_it() {
        let shown = format!("{:?}", read(r#""jim@dundermifflin.com""#));
        assert!(!shown.contains("jim"), "{shown}");
        assert!(shown.contains("Raw(23 bytes)"), "{shown}");
    }

    #[test]
    fn one_odd_item_spoils_no_neighbour() {
        let items: Vec<Item<Lead>> =
            serde_json::from_str(r#"[{"id":1},null,{"id":"x"},{"success":false},{"id":2}]"#)
                .expect("JSON");
        let kinds: Vec<_> = items
            .iter()
            .map(|item| matches!(item, Item::Done(_)))
            .collect();
        assert_eq!(kinds, [true, false, false, false, true]);
    }
}
