//! The lookup of the model's records: by their ids, at the scripted server.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;

use super::{fate::id, server::Server};
use crate::{
    Copper, Error, client,
    generated::operation,
    journal::{MatchKey as Key, MatchKind as Way},
    reconcile::{Likeness, Matcher, Plan},
    types::{Lead, Timestamp},
};

/// The longest time after a request was given up for which existing records are not found.
pub(super) const LAG: Duration = Duration::from_secs(30);

/// The plan of a run for its records in doubt.
pub(super) fn plan(server: &Arc<Server>) -> Plan<usize, Lead> {
    Plan {
        by: Box::new(ById(Arc::clone(server))),
        absent_after: Some(LAG),
        send_again: true,
    }
}

struct ById(Arc<Server>);

impl Matcher<usize, Lead> for ById {
    fn kind(&self) -> Way {
        Way::Email
    }

    fn needs_mark(&self) -> bool {
        false
    }

    fn marked(&self, _: &usize) -> Option<usize> {
        None
    }

    fn key(&self, salt: &[u8], record: &usize) -> Option<Key> {
        Some(Key::of(salt, &[&id(*record).to_string()]))
    }

    fn key_of_found(&self, salt: &[u8], found: &Lead) -> Option<Key> {
        Some(Key::of(salt, &[&found.id.0.to_string()]))
    }

    fn likeness(&self, record: &usize, found: &Lead) -> Likeness {
        if found.id.0 == id(*record) {
            Likeness::Same
        } else {
            Likeness::Other
        }
    }

    fn created(&self, found: &Lead) -> Option<Timestamp> {
        found.date_created
    }

    fn find<'a>(
        &'a self,
        _: &'a Copper,
        wanted: &'a [(&'a usize, Timestamp)],
    ) -> BoxFuture<'a, Result<Option<Vec<Lead>>, Error>> {
        Box::pin(async move {
            let records: Vec<usize> = wanted.iter().map(|(record, _)| **record).collect();
            let (fate, found) = self.0.look(&records).await;
            match fate.answer(&[]).await {
                Ok(_) => Ok(Some(found)),
                Err(error) => Err(client::error(operation::SEARCH_LEADS, error).await),
            }
        })
    }
}
