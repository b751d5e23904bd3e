//! The text of an error: what happened, the cause, whether it may have taken effect, and what to do next.

use std::fmt;

use super::{Advice, Effect, Error, ErrorKind};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.operation() {
            write!(f, "{operation}: ")?;
        }
        let happened = match self.0.kind {
            ErrorKind::Config => "",
            ErrorKind::Journal => "the journal can't be used",
            ErrorKind::CircuitOpen => "Copper answers reads, but one request after another is lost",
            ErrorKind::Unsendable => "the request can't be sent",
            ErrorKind::CutOff => "Copper cuts the search off",
            ErrorKind::Dns => "the host's name can't be resolved",
            ErrorKind::NotConnected => "no connection to Copper could be made",
            ErrorKind::Tls => "the server's certificate is not trusted, or TLS failed",
            ErrorKind::Timeout if self.is_not_connected() => "no connection could be made in time",
            ErrorKind::Timeout if self.0.effect == Effect::None => "the time ran out",
            ErrorKind::Timeout => "the request was sent, but no whole answer came in time",
            ErrorKind::Lost => "the request was sent, but no whole answer came back",
            ErrorKind::Unreadable => "Copper's answer can't be read",
            _ if self.0.is_by_proxy() => "a proxy refused it",
            _ if self.0.effect == Effect::None => "Copper refused it",
            _ => "Copper's answer leaves it open whether it was done",
        };
        f.write_str(happened)?;
        if let Some(status) = self.0.status {
            match reason(status) {
                Some(reason) => write!(f, " ({status} {reason})")?,
                None => write!(f, " ({status})")?,
            }
        }
        let mut colon = if happened.is_empty() { "" } else { ": " };
        for words in [&self.0.message, &self.0.cause].into_iter().flatten() {
            write!(f, "{colon}{words}")?;
            colon = "; ";
        }
        if let Some(id) = &self.0.request_id {
            write!(f, " [request {id}]")?;
        }
        f.write_str(self.next_step())
    }
}

/// HTTP's words for a status.
fn reason(status: u16) -> Option<&'static str> {
    http::StatusCode::from_u16(status).ok()?.canonical_reason()
}

impl Error {
    /// The advice, as the end of a sentence.
    fn next_step(&self) -> &'static str {
        match (self.0.kind, self.0.effect, self.advice()) {
            (ErrorKind::Config, ..) | (ErrorKind::Journal, Effect::None, _) => "",
            (ErrorKind::CutOff, ..) => ": narrow it",
            (ErrorKind::Journal, Effect::Unknown, _) => {
                "; an earlier start may have sent it, so look before you send it again"
            }
            (_, Effect::Unknown, Advice::Retry | Advice::RetryAfter(_)) => {
                "; it may have taken effect, and it is safe to send it again"
            }
            (_, Effect::Unknown, _) => {
                "; it may have taken effect, so look before you send it again"
            }
            (ErrorKind::Unauthorized | ErrorKind::Forbidden, ..) => {
                "; nothing was done: check the token, the user's e-mail and what the account allows"
            }
            (ErrorKind::Tls, ..) => {
                "; nothing was done: check the base URL, the clock, and which certificates this machine trusts"
            }
            (_, Effect::None, Advice::Retry | Advice::RetryAfter(_)) => {
                "; nothing was done, and it may be sent again"
            }
            _ => "; nothing was done",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        error::{Error, ErrorKind, Failure, Refusal},
        generated::operation::{CREATE_LEAD, GET_LEAD, UPSERT_LEAD},
        retry::Event,
    };

    #[test]
    fn a_text_says_what_happened_the_cause_the_effect_and_what_to_do() {
        let failed = |kind, event, cause: &str| Failure {
            kind,
            event,
            cause: Some(cause.to_owned()),
            source: None,
        };
        let refused = |status, message: &str| Refusal {
            status,
            message: Some(message.to_owned()),
            request_id: Some("abc".to_owned()),
            ..Refusal::default()
        };
        for (error, text) in [
            (
                Error::failed(
                    CREATE_LEAD,
                    failed(ErrorKind::Dns, Event::NotConnected, "`x.invalid`: unknown"),
                ),
                "create_lead: the host's name can't be resolved: `x.invalid`: unknown; nothing was done, and it may be sent again",
            ),
            (
                Error::failed(
                    CREATE_LEAD,
                    failed(ErrorKind::Timeout, Event::Lost, "60 s from a.b"),
                ),
                "create_lead: the request was sent, but no whole answer came in time: 60 s from a.b; it may have taken effect, so look before you send it again",
            ),
            (
                Error::failed(UPSERT_LEAD, failed(ErrorKind::Lost, Event::Lost, "reset")),
                "upsert_lead: the request was sent, but no whole answer came back: reset; it may have taken effect, and it is safe to send it again",
            ),
            (
                Error::failed(GET_LEAD, failed(ErrorKind::Lost, Event::Lost, "reset")),
                "get_lead: the request was sent, but no whole answer came back: reset; nothing was done, and it may be sent again",
            ),
            (
                Error::refused(CREATE_LEAD, refused(422, "Name: can't be blank")),
                "create_lead: Copper refused it (422 Unprocessable Entity): Name: can't be blank [request abc]; nothing was done",
            ),
            (
                Error::refused(CREATE_LEAD, refused(500, "oh")),
                "create_lead: Copper's answer leaves it open whether it was done (500 Internal Server Error): oh [request abc]; it may have taken effect, so look before you send it again",
            ),
            (
                Error::config("the access token is empty".to_owned()),
                "the access token is empty",
            ),
            (
                Error::journal("/a/b: No such file".to_owned(), false),
                "the journal can't be used: /a/b: No such file",
            ),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
