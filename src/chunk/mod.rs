//! A chunk: records that are taken from the input together, usually for one request. `queue` is their plain
//! state; `send` brings them to their outcomes.

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

#[cfg(any(test, copper_crm_fuzzing))]
pub(crate) use queue::outcome;
