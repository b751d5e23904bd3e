//! The calls that users make: one lead at a time, what belongs to leads, and searches.

mod bulk;
mod leads;
mod lists;
mod lookups;
mod search;

pub use search::{Found, Page};
