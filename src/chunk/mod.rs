//! A chunk: the records of one request, if all goes well, from the input to their outcomes. `queue` is their
//! state, `send` the way that they go.

mod context;
mod given_ids;
mod keyed_lock;
mod queue;
mod recovery;
mod retry;
mod send;

pub(crate) use context::Context;
pub(crate) use queue::Outcomes;
pub(crate) use send::{Check, Chunk, send};
