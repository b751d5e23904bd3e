//! The records of the input: each row as Copper's API takes it, checked before anything is sent.

pub mod findings;
pub mod input;
pub mod keys;
pub mod record;
