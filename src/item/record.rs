//! A record as Copper returns it: its id, and the fields that the schema does not name.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Fields of an answer that the schema does not name, as they are on the wire.
pub type Extra = Map<String, Value>;

/// A record of Copper's, identified by its id. The build script implements it. It can't be implemented
/// elsewhere.
#[allow(private_bounds, reason = "this is what seals the trait")]
pub trait Record: DeserializeOwned + Parts + Send + Sync + 'static {
    /// Returns the record's id, as a plain number.
    fn id(&self) -> i64;
    /// Returns the fields that the schema does not name.
    fn extra(&self) -> &Extra;
}

/// The methods of a record that only this crate may call.
pub trait Parts: Sized {
    /// Creates a record of which only the id is known.
    fn of_id(id: i64) -> Option<Self>;
    /// Returns the fields that the schema does not name, to add to them.
    fn extra_mut(&mut self) -> &mut Extra;
}

/// The record, if its id is one.
pub(super) fn with_id<T: Record>(record: T) -> Result<T, String> {
    if record.id() > 0 {
        Ok(record)
    } else {
        Err("its `id` is not a positive number".to_owned())
    }
}
