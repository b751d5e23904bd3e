#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod class;
pub mod gate;
mod limit;
mod limiter;
mod local;
pub mod peer;
mod permit;
mod remote;
pub mod store;

pub use class::Class;
pub use limit::Limit;
pub use limiter::Limiter;
pub use permit::{Permit, Sent};
pub use remote::Sharing;
