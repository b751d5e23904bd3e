//! The port and its connections, below the HTTP library: both can be closed, reset or paused.

mod connection;
mod listener;

pub(crate) use connection::Connection;
pub(crate) use listener::{ConnectionOf, Incoming, Listener};
