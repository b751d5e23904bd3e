//! The one place that includes what `build.rs` makes of `schema/copper.json`.

/// The generated client. Its errors print whole bodies and its `is_retryable` says yes to timeouts,
/// so neither leaves this crate.
#[allow(missing_docs, unreachable_pub, unreachable_patterns, dead_code)]
mod client {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

mod constants {
    use std::time::Duration;

    use super::{Client, types};
    use crate::endpoint::{Answer, Endpoint};
    use crate::item::{Extra, Record, items};
    use crate::limit::{AppliesTo, Limit};
    use crate::operation::{Bulk, Operation, Repeat};

    include!(concat!(env!("OUT_DIR"), "/constants.rs"));
}

pub use client::types;
pub(crate) use client::{Client, ClientInfo, Error, ResponseValue};
pub use constants::{
    BASE_URL, NONE_ID, OPERATIONS, RATE_LIMITS, SIZE_LIMIT_MESSAGE, header, search,
};
pub(crate) use constants::{operation, sets};
