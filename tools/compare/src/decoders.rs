//! Ways to read the answer to a bulk request.

use std::hint::black_box;

use copper_crm::{
    bulk::Items,
    types::{BulkFailure, Lead},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::answers::answer;

/// Leads and failures of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub name: &'static str,
    leads: usize,
    failures: usize,
}

/// The answers that are read.
pub const CASES: [Case; 3] = [
    Case {
        name: "10 leads",
        leads: 10,
        failures: 0,
    },
    Case {
        name: "8 leads, 2 failures",
        leads: 8,
        failures: 2,
    },
    Case {
        name: "10 failures",
        leads: 0,
        failures: 10,
    },
];

/// A way to read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// This crate's way.
    Ours,
    /// With types alone, by a reader that knows beforehand which items are which.
    Typed,
    /// The type that a generator makes of the document's `oneOf`.
    Untagged,
    /// Into `Value`s, and each of these into its type.
    Value,
}

/// All ways.
pub const WAYS: [Way; 4] = [Way::Ours, Way::Typed, Way::Untagged, Way::Value];

/// A lead, or a failure.
#[derive(Deserialize)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "so the generator writes it")]
pub enum Untagged {
    Lead(Lead),
    Failure(BulkFailure),
}

/// An answer to be read in some way.
pub struct Text {
    way: Way,
    whole: String,
    leads: String,
    failures: String,
}

impl Text {
    pub fn new(case: Case, way: Way) -> Self {
        Self {
            way,
            whole: answer(case.leads, case.failures),
            leads: answer(case.leads, 0),
            failures: answer(0, case.failures),
        }
    }

    /// Reads it. `DeserializeOwned`, from bytes, is what an HTTP client asks for.
    #[inline(never)]
    pub fn read(&self) {
        match self.way {
            Way::Ours => drop(black_box(ours(self.whole.as_bytes()))),
            Way::Typed => {
                if self.leads.len() > 2 {
                    drop(black_box(of::<Vec<Lead>>(&self.leads)));
                }
                if self.failures.len() > 2 {
                    drop(black_box(of::<Vec<BulkFailure>>(&self.failures)));
                }
            }
            Way::Untagged => drop(black_box(of::<Vec<Untagged>>(&self.whole))),
            Way::Value => drop(black_box(by_value(&self.whole))),
        }
    }
}

/// An answer as the client reads it, if all of it is as documented.
fn ours(body: &[u8]) -> Items<Lead> {
    let text = str::from_utf8(body).expect("it is text");
    serde_json::from_str(text).expect("an answer")
}

fn by_value(text: &str) -> Vec<Untagged> {
    let items: Vec<Value> = of(text);
    let read = |item: Value| match item.get("success").and_then(Value::as_bool) {
        Some(false) => Untagged::Failure(serde_json::from_value(item).expect("a failure")),
        _ => Untagged::Lead(serde_json::from_value(item).expect("a lead")),
    };
    items.into_iter().map(read).collect()
}

fn of<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_slice(text.as_bytes()).expect("an answer")
}
