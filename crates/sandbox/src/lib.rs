//! An in-process Copper, to test programs on.
//!
//! It listens on a port of this machine and behaves as Copper's documentation says, so that a program
//! meets in a test what it would meet live: the headers or 401, the rate limits or 429, the limit on
//! the size of bulk requests, a failure item for each bad record. It can also be told to misbehave.
//! It needs the feature `sandbox`, for tests usually as
//! `[dev-dependencies] copper-crm = { version = "…", features = ["sandbox"] }`.
//!
//! # Testing a program
//!
//! ```
//! use copper_crm::{NewLead, Outcome, sandbox::{Fault, Sandbox, When}};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Copper's limits, but a minute takes 0.6 seconds.
//! let sandbox = Sandbox::builder().scale(0.01).start().await?;
//! // The second bulk request is worked on, but its answer never arrives.
//! sandbox.inject(Fault::ResetAfter, When::nth(2).of("bulk_create_leads"));
//!
//! let copper = sandbox.copper().build()?;
//! let mut run = copper.bulk_create_leads((1..=25).map(|n| NewLead::named(format!("Lead {n}"))));
//! let mut in_doubt = 0;
//! while let Some(item) = run.next().await {
//!     in_doubt += usize::from(matches!(item.outcome, Outcome::Unknown(_)));
//! }
//!
//! // The program can't know about ten of the leads. The sandbox can: none is missing.
//! assert_eq!(in_doubt, 10);
//! assert_eq!(sandbox.leads().len(), 25);
//! assert_eq!(sandbox.leads()[0]["name"], "Lead 1");
//! assert_eq!(sandbox.arrivals().len(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! A program that takes its settings from the environment is pointed at a sandbox by
//! `COPPER_BASE_URL`, `COPPER_ACCESS_TOKEN` and `COPPER_USER_EMAIL`: see [`Sandbox::base_url`],
//! [`token`](Sandbox::token) and [`email`](Sandbox::email). It may be written in any language. The
//! sandbox also runs by itself: `cargo run --example sandbox -- --port 8080`.
//!
//! # What it checks
//!
//! - **Credentials.** The three headers, their names in any case, or `Authorization: Bearer` with the
//!   same token; else 401. Such requests use up no limit.
//! - **Rate limits,** as rolling windows, counted at the moment of arrival and with nothing forgiven;
//!   else 429. They and the limit on records are those of the schema this crate was built from.
//! - **Requests.** Unknown paths get 404, malformed JSON 400, too large bulk requests the documented
//!   422, single records that are not valid 422 with the messages that were recorded live; in bulk,
//!   each bad record the documented failure item at its own place. Which fields there are, and of which
//!   kind, is read from the schema as well.
//! - **Records.** It has all of the schema's operations, holds what they make, and gives it back in the
//!   documented form: names taken apart, statuses named, dates kept, no two people with one e-mail
//!   address. Searches may send numbers as texts, and unknown fields in them are refused.
//!
//! What has arrived whole is worked on to its end, also when the client has left meanwhile.
//!
#![doc = include_str!("guesses.md")]

mod account;
mod answer;
mod arrival;
mod auth;
mod builder;
mod bulk;
mod chance;
mod check;
mod copper;
mod core;
mod deliver;
mod document;
mod fault;
mod gate;
mod kinds;
mod line;
mod name;
mod network;
mod operations;
mod page;
mod problem;
mod record;
mod route;
mod search;
mod server;
mod spoil;
mod throttle;
mod when;

pub use arrival::{Arrival, Summary};
pub use builder::Builder;
pub use fault::{Fault, Odd};
pub use network::{Delay, Network};
pub use when::When;

use std::{fmt, io, sync::Arc};

use serde_json::Value;

use self::{
    core::{Core, lock},
    kinds::lead::LEAD,
};
use copper_crm::limit::Limit;

/// A running sandbox. Dropping it stops everything it started.
pub struct Sandbox {
    core: Arc<Core>,
    base_url: String,
    limits: Vec<Limit>,
}

impl Sandbox {
    /// Starts a sandbox with Copper's real limits, on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// The settings of a sandbox that is yet to be started.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The base URL of its API, such as `http://127.0.0.1:8080/developer_api/v1`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The access token that it wants to see.
    pub fn token(&self) -> &str {
        &self.core.credentials.token
    }

    /// The user e-mail that it wants to see.
    pub fn email(&self) -> &str {
        &self.core.credentials.email
    }

