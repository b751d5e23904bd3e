//! The kinds of errors: one for each case that a program treats differently.

use serde::Serialize;

/// The kind of an [`Error`](crate::Error).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The settings are wrong. Nothing was sent.
    Config,
    /// The [journal](crate::bulk::Run::journal) can't be read or written. Nothing is sent without it.
    Journal,
    /// The circuit breaker is open: Copper answers reads, but one request after another is lost.
    CircuitOpen,
    /// The request can't be expressed, such as with a number that JSON can't hold. Nothing was sent.
    Unsendable,
    /// A search has more records than Copper returns.
    CutOff,
    /// The host name can't be resolved. Nothing was sent.
    Dns,
    /// No connection could be made. Nothing was sent.
    NotConnected,
    /// TLS failed, such as by a certificate that nobody trusts. Nothing was sent.
    Tls,
    /// A timeout or a [deadline](crate::Copper::with_deadline) expired.
    Timeout,
    /// The connection was lost before the whole answer had come.
    Lost,
    /// An answer came that can't be read.
    Unreadable,
    /// The answer is a redirect, which is never followed: it would send the token to another host.
    Redirect,
    /// Copper does not accept the credentials (401).
    Unauthorized,
    /// Copper's subscription does not cover the request (402).
    PaymentRequired,
    /// The credentials do not allow the request (403).
    Forbidden,
    /// The account has the feature switched off (403, by its message).
    FeatureOff,
    /// There is no such record, or the key's owner can't see it (404).
    NotFound,
    /// It conflicts with another change at Copper (409).
    Conflict,
    /// Copper found a part of the request invalid (400, 413, 422).
    Invalid,
    /// The rate limits were exceeded for too long (429).
    RateLimited,
    /// Copper failed (5xx).
    Server,
    /// Copper refused the request with another status.
    Refused,
}

impl ErrorKind {
    pub(super) fn of_status(status: u16, feature_off: bool) -> Self {
        match status {
            200..=299 => Self::Unreadable,
            300..=399 => Self::Redirect,
            401 => Self::Unauthorized,
            402 => Self::PaymentRequired,
            403 if feature_off => Self::FeatureOff,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            409 => Self::Conflict,
            400 | 413 | 422 => Self::Invalid,
            429 => Self::RateLimited,
            500..=599 => Self::Server,
            _ => Self::Refused,
        }
    }
}
