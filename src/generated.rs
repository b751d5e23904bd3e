//! Includes the types and constants that `build.rs` generates from `schema/copper.json`. The methods that
//! send requests are included by [`client`](crate::client), and the bulk endpoints by
//! [`endpoint`](crate::endpoint), because they belong to those layers.

/// The types of requests and responses.
#[allow(clippy::all, missing_docs, unreachable_patterns)]
pub mod types {
    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}

#[allow(dead_code)]
mod constants {
    use std::time::Duration;

    use super::types;
    use crate::{
        item::{Extra, Parts, Record},
        limit::{AppliesTo, Limit},
        operation::{Bulk, Idempotency, Operation},
    };

    include!(concat!(env!("OUT_DIR"), "/constants.rs"));
}

pub(crate) use constants::operation;
pub use constants::{
    BASE_URL, INVALID_HINTS, NONE_ID, OPERATIONS, RATE_LIMITS, SIZE_LIMIT_MESSAGE, header, search,
};
