//! The state of one record's lookup: its match key, and when and how it was sent.

use crate::{journal::MatchKey, outcome::UnresolvedReason, types::Timestamp};

/// The state of one record's lookup.
#[derive(Clone, Copy, Default)]
pub(super) struct LookupState {
    pub(super) key: Option<MatchKey>,
    /// The time when it was last sent, if that is known.
    pub(super) sent: Option<Timestamp>,
    /// True if it was sent with its mark.
    pub(super) is_marked: bool,
    /// The number of times that it was sent again because it was absent.
    pub(super) sent_again: u32,
}

impl LookupState {
    pub(super) fn new(key: Option<MatchKey>) -> Self {
        Self {
            key,
            ..Self::default()
        }
    }

    /// The reason why it can't be looked up, if there is one.
    pub(super) fn obstacle(&self, needs_mark: bool) -> Option<UnresolvedReason> {
        match self {
            Self { key: None, .. } => Some(UnresolvedReason::NoKey),
            _ if needs_mark && !self.is_marked => Some(UnresolvedReason::NotMarked),
            Self { sent: None, .. } => Some(UnresolvedReason::NotTimed),
            _ => None,
        }
    }
}
