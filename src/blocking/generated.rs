//! Includes the blocking methods that `build.rs` makes for operations without a handwritten one, as `calls` has
//! the async ones.

#![allow(
    unused_imports,
    reason = "where there is no such operation, nothing is included"
)]

use super::{Copper, Run};
use crate::types;

include!(concat!(env!("OUT_DIR"), "/blocking_calls.rs"));
