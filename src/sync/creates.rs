//! The creates of a sync. They use the bulk endpoint for the records, with one more rule: a record is not sent if its
//! key is in Copper by now.

use std::collections::HashSet;

use super::{SyncRecord, key::SyncKey};
use crate::{
    client::Client,
    endpoint::{BulkResult, Endpoint},
    operation::Operation,
    outcome::Rejection,
};

/// One bulk request of a sync's creates.
pub(super) struct SyncCreates<R: SyncRecord>(R::Create);

/// The settings that all creates of a sync share.
pub(super) struct Terms<R: SyncRecord> {
    pub(super) key: SyncKey<R>,
    /// Keys of records that an earlier start wanted to create but did not, and that are in Copper now.
    pub(super) taken: HashSet<String>,
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
        if !is_taken(record, &terms.key, &terms.taken) {
            return Ok(None);
        }
        Err(Rejection::unsent(
            terms.key.key_field(),
            format!(
                "since an earlier start, a {} with this key was created by others",
                R::NOUN
            ),
        ))
    }
}

/// True if one of the record's keys is in `taken`.
pub(super) fn is_taken<R: SyncRecord>(
    record: &R,
    key: &SyncKey<R>,
    taken: &HashSet<String>,
) -> bool {
    !taken.is_empty() && key.of_record(record).iter().any(|key| taken.contains(key))
}

/// The identity of a sync's journal, in addition to its records.
pub(super) fn place<R: SyncRecord>(base_url: &str, key: &SyncKey<R>) -> String {
    format!("{base_url} sync by {key}")
}
