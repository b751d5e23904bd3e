#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod connection;
mod error;
mod fence;
mod journals;
mod server;
mod session;
mod store;
mod tls;
mod trouble;
mod url;

pub use error::PostgresError;
pub use journals::{JournalInfo, PostgresJournals, TABLE};
pub use store::PostgresJournal;
pub use url::UrlError;
