//! What tells one bulk endpoint from another: its types, its operation in the schema, and the one
//! generated method. `build.rs` writes the impls, so that the pipeline is the same for all.

use std::future::Future;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::Item;
use crate::{
    generated::{Client, Error},
    operation::Operation,
};

/// Fields of an answer that the schema does not name, as they are on the wire.
pub type Extra = Map<String, Value>;

/// What a request comes to.
pub(crate) type Answer<T> = Result<Vec<Item<T>>, Error<()>>;

/// A bulk endpoint, named by the type of its request body. Implemented by the build script for every
/// bulk operation of the schema; it can't be implemented elsewhere.
pub trait Endpoint: Sized + Send + Sync + 'static {
    /// What is sent, one per record.
    type Input: Serialize + Send + Sync + 'static;
    /// What comes back for a record that was accepted.
    type Output: Record;
    #[doc(hidden)]
    const OPERATION: &'static Operation;
    #[doc(hidden)]
    fn wrap(items: Vec<Self::Input>) -> Self;
    #[doc(hidden)]
    fn unwrap(self) -> Vec<Self::Input>;
    #[doc(hidden)]
    #[allow(private_interfaces, reason = "this is what seals the trait")]
    fn send<'a>(
        client: &'a Client,
        request: &'a Self,
    ) -> impl Future<Output = Answer<Self::Output>> + Send + 'a;
}

/// A record of Copper's, known by its id. Implemented by the build script.
pub trait Record: DeserializeOwned + Send + Sync + 'static {
    /// Its id, as a plain number.
    fn id(&self) -> i64;
    /// A record of which nothing but the id is known.
    fn of_id(id: i64) -> Option<Self>;
    /// Its fields that the schema does not name.
    fn extra(&self) -> &Extra;
    /// Its fields that the schema does not name.
    fn extra_mut(&mut self) -> &mut Extra;
}
