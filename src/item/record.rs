//! A record as Copper gives it: its id, and the fields that the schema does not name.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Fields of an answer that the schema does not name, as they are on the wire.
pub type Extra = Map<String, Value>;

/// A record of Copper's, known by its id. Implemented by the build script; it can't be implemented
/// elsewhere.
#[allow(private_bounds, reason = "this is what seals the trait")]
pub trait Record: DeserializeOwned + Parts + Send + Sync + 'static {
    /// The record's id, as a plain number.
    fn id(&self) -> i64;
    /// The fields that the schema does not name.
    fn extra(&self) -> &Extra;
}

/// The parts of a record that only this crate touches.
pub trait Parts: Sized {
    /// Makes a record of which nothing but the id is known.
    fn of_id(id: i64) -> Option<Self>;
    /// Gives the fields that the schema does not name, to add to them.
    fn extra_mut(&mut self) -> &mut Extra;
}
