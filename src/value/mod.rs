//! Plain values that records are made of. They know nothing of requests, and nothing of each other but
//! for the time in a custom field.

mod custom_value;
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
