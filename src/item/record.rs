//! A record as Copper gives it: its id, and the fields that nobody knows.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Fields of an answer that the schema does not name, as they are on the wire.
pub type Extra = Map<String, Value>;

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
