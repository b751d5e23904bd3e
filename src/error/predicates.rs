//! The predicates of an error.

use std::{collections::BTreeMap, time::Duration};

use super::{Effect, Error, ErrorKind};
use crate::retry::Event;

impl Error {
    /// Returns the kind of the error: one for each case that a program treats differently.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the operation that failed, by its name in the schema, which is also the name of the method. It
    /// is `request` for [`Copper::request`](crate::Copper::request), and None if no operation was begun.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(|operation| operation.id)
    }

    /// Returns true if the call may have taken effect at Copper nevertheless. It is always false for a read.
    ///
    /// If it is true, look at what is there before you call again: for a create, search for the lead first.
    /// [`advice`](Self::advice) says when calling again is safe.
    pub fn may_have_taken_effect(&self) -> bool {
        self.0.effect == Effect::Unknown
    }

    /// Returns true if the settings are wrong. Nothing was sent.
    pub fn is_config(&self) -> bool {
        self.0.kind == ErrorKind::Config
    }

    /// Returns true if the [journal](crate::bulk::Run::journal) can't be read or written. Nothing is sent
    /// without it.
    pub fn is_journal(&self) -> bool {
        self.0.kind == ErrorKind::Journal
    }

    /// Returns true if no connection could be made, because of DNS, the network or the server. Nothing was
    /// sent. Try again later.
    pub fn is_not_connected(&self) -> bool {
        self.0.event == Event::NotConnected
    }

    /// Returns true if a timeout or a [deadline](crate::Copper::with_deadline) expired.
    /// [`may_have_taken_effect`](Self::may_have_taken_effect) says whether the request had been sent by then.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Returns true if the record does not exist, or is not visible to the key's owner.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Returns true if Copper found a part of the request invalid. [`message`](Self::message) has Copper's
    /// words, and [`fields`](Self::fields) the fields.
    pub fn is_invalid(&self) -> bool {
        self.0.kind == ErrorKind::Invalid
    }

    /// Returns true if Copper refused the request for exceeding its rate limits, for two minutes without a
    /// break.
    ///
    /// Something else uses up the account's requests: another process with the same key, or two clients in
    /// this process that should share a [limiter](crate::Builder::limiter).
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(429)
    }

    /// Returns true if Copper does not accept the credentials, or they do not allow the call.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self.status(), Some(401 | 403))
    }

    /// Returns true if the feature that this call needs is switched off for the account. An administrator of
    /// the Copper account can switch it on in its settings.
    pub fn is_feature_off(&self) -> bool {
        self.0.kind == ErrorKind::FeatureOff
    }

    /// Returns true if a search was cut off because Copper returns no more records of it.
    pub fn is_cut_off(&self) -> bool {
        self.0.kind == ErrorKind::CutOff
    }

    /// Returns the ids of the leads that match an upsert, if it was refused for that and Copper names them.
    /// Copper's wording is not documented: these are the numbers in its message.
    pub fn matching_ids(&self) -> Vec<i64> {
        self.0.matching_ids.clone()
    }

    /// Returns the HTTP status of Copper's answer, if Copper refused the request.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns the message of Copper or of this crate, shortened and escaped. Texts that the request carried
    /// are replaced by `…`, because errors end up in logs.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// Returns Copper's messages by field, redacted and escaped like [`message`](Self::message). Messages
    /// about no field are under `""`. Empty if Copper named none.
    pub fn fields(&self) -> &BTreeMap<String, Vec<String>> {
        &self.0.fields
    }

    /// Returns the innermost cause and the host, such as the operating system's words.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// Returns the id that Copper gave the request. Copper's support can find the request by it.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the time that Copper asked to wait, if it did. It is a day at most.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The error as an event for the retry decision.
    pub(crate) fn event(&self) -> Event {
        self.0.event
    }
}
