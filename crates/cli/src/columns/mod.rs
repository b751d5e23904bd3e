//! The columns of the input: which field each one fills.

pub mod column;
pub mod header;
pub mod mapping;
