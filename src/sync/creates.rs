//! The creates of a sync. They use the bulk endpoint for the records, with one more rule: a create that an earlier start
//! began is not sent if this start may not create it.

use std::{collections::HashMap, sync::Arc};

use super::{SyncRecord, decision::Withheld, key::SyncKey};
use crate::{
    client::Client,
    endpoint::{BulkResult, Endpoint},
    operation::Operation,
    outcome::Rejection,
};

/// One bulk request of a sync's creates.
pub(super) struct SyncCreates<R: SyncRecord>(R::Create);

/// The settings that all creates of a sync share.
#[derive(Clone)]
pub(super) struct Terms<R: SyncRecord> {
    key: SyncKey<R>,
    /// The creates that an earlier start began and that are not sent, by their keys.
    withheld: Arc<HashMap<String, Withheld>>,
}

impl<R: SyncRecord> Terms<R> {
    pub(super) fn new(key: SyncKey<R>, withheld: HashMap<String, Withheld>) -> Self {
        let withheld = Arc::new(withheld);
        Self { key, withheld }
    }

    /// The reason why this record is not sent, if there is one.
    pub(super) fn withheld(&self, record: &R) -> Option<&Withheld> {
        if self.withheld.is_empty() {
            return None;
        }
        let keys = self.key.of_record(record);
        keys.iter().find_map(|key| self.withheld.get(key))
    }
}

impl<R: SyncRecord> Endpoint for SyncCreates<R> {
    type Input = R;
    type Output = R::Found;
    type Terms = Terms<R>;
    const OPERATION: &'static Operation = R::Create::OPERATION;

    fn wrap(records: Vec<R>, _: &Terms<R>) -> Self {
        Self(R::Create::wrap(records, &()))
    }

    fn into_records(self) -> Vec<R> {
        self.0.into_records()
    }

    #[allow(private_interfaces, reason = "this is what seals the trait")]
    async fn send(client: &Client, request: &Self) -> BulkResult<R::Found> {
        R::Create::send(client, &request.0).await
    }

    fn key(record: &R, terms: &Terms<R>) -> Result<Option<String>, Rejection> {
        match terms.withheld(record) {
            None => Ok(None),
            Some(Withheld::Invalid(invalid)) => Err(Rejection::checked(invalid.clone())),
            Some(Withheld::Taken | Withheld::OnlyUpdates) => Err(Rejection::unsent(
                terms.key.key_field(),
                "an earlier start was going to create it".to_owned(),
            )),
        }
    }
}

/// The identity of a sync's journal, in addition to its records.
pub(super) fn place<R: SyncRecord>(base_url: &str, key: &SyncKey<R>) -> String {
    format!("{base_url} sync by {key}")
}
