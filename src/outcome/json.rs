//! The JSON form of outcomes and their reasons, for reports and queues. The form is stable: fields may be
//! added, but none is renamed or removed. It contains what the texts contain, so no credentials. Of an
//! input's own error it contains only the error's text.

use std::{collections::BTreeMap, fmt::Display, time::Duration};

use serde::{Serialize, Serializer};

use super::{NotSent, Rejection, StoppedBy, Unknown};
use crate::{Advice, Error, ErrorKind, types::Timestamp};

/// The reason as text, and its parts.
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
    /// In Unix seconds, as Copper writes times.
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
