//! Many records at full allowed speed, with one true outcome for each.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
//! # let copper = sandbox.copper().build()?;
//! use copper_crm::{NewLead, Outcome};
//!
//! let mut run = copper.bulk_create_leads((1..=25).map(|n| NewLead::named(format!("Lead {n}"))));
//! while let Some(item) = run.next().await {
//!     match item.outcome {
//!         Outcome::Done(lead) => println!("#{} is {}", item.index, lead.id),
//!         Outcome::Rejected(why) => eprintln!("correct {}: {why}", item.input.name),
//!         Outcome::NotSent(why) => eprintln!("send again #{}: {why}", item.index),
//!         Outcome::Unknown(why) => eprintln!("look up #{}: {why}", item.index),
//!     }
//! }
//! assert_eq!(run.summary().to_string(), "25 leads: 25 done, 0 rejected, 0 not sent, 0 unknown");
//! # Ok(())
//! # }
//! ```
//!
//! # How it works
//!
//! A run takes records from the input as fast as it can send them, and no faster. It puts them into requests
//! of the size that Copper allows, and sends each request when the [limiter](crate::limit) permits it.
//! A record never waits for later ones: an endless run over a channel sends a single record at
//! once, and a burst in requests of ten.
//! Requests go on while the caller is busy with an outcome. Outcomes come in the order of the input.
//!
//! At most 16 requests of a run have no outcome yet, so memory does not depend on the length of the input.
//! All runs of one [`Copper`](crate::Copper) and its clones together have at most 16 requests in flight: a
//! hundred runs need hardly more connections than one. Where answers take longer than five seconds, or never
//! come, runs wait for each other. (The searches of [reconciliation](Run::reconcile) are not counted.)
//!
//! # What is sent again
//!
//! - A request that Copper refused for its rate (429), or that never reached Copper (no connection), is sent
//!   again.
//! - A request that was too large, or was refused as a whole (400, 413, 422), is sent again in parts, so that
//!   only the invalid record is rejected. This relies on the meaning of these statuses: nobody has verified
//!   that such a request created nothing.
//! - A create that may have taken effect is never sent again. Its records come back as [`Outcome::Unknown`],
//!   unless [`Run::reconcile`] looks them up and settles them by what it finds.
//! - Updates and [upserts](crate::Copper::upsert_leads) are idempotent, so they are sent again a few times
//!   first.
//!
//! # When it ends early
//!
//! Four things end the sending: a refusal that all later requests would get as well (such as a wrong token),
//! a server whose certificate is not trusted, an input that fails, and [`Run::stop`]. Requests in flight are
//! still settled, and the rest of the input comes back as [`Outcome::NotSent`]. [`Run::stopped_by`] says why.
//! Dropping a run aborts the requests in flight.
//!
//! A circuit breaker trips when three requests in a row were lost, or when answers take much longer than
//! usual. Then nothing is sent until Copper answers a harmless read. The run tries this for five minutes;
//! then the rest of the input comes back as [`Outcome::NotSent`]. So an outage in the middle of a run leaves
//! some thirty leads in doubt, and does not end the run.
//!
//! # The journal
//!
//! With [`Run::journal`], a run that ended early can be started again. The journal is a write-ahead log: a
//! text file with one line per event, which is only appended to. Each line is on the disk before the event
//! that it announces. The first line names the format, its version, the operation, and a salt. The lines of a
//! run of leads:
//!
//! ```text
//! copper-crm journal 2 bulk_create_leads 6a7d…
//! records 0 10 5f3c…
//! sending 0 10 1764000000
//! answered 0 10 41 42 rejected:name 43 44 unknown 45 46 unknown 48
//! found 5 49
//! absent 8 1
//! sending 8 1 1764000600
//! records 10 10 97b1…
//! sending 10 10 1764000001
//! refused 10 10
//! sending 10 5 1764000002
//! ```
//!
//! | line | says |
//! |---|---|
//! | `records FIRST COUNT FINGERPRINT` | these records were taken from the input: the index of the first, from 0, and their number |
//! | `sending FIRST COUNT TIME` | a request with these records is about to be sent, at this time in Unix seconds |
//! | `answered FIRST COUNT …` | the outcome of each of them, in order: the id that Copper gave, `rejected` (with the invalid fields), or `unknown` |
//! | `refused FIRST COUNT` | that request certainly had no effect; its records may be sent again |
//! | `keys FIRST COUNT KIND …` | the match key by which each record can be [looked up](Run::reconcile): a hash, or `-` for none. Before `sending`, it says that the records are sent with that mark; `sending` without it says that they are not |
//! | `found INDEX ID` | that record was in doubt, and is in Copper |
//! | `absent FIRST COUNT` | those records were in doubt, and are not in Copper; they may be sent again |
//!
//! A request with a `sending` line and no answer is in doubt. An upsert is sent again by the next start.
//!
//! The fingerprint tells a later start whether the input is still the same and goes to the same place.
//! Nothing is sent until every earlier record in the journal is verified by it. It is SHA-256 of the salt,
//! the base URL and the records' JSON, cut to 128 bits, in hexadecimal.
//!
//! The file holds nothing else of the records, except for the match keys of leads that can be looked up. Such
//! a key is 64 bits of the same hash, of an e-mail address for example. Nothing can be read from a hash, but
//! whoever has the file can test a guess. If a process ends while it writes, it leaves an incomplete last
//! line; the next start cuts it off.
//!
//! The page [guarantees](crate::guide::guarantees) lists what is guaranteed, and under which assumptions.

#[cfg(any(test, copper_crm_fuzzing))]
#[path = "../../tools/fuzz/checks/mod.rs"]
#[doc(hidden)]
#[allow(missing_docs, unreachable_pub)]
pub mod hostile;

/// For the benchmark of decoders in `tools/compare`.
#[cfg(copper_crm_compare)]
pub use crate::item::Items;
pub use crate::{
    endpoint::Endpoint,
    item::{Extra, Raw, Record},
    journal::{JournalLocation, JournalStore, StoreError},
    outcome::{NotSent, Outcome, Rejection, Settled, StopHandle, StoppedBy, Summary, Unknown},
    progress::{Progress, Snapshot},
    reconcile::{AbsentAfter, Reconcile},
    run::{
        FromResults, FromStream, FromTryStream, Keyed, Run, Source, from_results, from_stream,
        from_try_stream, keyed,
    },
    upsert::{MatchBy, UpsertLeads},
    value::Update,
};
