//! A reference reading of an answer, as plain as possible: field by field, the last of a name counts.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::{NewLead, types::Email};

pub const TOKEN: &str = "canary-token-7f3a";
pub const OWNER: &str = "canary.owner@example.org";
pub const NAME: &str = "Quilla O'Marchbanks";
pub const EMAIL: &str = "quilla@marchbanks.example";
const DETAILS: &str = "canary \"quoted\" <b>\u{e9}\u{130}</b> & more";

/// The most characters in the text of a refusal or an unreadable answer.
const LONGEST_TEXT: usize = 1500;

/// A lead that a server may quote in its answer.
pub fn lead() -> NewLead {
    NewLead {
        email: Some(Email::new(EMAIL)),
        details: Some(DETAILS.to_owned()),
        ..NewLead::named(NAME)
    }
}

/// An item by its two fields that matter. None if it is no object that can be read.
pub struct Said {
    pub failed: bool,
    /// A whole positive number.
    pub id: Option<i64>,
}

impl Said {
    pub fn by(json: &str) -> Option<Self> {
        let fields: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
        let field = |name: &str| fields.get(name).map(|raw| raw.get());
        Some(Self {
            failed: field("success") == Some("false"),
            id: field("id")
                .and_then(|id| serde_json::from_str(id).ok())
                .filter(|id| *id > 0),
        })
    }
}

/// Checks that a text of ours is short.
pub fn assert_short(text: &str) {
    assert!(text.chars().count() <= LONGEST_TEXT, "too long: {text}");
}

/// Checks that it contains nothing of the request, in any case.
pub fn assert_silent(text: &str) {
    let lower = text.to_lowercase();
    for canary in [TOKEN, OWNER, NAME, EMAIL, DETAILS] {
        assert!(!lower.contains(&canary.to_lowercase()), "it tells: {text}");
    }
}

/// A text that only says where an answer is invalid quotes nothing of the answer.
pub fn assert_quotes_nothing(text: &str) {
    assert_short(text);
    for part in ["canary", "quilla", "marchbanks"] {
        assert!(!text.to_lowercase().contains(part), "it quotes: {text}");
    }
}