    /// Its rate limits, scaled.
    pub fn limits(&self) -> Vec<Limit> {
        self.limits.clone()
    }

    /// The leads that it holds, in the order of their creation, in the form of Copper's answers.
    pub fn leads(&self) -> Vec<Value> {
        self.records(LEAD.name)
    }

    /// The records of a kind that it holds, as [`leads`](Self::leads): `leads`, `people`, `companies`,
    /// `opportunities`, `activities`, and, as a kind of its own, `converted_leads`. There are none of
    /// any other kind.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use copper_crm::{NewLead, sandbox::Sandbox, types::ConvertDetails};
    ///
    /// let sandbox = Sandbox::start().await?;
    /// let copper = sandbox.copper().build()?;
    /// let lead = copper.create_lead(&NewLead::named("Ada Lovelace")).await?;
    /// copper.convert_lead(lead.id, ConvertDetails::default()).await?;
    /// assert!(sandbox.leads().is_empty());
    /// assert_eq!(sandbox.records("people")[0]["name"], "Ada Lovelace");
    /// # Ok(())
    /// # }
    /// ```
    pub fn records(&self, kind: &str) -> Vec<Value> {
        let account = lock(&self.core.account);
        let records = kinds::kind(kind).map(|kind| account.all(kind).cloned());
        records.into_iter().flatten().map(Value::Object).collect()
    }

    /// Puts in a record past all checks, and gives its id. Its fields are taken as they are, also those
    /// that no request can write; those that are absent are as in a new record.
    ///
    /// # Errors
    /// When there is no such kind, see [`records`](Self::records), or the record is no object.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use copper_crm_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::start().await?;
    /// let lead = serde_json::json!({ "name": "Ada Lovelace", "interaction_count": 7, "date_created": 1_500_000_000 });
    /// let id = sandbox.put("leads", &lead)?;
    /// assert_eq!(sandbox.copper().build()?.get_lead(id).await?.interaction_count, Some(7));
    /// # Ok(())
    /// # }
    /// ```
    pub fn put(&self, kind: &str, record: &Value) -> io::Result<i64> {
        let refused = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, why);
        let kind = kinds::kind(kind).ok_or_else(|| refused("there is no such kind of records"))?;
        let fields = record
            .as_object()
            .ok_or_else(|| refused("a record is an object"))?;
        let mut account = lock(&self.core.account);
        let held = record::hold(kind, fields, &self.core.document, &mut account);
        // It is no operation's doing, so none can undo it.
        account.begin();
        Ok(held.get("id").and_then(Value::as_i64).unwrap_or_default())
    }

    /// All requests that have arrived whole, in the order of their arrival.
    pub fn arrivals(&self) -> Vec<Arrival> {
        lock(&self.core.arrivals).clone()
    }

    /// How things stand, in numbers. `GET /sandbox` at its host, outside the API, gives the same in
    /// JSON.
    pub fn summary(&self) -> Summary {
        self.core.summary()
    }

    /// Lets something go wrong with the requests that `when` chooses. Where several faults would strike
    /// one request, the one injected first does.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// use copper_crm_sandbox::{Fault, Sandbox, When};
    ///
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.inject(Fault::ErrorAfter(502), When::nth(3).of("bulk_create_leads"));
    /// sandbox.inject(Fault::TooManyRequests { retry_after: None }, When::randomly(0.05));
    /// # Ok(())
    /// # }
    /// ```
    pub fn inject(&self, fault: Fault, when: When) {
        lock(&self.core.faults).add(fault, when);
    }

    /// Takes back all faults that were injected. What has already struck goes on.
    pub fn clear_faults(&self) {
        lock(&self.core.faults).clear();
    }

    /// Refuses connections until [`resume`](Self::resume), and closes those there are: idle ones before
    /// this returns, others after the answer that is under way.
    pub async fn pause(&self) {
        self.core.gate.shut();
        self.core.gate.settle().await;
    }

    /// Takes connections again, on the same port.
    ///
    /// # Errors
    /// When another program has taken the port meanwhile.
    pub fn resume(&self) -> io::Result<()> {
        self.core.gate.reopen(None)
    }

    /// Closes the next `count` connections right after they are accepted, and those there are as
    /// [`pause`](Self::pause) does.
    pub async fn close_on_accept(&self, count: usize) {
        self.core.gate.slam(count);
        self.core.gate.settle().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.core.stopped.send_replace(true);
        self.core.gate.end();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("base_url", &self.base_url)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
