//! Includes the methods that `build.rs` makes for operations without a handwritten one: none for the document of
//! this crate, one for each operation that a user adds to a copy of it.

#![allow(
    unused_imports,
    reason = "where there is no such operation, nothing is included"
)]

use crate::{Copper, types};

include!(concat!(env!("OUT_DIR"), "/calls.rs"));
