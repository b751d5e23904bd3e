#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod notifications;
pub mod script;
mod store;

pub use store::{RedisStore, UrlError};
