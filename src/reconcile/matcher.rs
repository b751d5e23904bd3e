//! The matcher: reconciliation's interface to a kind of records. It says how a record is marked, matched and
//! searched for. Everything else is the same for all kinds.

use futures_util::future::BoxFuture;

use super::Likeness;
use crate::{
    Copper, Error,
    journal::{MatchKey, MatchKind},
    types::Timestamp,
};

/// A way of recognising records that are sent as `I` and found as `T`.
pub(crate) trait Matcher<I, T>: Send + Sync {
    fn kind(&self) -> MatchKind;

    /// True if a record that was sent without its mark can't be found.
    fn needs_mark(&self) -> bool;

    /// The record with its mark. None if records need no mark.
    fn marked(&self, record: &I) -> Option<I>;

    /// The match key of the record. None if it has none.
    fn key(&self, salt: &[u8], record: &I) -> Option<MatchKey>;

    /// The match key of a found record.
    fn key_of_found(&self, salt: &[u8], found: &T) -> Option<MatchKey>;

    /// The relation between a found record and one that was sent.
    fn likeness(&self, record: &I, found: &T) -> Likeness;

    /// The time when a found record was created, if it says so.
    fn created(&self, found: &T) -> Option<Timestamp>;

    /// Searches Copper for these records, each with the time when it was sent. Returns all records that may
    /// be one of them. It stops early if one of them can't be told apart any more. None if there are more
    /// than can be kept.
    fn find<'a>(
        &'a self,
        copper: &'a Copper,
        wanted: &'a [(&'a I, Timestamp)],
    ) -> BoxFuture<'a, Result<Option<Vec<T>>, Error>>;
}
