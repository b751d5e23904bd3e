//! Finds creates in doubt again by the key of the sync.

use futures_util::future::BoxFuture;

use super::{
    Sync,
    key::{LeadKey, SyncKey},
    read::in_order,
};
use crate::{
    Copper, Error,
    journal::{MatchKey, MatchKind},
    reconcile::{Likeness, Matcher, Plan, candidates, window},
    types::{Lead, LeadSearch, NewLead, Timestamp},
};

/// Recognises a lead by the key of a sync.
pub(super) struct KeyMatcher {
    key: SyncKey,
    within: LeadSearch,
}

impl KeyMatcher {
    pub(super) fn new(sync: &Sync) -> Self {
        Self {
            key: sync.key.clone(),
            within: sync.within.clone(),
        }
    }

    fn hash(&self, salt: &[u8], key: &str) -> MatchKey {
        MatchKey::of(salt, &["sync", &self.key.to_string(), key])
    }
}

/// The plan for creates in doubt.
pub(super) fn plan(sync: &Sync) -> Plan<NewLead, Lead> {
    Plan {
        by: Box::new(KeyMatcher::new(sync)),
        absent_after: sync.absent_after,
        send_again: sync.send_again,
    }
}

impl Matcher<NewLead, Lead> for KeyMatcher {
    fn kind(&self) -> MatchKind {
        match self.key {
            SyncKey::Email => MatchKind::Email,
            SyncKey::Custom(_) => MatchKind::Field,
            SyncKey::Own { .. } => MatchKind::Key,
        }
    }

    /// The key is in the record itself.
    fn needs_mark(&self) -> bool {
        false
    }

    fn marked(&self, _: &NewLead) -> Option<NewLead> {
        None
    }

    fn key(&self, salt: &[u8], record: &NewLead) -> Option<MatchKey> {
        let key = self.key.of_record(record);
        key.map(|key| self.hash(salt, &key))
    }

    fn key_of_found(&self, salt: &[u8], found: &Lead) -> Option<MatchKey> {
        match self.key.of_lead(found) {
            LeadKey::Is(key) => Some(self.hash(salt, &key)),
            LeadKey::None | LeadKey::Unreadable => None,
        }
    }

    fn likeness(&self, record: &NewLead, found: &Lead) -> Likeness {
        match (self.key.of_record(record), self.key.of_lead(found)) {
            (Some(wanted), LeadKey::Is(found)) if wanted == found => Likeness::Same,
            (_, LeadKey::Unreadable) => Likeness::Unclear,
            _ => Likeness::Other,
        }
    }

    fn created(&self, found: &Lead) -> Option<Timestamp> {
        found.date_created
    }

    fn find<'a>(
        &'a self,
        copper: &'a Copper,
        wanted: &'a [(&'a NewLead, Timestamp)],
    ) -> BoxFuture<'a, Result<Option<Vec<Lead>>, Error>> {
        let sent = || wanted.iter().map(|(_, sent)| window(*sent));
        let within = LeadSearch {
            minimum_created_date: sent().map(|(from, _)| from).min_by_key(|from| from.0),
            include_converted_leads: Some(true),
            ..in_order(&self.within)
        };
        let one = self.key.is_searchable();
        let searches: Vec<LeadSearch> = if one {
            let keys = wanted
                .iter()
                .filter_map(|(record, _)| self.key.of_record(record));
            keys.filter_map(|key| self.key.search(&key, &within))
                .collect()
        } else {
            let to = sent().map(|(_, to)| to).max_by_key(|to| to.0);
            vec![LeadSearch {
                maximum_created_date: to,
                ..within
            }]
        };
        let likeness = |place: usize, found: &Lead| match wanted.get(place) {
            Some((record, _)) => self.likeness(record, found),
            None => Likeness::Other,
        };
        Box::pin(async move { candidates(copper, searches, one, wanted.len(), likeness).await })
    }
}
