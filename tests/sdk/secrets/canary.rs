//! Canaries: texts in place of every secret and all personal data, and the search for them.

use std::{error::Error as StdError, fmt::Debug};

use copper_crm::{
    Error, NewLead,
    types::{Email, PhoneNumber},
};

pub const TOKEN: &str = "canary-token-7f3a";
pub const OWNER: &str = "canary.owner@example.org";
pub const NAME: &str = "Quilla O'Marchbanks";
pub const EMAIL: &str = "quilla@marchbanks.example";
pub const PHONE: &str = "+1 555 0142 77";

/// The parts that are searched for, so that half a canary is found as well.
const PARTS: [&str; 4] = ["canary", "quilla", "marchbank", "555 0142"];

/// A lead that is all canaries.
pub fn lead() -> NewLead {
    NewLead {
        email: Some(Email {
            email: EMAIL.into(),
            ..Email::default()
        }),
        phone_numbers: vec![PhoneNumber {
            number: PHONE.into(),
            ..PhoneNumber::default()
        }],
        details: Some(format!("call {NAME}")),
        ..NewLead::named(NAME)
    }
}

/// A text with all canaries in it, twice, because some servers answer in capitals.
pub fn song() -> String {
    let song = format!("{TOKEN} of {OWNER} sent {NAME}, {EMAIL}, {PHONE}; ");
    song.clone() + &song.to_uppercase()
}

/// True if a part of a canary is in a text.
pub fn is_in(text: &str) -> bool {
    let text = text.to_lowercase();
    PARTS.iter().any(|part| text.contains(part))
}

pub fn assert_silent(what: &str, text: &str) {
    assert!(!is_in(text), "{what} tells: {text}");
}

/// Everything that an error shows, including its sources.
pub fn all_words(error: &Error) -> String {
    let mut words = shown(&error);
    words.push_str(&error.to_string());
    let (message, id) = (error.message(), error.request_id());
    words.push_str(&format!("{message:?} {id:?}"));
    let mut source = StdError::source(error);
    while let Some(cause) = source {
        words.push_str(&format!("; {cause}; {cause:#}; {cause:?}; {cause:#?}"));
        source = cause.source();
    }
    words
}

/// Both forms of `Debug`.
pub fn shown(value: &impl Debug) -> String {
    format!("{value:?} {value:#?} ")
}
