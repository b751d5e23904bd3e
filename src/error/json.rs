//! An error as JSON: what it can be asked, for reports that machines read.

use serde::{Serialize, Serializer};

use super::Error;

impl Serialize for Error {
    /// `{"text", "operation", "status", "message", "request_id", "may_have_taken_effect"}`, where what
    /// is not known is `null`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Asked<'a> {
            text: String,
            operation: Option<&'a str>,
            status: Option<u16>,
            message: Option<&'a str>,
            request_id: Option<&'a str>,
            may_have_taken_effect: bool,
        }
        Asked {
            text: self.to_string(),
            operation: self.0.operation,
            status: self.status(),
            message: self.message(),
            request_id: self.request_id(),
            may_have_taken_effect: self.may_have_taken_effect(),
        }
        .serialize(serializer)
    }
}
