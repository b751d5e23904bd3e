//! The matcher, reconciliation's interface to a kind of record: how one is marked, matched, and searched for. All
//! else is the same for whatever record there is.

use futures_util::future::BoxFuture;

use super::Likeness;
use crate::{
    Copper, Error,
    journal::{MatchKey, MatchKind},
    types::Timestamp,
};

/// The most records that are kept because they may be wanted ones. A server that finds more tells none apart.
pub(crate) const MAX_KEPT: usize = 10_000;

/// A way of recognising records that are sent as `I` and found as `T`.
pub(crate) trait Matcher<I, T>: Send + Sync {
    fn kind(&self) -> MatchKind;

    /// True if a record that was sent without this mark can't be found by it.
    fn needs_mark(&self) -> bool;

    /// The record with its mark on it. None where records need none.
    fn marked(&self, record: &I) -> Option<I>;

    /// The match key of the record. None if it has none.
    fn key(&self, salt: &[u8], record: &I) -> Option<MatchKey>;

    /// The same for a record that was found.
    fn key_of_found(&self, salt: &[u8], found: &T) -> Option<MatchKey>;

    /// The relation of a found record to one that was sent.
    fn likeness(&self, record: &I, found: &T) -> Likeness;

    /// When a record that was found was created, if it says so.
    fn created(&self, found: &T) -> Option<Timestamp>;

    /// The records in Copper that may be these, each of which was sent at its time; all of them, unless so many
    /// are found that one of these can't be told apart. None if there are more than can be kept.
    fn find<'a>(
        &'a self,
        copper: &'a Copper,
        wanted: &'a [(&'a I, Timestamp)],
    ) -> BoxFuture<'a, Result<Option<Vec<T>>, Error>>;
}
