//! Includes the methods that `build.rs` makes of the schema: one for each operation. Their errors print
//! whole bodies, and say yes to a retry after a timeout, so neither they nor their errors leave this crate.

#[allow(missing_docs, unreachable_pub, dead_code)]
mod generated {
    use crate::types;

    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

pub use generated::Client;
