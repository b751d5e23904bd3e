//! The SDK's tests, in one program. Each module names the guarantee that it tests; `support` has the code
//! that several need. `cargo test -p copper-crm --all-features --test sdk MODULE::` runs one module.

#[cfg(feature = "blocking")]
mod blocking;
mod build_script;
mod bulk;
mod cancelling;
#[cfg(feature = "rustls-ring")]
mod certificates;
mod checked;
mod circuit_breaker;
#[cfg(feature = "schemars")]
mod contract;
mod crash;
mod deadlines;
mod directory;
mod doubt;
mod errors;
mod faults;
mod fitting;
mod handle;
mod hostile;
mod inputs;
mod journal;
mod json;
mod layers;
mod lead_operations;
mod links;
mod observing;
mod operations;
mod package;
mod reconcile;
mod regenerating;
mod samples;
mod search;
mod secrets;
mod setters;
mod support;
mod sync;
mod upsert;
mod way_of_a_lead;
mod words;
