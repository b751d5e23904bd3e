//! The creates of a sync: the bulk endpoint for leads, under the one more rule that a record whose key has
//! turned up in Copper is not sent.

use std::collections::HashSet;

use super::key::SyncKey;
use crate::{
    client::Client,
    endpoint::{BulkResult, Endpoint},
    operation::Operation,
    outcome::Rejection,
    types::{BulkCreateLeads, Lead, NewLead},
};

/// A request of the creates of a sync.
pub(super) struct SyncCreates(BulkCreateLeads);

/// The settings that all creates of a sync share.
pub(super) struct Terms {
    pub(super) key: SyncKey,
    /// Keys that an earlier start was to create, did not, and that are in Copper now.
    pub(super) taken: HashSet<String>,
}

impl Endpoint for SyncCreates {
    type Input = NewLead;
    type Output = Lead;
    type Terms = Terms;
    const OPERATION: &'static Operation = BulkCreateLeads::OPERATION;

    fn wrap(leads: Vec<NewLead>, _: &Terms) -> Self {
        Self(BulkCreateLeads::wrap(leads, &()))
    }

    fn unwrap(self) -> Vec<NewLead> {
        self.0.unwrap()
    }

    #[allow(private_interfaces, reason = "this is what seals the trait")]
    async fn send(client: &Client, request: &Self) -> BulkResult<Lead> {
        BulkCreateLeads::send(client, &request.0).await
    }

    fn key(lead: &NewLead, terms: &Terms) -> Result<Option<String>, Rejection> {
        let is_taken = |key: &String| terms.taken.contains(key);
        match terms.key.of_record(lead).filter(is_taken) {
            None => Ok(None),
            Some(_) => Err(Rejection::unsent(
                terms.key.key_field(),
                "since an earlier start, a lead with this key was created by others".to_owned(),
            )),
        }
    }
}

/// The identity of a sync's journal, beside its records.
pub(super) fn place(base_url: &str, key: &SyncKey) -> String {
    format!("{base_url} sync by {key}")
}
