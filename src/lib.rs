#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

// The generated client names the handwritten union by the path that users would write.
extern crate self as copper_crm;

pub mod bulk;
mod copper;
mod error;
mod generated;
#[doc = include_str!("guarantees.md")]
pub mod guarantees {}
mod hooks;
mod leads;
pub mod limit;
mod operation;
mod redact;
mod retry;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod tls;

/// The request and response types of the API, generated from `schema/copper.json`.
///
/// In a response only the record's `id` is sure to be there: every other field is an `Option`, no
/// set of values is closed, and fields that the schema does not name are kept in `extra`.
pub mod types {
    pub use crate::generated::types::*;
}

pub use bulk::Outcome;
pub use copper::{Builder, Copper};
pub use error::Error;
pub use types::NewLead;
