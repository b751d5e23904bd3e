//! Faults: what can go wrong, with which requests, and how it changes a response.

mod corrupt;
mod fault;
mod when;

pub(crate) use corrupt::{corrupt, replacement};
pub use fault::{Fault, Odd};
pub use when::When;
pub(crate) use when::{Injections, contains};
