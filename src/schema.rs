//! The document that this crate was built from, and what it says beyond types: operations, headers,
//! limits and page sizes. A server for tests reads it here, so that a user's own copy of the document
//! changes it as well.

pub use crate::generated::{
    BASE_URL, NONE_ID, OPERATIONS, RATE_LIMITS, SIZE_LIMIT_MESSAGE, header, search,
};
pub use crate::operation::{Bulk, Operation, Repeat};

/// The OpenAPI document, as text.
pub const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/copper.json"));
