//! Looks up creates in doubt by the key of the sync.

use futures_util::future::BoxFuture;

use super::{
    Sync, SyncRecord,
    decision::Scope,
    key::{FoundKeys, SyncKey},
    read::in_order,
};
use crate::{
    Copper, Error,
    journal::{MatchKey, MatchKind},
    reconcile::{Likeness, Matcher, Plan, candidates, window},
    search::Search,
    types::Timestamp,
};

/// Matches records by the key of a sync.
pub(super) struct KeyMatcher<R: SyncRecord> {
    key: SyncKey<R>,
    within: R::Search,
}

impl<R: SyncRecord> KeyMatcher<R> {
    pub(super) fn new(sync: &Sync<R>) -> Self {
        Self {
            key: sync.key.clone(),
            within: sync.within.clone(),
        }
    }

    /// The hash of a record's first key. If two records have the same keys, they have the same first key.
    fn hash(&self, salt: &[u8], key: &str) -> MatchKey {
        MatchKey::of(salt, &["sync", &self.key.to_string(), key])
    }
}

/// The plan for creates in doubt.
pub(super) fn plan<R: SyncRecord>(sync: &Sync<R>) -> Plan<R, R::Found> {
    Plan {
        by: Box::new(KeyMatcher::new(sync)),
        absent_after: sync.absent_after,
        // A create of an earlier start may be in doubt, even if this start creates none.
        send_again: sync.send_again && sync.scope != Scope::UpdateOnly,
    }
}

impl<R: SyncRecord> Matcher<R, R::Found> for KeyMatcher<R> {
    fn kind(&self) -> MatchKind {
        match &self.key {
            SyncKey::Field(field) if field.is_address() => MatchKind::Email,
            SyncKey::Custom(_) => MatchKind::Field,
            SyncKey::Field(_) | SyncKey::Own { .. } => MatchKind::Key,
        }
    }

    /// The record contains the key.
    fn needs_mark(&self) -> bool {
        false
    }

    fn marked(&self, _: &R) -> Option<R> {
        None
    }

    fn key(&self, salt: &[u8], record: &R) -> Option<MatchKey> {
        let keys = self.key.of_record(record);
        keys.first().map(|key| self.hash(salt, key))
    }

    fn key_of_found(&self, salt: &[u8], found: &R::Found) -> Option<MatchKey> {
        let keys = self.key.of_found(found);
        keys.first().map(|key| self.hash(salt, key))
    }

    fn likeness(&self, record: &R, found: &R::Found) -> Likeness {
        match self.key.of_found(found) {
            FoundKeys::Unreadable => Likeness::Unclear,
            keys if keys.shares_one(&self.key.of_record(record)) => Likeness::Same,
            FoundKeys::Are(_) => Likeness::Other,
        }
    }

    fn created(&self, found: &R::Found) -> Option<Timestamp> {
        R::Search::created(found)
    }

    fn find<'a>(
        &'a self,
        copper: &'a Copper,
        wanted: &'a [(&'a R, Timestamp)],
    ) -> BoxFuture<'a, Result<Option<Vec<R::Found>>, Error>> {
        let sent = || wanted.iter().map(|(_, sent)| window(*sent));
        let from = sent().map(|(from, _)| from).min_by_key(|from| from.0);
        let within = in_order(&self.within)
            .with_created_from(from)
            .with_converted();
        let one = self.key.is_searchable();
        let searches: Vec<R::Search> = if one {
            let records = wanted.iter().map(|(record, _)| self.key.of_record(record));
            let keys = records.flatten();
            keys.filter_map(|key| self.key.search(&key, &within))
                .collect()
        } else {
            let to = sent().map(|(_, to)| to).max_by_key(|to| to.0);
            vec![within.with_created_to(to)]
        };
        let likeness = |place: usize, found: &R::Found| match wanted.get(place) {
            Some((record, _)) => self.likeness(record, found),
            None => Likeness::Other,
        };
        Box::pin(async move { candidates(copper, searches, one, wanted.len(), likeness).await })
    }
}
