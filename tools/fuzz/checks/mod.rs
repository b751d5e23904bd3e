//! Properties that hold whatever a server answers and whatever is in a file: one function for each thing that
//! is read, which takes any bytes at all. The fuzz targets call them with bytes that they make up, and
//! `cargo test` with those of the corpus.

mod bulk_answer;
#[cfg(test)]
mod corpus;
mod error_body;
mod journal;
#[cfg(test)]
mod replay;
mod single_answer;
mod wire;

pub use bulk_answer::bulk_answer;
pub use error_body::error_body;
pub use journal::journal;
pub use single_answer::single_answer;
