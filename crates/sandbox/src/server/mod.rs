//! The server: the way of a request from its connection to its operation and back.

mod arrival;
mod credentials;
mod host;
mod respond;
mod route;
mod serve;
mod state;
mod throttle;

pub use arrival::{Arrival, Summary};
pub(crate) use credentials::Credentials;
pub(crate) use host::Hosts;
pub(crate) use serve::{serve, until_stopped};
pub(crate) use state::{ServerState, lock};
pub(crate) use throttle::Throttle;
