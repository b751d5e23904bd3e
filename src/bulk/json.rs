//! Outcomes and their reasons as JSON, for reports and queues. The form is stable: fields may be added,
//! none is renamed or taken away. It holds what the texts hold, and so no credentials, and of an input's
//! own error only what it says of itself.

use std::{collections::BTreeMap, time::Duration};

use serde::{Serialize, Serializer};

use super::{NotSent, Rejection, StoppedBy, Unknown};
use crate::Error;

/// Why, in words, and what the words are made of.
#[derive(Serialize)]
struct Reason<'a> {
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<BTreeMap<String, Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Error>,
}

impl Serialize for Rejection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (reason, error) = (self.to_string(), self.error());
        let fields = Some(self.fields());
        Reason {
            reason,
            fields,
            error,
        }
        .serialize(serializer)
    }
}

impl Serialize for NotSent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (reason, error) = (self.to_string(), self.error());
        Reason {
            reason,
            fields: None,
            error,
        }
        .serialize(serializer)
    }
}

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (reason, error) = (self.to_string(), self.error());
        Reason {
            reason,
            fields: None,
            error,
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
        let reason = Reason {
            reason: self.to_string(),
            fields: None,
            error,
        };
        Stopped { by, reason }.serialize(serializer)
    }
}

pub(super) fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    time.as_secs_f64().serialize(serializer)
}

pub(super) fn seconds_if_any<S: Serializer>(
    time: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs_f64()).serialize(serializer)
}
