#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

// The generated client names the handwritten union by the path that users would write.
extern crate self as copper_crm;

mod base_url;
mod builder;
pub mod bulk;
mod call;
mod check;
mod copper;
mod credentials;
mod custom_value;
mod error;
mod generated;
#[doc = include_str!("guarantees.md")]
pub mod guarantees {}
#[doc = include_str!("observing.md")]
pub mod observing {}
mod hooks;
mod leads;
pub mod limit;
mod lists;
mod operation;
mod patch;
mod redact;
mod retry;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod search;
mod timestamp;
mod tls;
mod trace;

/// The request and response types of the API, generated from `schema/copper.json`.
///
/// In a response only the record's `id` is sure to be there: every other field is an `Option`, no
/// set of values is closed, and fields that the schema does not name are kept in `extra`.
pub mod types {
    pub use crate::generated::sets::*;
    pub use crate::generated::types::*;
}

pub use builder::Builder;
pub use bulk::Outcome;
pub use check::{Check, Invalid};
pub use copper::Copper;
pub use custom_value::CustomValue;
pub use error::Error;
pub use patch::Patch;
pub use search::{Found, Page};
pub use timestamp::OutOfRange;
pub use types::NewLead;
