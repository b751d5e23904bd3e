//! An in-process Copper to test programs on.
//!
//! It listens on a port of this machine and behaves as Copper's documentation says. So a test meets what
//! the program would meet live: 401 for wrong credentials, 429 above the rate limits, 422 for a bulk
//! request that is too large, and a failure item for each invalid record. It can also misbehave on
//! demand: lost responses, broken connections, odd items.
//!
//! Add it to a test with `cargo add --dev copper-crm-sandbox`.
//!
//! # Testing a program
//!
//! ```
//! use copper_crm::{NewLead, Outcome};
//! use copper_crm_sandbox::{Fault, Sandbox, When};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Copper's limits, but a minute takes 0.6 seconds.
//! let sandbox = Sandbox::builder().scale(0.01).start().await?;
//! // The second bulk request is processed, but its response never arrives.
//! sandbox.inject(Fault::ResetAfter, When::nth(2).of("bulk_create_leads"));
//!
//! let copper = sandbox.copper().build()?;
//! let leads = (1..=25).map(|n| NewLead::named(format!("Lead {n}")));
//! let mut run = copper.bulk_create_leads(leads);
//! let mut in_doubt = 0;
//! while let Some(item) = run.next().await {
//!     in_doubt += usize::from(matches!(item.outcome, Outcome::Unknown(_)));
//! }
//!
//! // The program can't know about ten of the leads. The sandbox can: all exist.
//! assert_eq!(in_doubt, 10);
//! assert_eq!(sandbox.leads().len(), 25);
//! assert_eq!(sandbox.leads()[0]["name"], "Lead 1");
//! assert_eq!(sandbox.arrivals().len(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! A program in any language that takes its settings from the environment is pointed at a sandbox by
//! `COPPER_BASE_URL`, `COPPER_ACCESS_TOKEN` and `COPPER_USER_EMAIL`; see [`Sandbox::base_url`],
//! [`token`](Sandbox::token) and [`email`](Sandbox::email). The program `copper` of the package
//! `copper-crm-cli` serves a sandbox by itself: `copper sandbox --port 8080`, with `--host 0.0.0.0` for
//! programs in containers.
//!
//! # What it is
//!
//! A second implementation of Copper's rules. It shares the schema with the client, but no logic.
//!
//! - **Credentials.** A request needs the three headers, their names in any case, or
//!   `Authorization: Bearer` with the same token. Otherwise it gets 401 and uses up no limit.
//! - **Rate limits.** Rolling windows, counted at the moment of arrival, without any tolerance. A request
//!   above them gets 429. The limits are those of the schema that `copper-crm` was built from.
//! - **Requests.** Unknown paths get 404, malformed JSON gets 400, and a bulk request that is too large
//!   gets the documented 422. A single invalid record gets a 422 with the messages that were recorded
//!   live; in a bulk request, each invalid record gets the documented failure item at its own place. The
//!   fields and their types come from the schema as well.
//! - **Records.** It has all operations of the schema, stores what they create, and returns it in the
//!   documented form: names split into parts, statuses named, dates set, e-mail addresses unique among
//!   people. Searches accept numbers as strings and refuse unknown fields.
//!
//! A request that has arrived whole is processed to its end, even when the client has left.
//!
//! # What it is not
//!
//! - **Not a recording of Copper.** Where nobody outside knows what Copper does, it guesses; the list
//!   below names every guess.
//! - **Not durable.** It holds everything in memory, and all of it is gone when it is dropped.
//! - **Not fit for real data.** Connections are not encrypted, and it keeps every request, headers and
//!   body included, until it is dropped. It protects itself from other users of the machine and from web
//!   pages in the user's browser: it listens on a loopback address, has a random token, checks the `Host`
//!   header, and reads no large body without valid credentials. `GET /sandbox` needs no credentials, and
//!   shows only numbers. It does not withstand an attacker who has the token.
//! - **Not a measure of Copper's speed.** It answers at once, unless a simulated [`Network`] delays it.
//!
#![doc = include_str!("guesses.md")]

// The layers, from top to bottom; each uses only those below it.
mod builder;
mod client;
mod sandbox;

mod server;

mod operations;

mod faults;
mod search;

mod entities;

mod account;
mod transport;

mod network;
mod page;
mod response;

mod random;
mod schema;

pub use builder::Builder;
pub use faults::{Fault, Odd, When};
pub use network::{Delay, Network};
pub use sandbox::Sandbox;
pub use server::{Arrival, Summary};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
