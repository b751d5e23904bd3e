//! The advice of an error: a pure function of its kind, its effect and the idempotency.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::{Effect, Error, ErrorKind, Inner};

/// The advice about an [`Error`], or about a record that is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Advice {
    /// Call again, at once or later: the call had no effect, or it is idempotent.
    Retry,
    /// Call again after this time, which Copper asked for.
    RetryAfter(Duration),
    /// Look up whether it took effect before you call again. Otherwise it may be done twice.
    LookUp,
    /// Correct the request, or the settings. The error's text says which.
    Correct,
    /// Calling again gives the same error, and nothing in your program can change that.
    GiveUp,
}

impl Advice {
    /// Returns the advice as one word: `retry`, `retry_after`, `look_up`, `correct` or `give_up`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::RetryAfter(_) => "retry_after",
            Self::LookUp => "look_up",
            Self::Correct => "correct",
            Self::GiveUp => "give_up",
        }
    }
}

impl Serialize for Advice {
    /// As one word, by [`as_str`](Self::as_str).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Error {
    /// Returns the advice.
    ///
    /// It takes the operation into account: an upsert that may have taken effect is sent again, a create is
    /// looked up first.
    pub fn advice(&self) -> Advice {
        advice(&self.0)
    }
}

fn advice(error: &Inner) -> Advice {
    let again = error.retry_after.map_or(Advice::Retry, Advice::RetryAfter);
    if error.effect == Effect::Unknown {
        let may_repeat =
            |operation: &crate::operation::Operation| operation.idempotency.may_repeat();
        return if error.operation.is_some_and(may_repeat) {
            again
        } else {
            Advice::LookUp
        };
    }
    match error.kind {
        ErrorKind::CircuitOpen
        | ErrorKind::Dns
        | ErrorKind::NotConnected
        | ErrorKind::Timeout
        | ErrorKind::Lost
        | ErrorKind::Conflict
        | ErrorKind::RateLimited
        | ErrorKind::Server => again,
        ErrorKind::Config
        | ErrorKind::Journal
        | ErrorKind::Unsendable
        | ErrorKind::CutOff
        | ErrorKind::Tls
        | ErrorKind::Redirect
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Invalid => Advice::Correct,
        ErrorKind::Refused if error.is_by_proxy() => Advice::Correct,
        ErrorKind::Unreadable
        | ErrorKind::PaymentRequired
        | ErrorKind::FeatureOff
        | ErrorKind::Refused => Advice::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        error::{Failure, Refusal},
        generated::operation::{CREATE_LEAD, GET_LEAD, UPSERT_LEAD},
        retry::Event,
    };

    fn lost(operation: &'static crate::operation::Operation) -> Error {
        let failure = Failure {
            kind: ErrorKind::Lost,
            event: Event::Lost,
            cause: None,
            source: None,
        };
        Error::failed(operation, failure)
    }

    fn refused(status: u16, retry_after: Option<u64>) -> Error {
        let refusal = Refusal {
            status,
            retry_after: retry_after.map(Duration::from_secs),
            ..Refusal::default()
        };
        Error::refused(CREATE_LEAD, refusal)
    }

    #[test]
    fn a_create_in_doubt_is_looked_up_and_an_upsert_is_sent_again() {
        assert_eq!(lost(CREATE_LEAD).advice(), Advice::LookUp);
        assert_eq!(lost(UPSERT_LEAD).advice(), Advice::Retry);
        assert!(lost(UPSERT_LEAD).may_have_taken_effect());
        assert_eq!(lost(GET_LEAD).advice(), Advice::Retry);
        assert!(!lost(GET_LEAD).may_have_taken_effect());
    }

    #[test]
    fn each_refusal_has_its_kind_and_its_advice() {
        for (status, kind, advice) in [
            (307, ErrorKind::Redirect, Advice::Correct),
            (303, ErrorKind::Redirect, Advice::LookUp),
            (401, ErrorKind::Unauthorized, Advice::Correct),
            (402, ErrorKind::PaymentRequired, Advice::GiveUp),
            (403, ErrorKind::Forbidden, Advice::Correct),
            (404, ErrorKind::NotFound, Advice::Correct),
            (409, ErrorKind::Conflict, Advice::LookUp),
            (413, ErrorKind::Invalid, Advice::Correct),
            (407, ErrorKind::Refused, Advice::Correct),
            (422, ErrorKind::Invalid, Advice::Correct),
            (429, ErrorKind::RateLimited, Advice::Retry),
            (451, ErrorKind::Refused, Advice::GiveUp),
            (502, ErrorKind::Server, Advice::LookUp),
        ] {
            let error = refused(status, None);
            assert_eq!((error.kind(), error.advice()), (kind, advice), "{status}");
        }
        let after = refused(429, Some(30)).advice();
        assert_eq!(after, Advice::RetryAfter(Duration::from_secs(30)));
    }
}
