//! The client: the handle on one Copper account, and one exchange over HTTP. Only this layer touches a
//! request.

mod base_url;
mod builder;
mod call;
mod clock;
mod copper;
mod credentials;
mod deadline;
mod environment;
mod exchange;
mod failure;
mod hooks;
mod methods;
mod observer;
mod refusal;
mod request;
mod shared;
#[cfg(feature = "rustls-ring")]
mod tls;

pub use builder::Builder;
pub(crate) use call::{answer, error, list, odd_list, record};
pub(crate) use clock::ClockOffset;
pub use copper::Copper;
pub(crate) use deadline::{Deadline, before};
pub(crate) use exchange::Ready;
pub use hooks::Hooks;
pub use methods::Client;
pub use observer::{Attempt, Outgoing};
pub(crate) use shared::MAX_IN_FLIGHT;

#[cfg(any(test, copper_crm_fuzzing))]
pub(crate) use refusal::Sent;
#[cfg(all(test, feature = "rustls-ring"))]
pub(crate) use tls::config as tls_config;
#[cfg(test)]
pub(crate) use {observer::Observers, shared::Shared};
