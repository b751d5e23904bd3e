//! What an error can be asked.

use std::time::Duration;

use super::{Effect, Error, Kind};
use crate::{generated, retry::Event};

/// How Copper says that a feature is off.
const FEATURE_OFF: &str = "Feature not enabled";

impl Error {
    /// Whether it may have taken effect at Copper's side all the same.
    ///
    /// # Troubleshooting
    /// If so, look at what is there before you call again: for a create, search for the lead first.
    pub fn may_have_taken_effect(&self) -> bool {
        self.0.effect == Effect::Unknown
    }

    /// Whether the settings are at fault. Nothing was sent.
    pub fn is_config(&self) -> bool {
        self.0.kind == Kind::Config
    }

    /// Whether the [journal](crate::bulk::Run::journal) can't be read or written. Nothing is sent
    /// without it.
    pub fn is_journal(&self) -> bool {
        self.0.kind == Kind::Journal
    }

    /// Whether no connection could be made, by DNS, network or server. Nothing was sent; it may be
    /// tried again later.
    pub fn is_not_connected(&self) -> bool {
        self.0.kind == Kind::NotConnected
    }

    /// Whether the record does not exist, or is not visible to the key's owner.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether Copper found fault with what was sent. [`message`](Self::message) has its words.
    pub fn is_invalid(&self) -> bool {
        matches!(self.status(), Some(400 | 413 | 422))
    }

    /// Whether Copper refused it for exceeding its rate limits, for two minutes on end.
    ///
    /// # Troubleshooting
    /// Something else uses up the account's requests: another process with the same key, or two
    /// clients in this one that should share a [limiter](crate::Builder::limiter).
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(429)
    }

    /// Whether Copper does not accept the credentials, or does not let them do this.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self.status(), Some(401 | 403))
    }

    /// Whether the account has the feature switched off that this call is about.
    ///
    /// # Troubleshooting
    /// An administrator of the Copper account can switch it on in its settings.
    pub fn is_feature_off(&self) -> bool {
        self.status() == Some(403)
            && self
                .message()
                .is_some_and(|message| message.contains(FEATURE_OFF))
    }

    /// Whether a search was cut off at the most records that Copper gives.
    pub fn is_cut_off(&self) -> bool {
        self.0.kind == Kind::CutOff
    }

    /// The ids of the leads that match an upsert, if that is why it was refused and Copper names them.
    /// How Copper words it is not documented: these are the numbers in its message.
    pub fn matching_ids(&self) -> Vec<i64> {
        let upsert = self.0.operation == Some(generated::operation::UPSERT_LEAD.id);
        let message = self
            .message()
            .filter(|_| upsert && self.status() == Some(422))
            .unwrap_or_default();
        message
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|digits| digits.parse().ok())
            .collect()
    }

    /// The HTTP status of Copper's answer, if there was one that says no.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// What Copper, or we, have to say about it, shortened. Texts that the request carried are replaced
    /// by `…` in it, for errors end up in logs.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The id that Copper gave the request, to name to its support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long Copper asked to wait, if it did.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The error as the one event that decides what is done about it.
    pub(crate) fn event(&self) -> Event {
        match (self.0.kind, self.0.status) {
            (_, Some(status)) => Event::Answered {
                status: status.as_u16(),
                size_limit: self.0.size_limit,
            },
            (Kind::NotConnected, _) => Event::NotConnected,
            (Kind::Config | Kind::Journal | Kind::Outage | Kind::Unsendable, _) => {
                Event::Unsendable
            }
            _ => Event::Lost,
        }
    }
}
