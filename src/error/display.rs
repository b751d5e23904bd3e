//! What an error says: what happened, whether it may have taken effect, and what to do next.

use std::fmt;

use super::{Effect, Error, Kind};
use crate::generated;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{operation}: ")?;
        }
        match (self.0.kind, self.0.status) {
            (Kind::Config, _) => {}
            (Kind::Journal, _) => f.write_str("the journal can't be used")?,
            (Kind::Outage, _) => {
                f.write_str("Copper answers reads, but one request after another is lost")?
            }
            (Kind::NotConnected, _) => f.write_str("no connection to Copper could be made")?,
            (Kind::Unsendable, _) => f.write_str("the request can't be sent")?,
            (Kind::Lost, _) => {
                f.write_str("the request was sent, but no whole answer came back")?
            }
            (Kind::Refused, Some(status)) if self.0.effect == Effect::None => {
                write!(f, "Copper refused it ({status})")?
            }
            (Kind::Refused, Some(status)) => write!(
                f,
                "Copper's answer leaves it open whether it was done ({status})"
            )?,
            (Kind::Refused, None) => f.write_str("Copper refused it")?,
            (Kind::CutOff, _) => {
                let most = generated::search::MOST_RECORDS;
                write!(
                    f,
                    "Copper gives the first {most} records of a search, and there are more: narrow it"
                )?;
            }
            (Kind::Unreadable, _) => f.write_str("Copper's answer can't be read")?,
        }
        if let Some(message) = &self.0.message {
            let colon = if self.0.kind == Kind::Config {
                ""
            } else {
                ": "
            };
            write!(f, "{colon}{message}")?;
        }
        if let Some(id) = &self.0.request_id {
            write!(f, " [request {id}]")?;
        }
        match (self.0.kind, self.0.effect, self.status()) {
            (Kind::Config | Kind::CutOff, ..) | (Kind::Journal, Effect::None, _) => Ok(()),
            (Kind::Journal, Effect::Unknown, _) => {
                f.write_str("; an earlier start may have sent it, so look before you send it again")
            }
            (_, Effect::Unknown, _) => f.write_str("; it may have taken effect, so look before you send it again"),
            (_, _, Some(401 | 403)) => f.write_str("; nothing was done: check the token, the user's e-mail and what the account allows"),
            (Kind::NotConnected, ..) | (_, _, Some(429)) => f.write_str("; nothing was done, and it may be sent again"),
            _ => f.write_str("; nothing was done"),
        }
    }
}
