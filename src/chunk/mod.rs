//! Brings the records of a chunk to their outcomes, in one request if all goes well.

mod context;
mod keyed_lock;
mod queue;
mod recovery;
mod send;

pub(crate) use context::Context;
pub(crate) use queue::{Chunk, Outcomes, Piece, Validate};
