//! Retries: whether a request is sent again, and after which pause. Pure functions of plain values. The code
//! that acts on them is in [`client`](crate::client) and [`chunk`](crate::chunk).

mod backoff;
mod decision;
mod event;
mod state;

pub(crate) use backoff::{jitter, pause, retry_after};
pub(crate) use decision::{Decision, decide};
pub(crate) use event::Event;
pub(crate) use state::RetryState;
