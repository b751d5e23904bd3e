//! The JSON form of an error, for reports that machines read.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::{Advice, Error, ErrorKind};

impl Serialize for Error {
    /// `{"text", "kind", "advice", "operation", "status", "message", "fields", "cause", "request_id",
    /// "retry_after", "may_have_taken_effect"}`. Values that are not known are `null`. `retry_after` is in
    /// seconds.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Asked<'a> {
            text: String,
            kind: ErrorKind,
            advice: Advice,
            operation: Option<&'a str>,
            status: Option<u16>,
            message: Option<&'a str>,
            fields: &'a BTreeMap<String, Vec<String>>,
            cause: Option<&'a str>,
            request_id: Option<&'a str>,
            retry_after: Option<u64>,
            may_have_taken_effect: bool,
        }
        Asked {
            text: self.to_string(),
            kind: self.kind(),
            advice: self.advice(),
            operation: self.operation(),
            status: self.status(),
            message: self.message(),
            fields: self.fields(),
            cause: self.cause(),
            request_id: self.request_id(),
            retry_after: self.retry_after().map(|time| time.as_secs()),
            may_have_taken_effect: self.may_have_taken_effect(),
        }
        .serialize(serializer)
    }
}
