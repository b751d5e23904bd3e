//! Plain values of records. They don't depend on requests, nor on each other, except for the time in a custom
//! field.

mod custom_value;
mod dry_serializer;
pub(crate) mod finite;
pub(crate) mod open_set;
mod patch;
mod timestamp;
mod update;

pub use custom_value::CustomValue;
pub(crate) use finite::unsendable;
pub use patch::Patch;
pub use timestamp::{OutOfRange, Timestamp};
pub use update::Update;
