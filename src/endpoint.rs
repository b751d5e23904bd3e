//! The bulk endpoints: the types of each, its operation in the schema, and its one generated method.
//! `build.rs` writes the impls, so the pipeline is the same for all. Only those of `upsert` and `sync` are
//! written by hand.

use std::future::Future;

use serde::Serialize;

use crate::{
    client::Client,
    item::{Item, Record},
    limit::Lane,
    operation::Operation,
    outcome::Rejection,
};

/// The result of a request.
pub(crate) type BulkResult<T> = Result<Vec<Item<T>>, progenitor_client::Error<()>>;

/// A bulk endpoint, named by the type of its request body. The build script implements it for every bulk
/// operation of the schema. It is also implemented for [`UpsertLeads`](crate::bulk::UpsertLeads). It can't be
/// implemented elsewhere.
pub trait Endpoint: Sized + Send + Sync + 'static {
    /// The type that is sent, one per record.
    type Input: Serialize + Send + Sync + 'static;
    /// The type that comes back for a record that was accepted.
    type Output: Record;
    /// The settings that all requests of a run share.
    #[doc(hidden)]
    type Terms: Send + Sync + 'static;
    #[doc(hidden)]
    const OPERATION: &'static Operation;
    /// The queue of the limiter in which its requests wait.
    #[doc(hidden)]
    const LANE: Lane = match &Self::OPERATION.bulk {
        Some(_) => Lane::Bulk,
        None => Lane::Series,
    };
    /// The most records of one request.
    #[doc(hidden)]
    const MAX_ITEMS: usize = match &Self::OPERATION.bulk {
        Some(bulk) => bulk.max_items,
        None => 1,
    };
    #[doc(hidden)]
    fn wrap(items: Vec<Self::Input>, terms: &Self::Terms) -> Self;
    #[doc(hidden)]
    fn into_records(self) -> Vec<Self::Input>;
    #[doc(hidden)]
    #[allow(private_interfaces, reason = "this is what seals the trait")]
    fn send<'a>(
        client: &'a Client,
        request: &'a Self,
    ) -> impl Future<Output = BulkResult<Self::Output>> + Send + 'a;
    /// The key by which Copper finds a record, if it has one: two records with the same key are never in
    /// flight at once. An error if the record lacks its key, and so can't be sent.
    #[doc(hidden)]
    fn key(_: &Self::Input, _: &Self::Terms) -> Result<Option<String>, Rejection> {
        Ok(None)
    }
    /// The identity of a journal, in addition to its operation and its records.
    #[doc(hidden)]
    fn place(base_url: &str, _: &Self::Terms) -> String {
        base_url.to_owned()
    }
}

/// The endpoints of the bulk operations, as `build.rs` makes them of the schema.
mod generated {
    use super::{BulkResult, Endpoint};
    use crate::{client::Client, generated::operation, item::items, operation::Operation, types};

    include!(concat!(env!("OUT_DIR"), "/endpoints.rs"));
}
