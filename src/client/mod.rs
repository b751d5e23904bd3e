//! The handle on one Copper account, and all that a request passes on its way out and back. Only this
//! layer touches a request.

mod base_url;
mod builder;
mod call;
mod copper;
mod credentials;
mod exchange;
mod hooks;
#[cfg(feature = "rustls-ring")]
mod tls;

pub use builder::Builder;
pub(crate) use call::{answer, record};
pub use copper::Copper;
pub(crate) use exchange::{REQUEST_ID, asked_to_wait, failure};
#[cfg(test)]
pub(crate) use hooks::Shared;
pub(crate) use hooks::{Hooks, MAX_IN_FLIGHT, count};
#[cfg(all(test, feature = "rustls-ring"))]
pub(crate) use tls::config as tls_config;
