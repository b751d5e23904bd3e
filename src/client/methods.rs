//! Includes the methods that `build.rs` makes of the schema, one for each operation. They and their errors
//! stay inside this crate, because the errors print whole bodies and call a timeout retryable.

#[allow(missing_docs, unreachable_pub, dead_code)]
mod generated {
    use crate::types;

    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

pub use generated::Client;
