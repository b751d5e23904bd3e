//! Outcomes and their reasons as JSON, for reports and queues. The form is stable: fields may be added,
//! none is renamed or taken away. It holds what the texts hold, and so no credentials, and of an input's
//! own error only what it says of itself.

use std::{collections::BTreeMap, fmt::Display, time::Duration};

use serde::{Serialize, Serializer};

use super::{NotSent, Rejection, StoppedBy, Unknown};
use crate::{Advice, Error, ErrorKind, types::Timestamp};

/// Why, in words, and what the words are made of.
#[derive(Serialize)]
struct Reason<'a> {
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<ErrorKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<Advice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<BTreeMap<String, Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Error>,
    /// In unix seconds, as Copper writes times.
    #[serde(skip_serializing_if = "Option::is_none")]
    looked_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent_at: Option<Timestamp>,
}

impl<'a> Reason<'a> {
    fn new(reason: impl Display, error: Option<&'a Error>) -> Self {
        Self {
            reason: reason.to_string(),
            kind: None,
            advice: None,
            fields: None,
            error,
            looked_until: None,
            absent_at: None,
        }
    }
}

impl Serialize for Rejection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Reason {
            kind: Some(self.kind()),
            advice: Some(self.advice()),
            fields: Some(self.fields()),
            ..Reason::new(self, self.error())
        }
        .serialize(serializer)
    }
}

impl Serialize for NotSent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Reason {
            kind: self.kind(),
            advice: Some(self.advice()),
            absent_at: self.absent_at(),
            ..Reason::new(self, self.error())
        }
        .serialize(serializer)
    }
}

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Reason {
            kind: self.kind(),
            advice: Some(self.advice()),
            looked_until: self.looked_until(),
            ..Reason::new(self, self.error())
        }
        .serialize(serializer)
    }
}

impl Serialize for StoppedBy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Stopped<'a> {
            by: &'static str,
            #[serde(flatten)]
            reason: Reason<'a>,
        }
        let (by, error) = match self {
            Self::Caller => ("caller", None),
            Self::Input(_) => ("input", None),
            Self::Error(error) => ("error", Some(&**error)),
        };
        let reason = Reason::new(self, error);
        Stopped { by, reason }.serialize(serializer)
    }
}

pub(crate) fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    time.as_secs_f64().serialize(serializer)
}

pub(crate) fn seconds_if_any<S: Serializer>(
    time: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs_f64()).serialize(serializer)
}
