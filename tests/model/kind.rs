//! The endpoints of the model. They have the operation, and so the rules, of real ones.

use std::{marker::PhantomData, sync::Arc};

use super::server::Server;
use crate::{
    client::Client,
    endpoint::{BulkResult, Endpoint},
    generated::operation,
    operation::{Idempotency, Operation},
    types::Lead,
};

pub(super) trait Kind: Send + Sync + 'static {
    const OPERATION: &'static Operation;
    const REPEATS: bool = matches!(Self::OPERATION.idempotency, Idempotency::Idempotent);
}

pub(super) struct Create;
pub(super) struct Update;
pub(super) struct Upsert;

impl Kind for Create {
    const OPERATION: &'static Operation = operation::BULK_CREATE_LEADS;
}

impl Kind for Update {
    const OPERATION: &'static Operation = operation::BULK_UPDATE_LEADS;
}

impl Kind for Upsert {
    const OPERATION: &'static Operation = operation::UPSERT_LEAD;
}

/// A request, with the server for it. Its records are their places in the input.
pub(super) struct Request<K> {
    records: Vec<usize>,
    server: Arc<Server>,
    kind: PhantomData<K>,
}

impl<K: Kind> Endpoint for Request<K> {
    type Input = usize;
    type Output = Lead;
    type Terms = Arc<Server>;
    const OPERATION: &'static Operation = K::OPERATION;

    fn wrap(records: Vec<usize>, server: &Arc<Server>) -> Self {
        Self {
            records,
            server: Arc::clone(server),
            kind: PhantomData,
        }
    }

    fn into_records(self) -> Vec<usize> {
        self.records
    }

    #[allow(private_interfaces, reason = "this is what seals the trait")]
    async fn send(_: &Client, request: &Self) -> BulkResult<Lead> {
        let fate = request.server.meet(&request.records).await;
        fate.answer(&request.records).await
    }
}
