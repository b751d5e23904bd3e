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
//! # How it goes
//!
//! Records are taken from the input as fast as they can be sent, and no faster; put into requests of
//! the size that Copper allows; and sent when the [limiter](crate::limit) lets them. At most 16
//! requests of a run are unsettled at a time, so memory does not depend on the length of the input.
//! All runs of one [`Copper`](crate::Copper) and its clones share 16 places for the requests that they
//! have in flight, so a hundred of them take hardly more connections than one; but where answers take
//! longer than five seconds, or never come, they wait for each other. (Searches of
//! [reconciliation](Run::reconcile) need no place.) Requests go on while the caller is busy with an
//! outcome. Outcomes come in the order of the input.
//!
//! # What is sent again
//!
//! A request that Copper refused for its rate (429) or never saw (no connection) is sent again. One
//! that was too large, or refused as a whole (400, 413, 422), is sent again in parts, so that only
//! the invalid record is rejected; that a request which was refused as a whole created nothing is
//! what its status says, but nobody has verified it. Whatever leaves it in doubt whether the records
//! were created is never sent again: those come back as [`Outcome::Unknown`], unless [`Run::reconcile`] has
//! them looked up, and settles them by what is there. Updates and [upserts](crate::Copper::upsert_leads) may
//! be done twice, and are sent again a few times before that.
//!
//! # When it ends early
//!
//! A refusal that all later requests would get as well (such as a wrong token), a server that can't
//! prove who it is, an input that fails, or [`Run::stop`] end the sending. What is in flight is still
//! settled, and the rest of the input comes back as [`Outcome::NotSent`]. [`Run::stopped_by`] says why.
//! Dropping a run aborts what is in flight.
//!
//! When three requests in a row were lost, or answers stay away for longer than is usual, nothing more
//! is sent until Copper answers a harmless read. That is tried for five minutes; then the rest of the
//! input comes back as [`Outcome::NotSent`]. An outage in the middle of a run so costs some thirty
//! leads' certainty, and not the run.
//!
//! # The journal
//!
//! [`Run::journal`] makes a run one that can be started again. The file is text, one line per event,
//! and only ever appended to; each line is on the disk before what it announces is done. The first
//! line names the format, its version, the operation, and a salt. Then, of a run of leads:
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
//! | `records FIRST COUNT FINGERPRINT` | so many records were taken from the input, from this one on, counted from 0 |
//! | `sending FIRST COUNT TIME` | a request with these records is about to be sent, at this time in unix seconds |
//! | `answered FIRST COUNT …` | what became of each of them, in order: the id that Copper gave, `rejected` (with the invalid fields), or `unknown` |
//! | `refused FIRST COUNT` | that request surely had no effect; its records may be sent again |
//! | `keys FIRST COUNT WAY …` | what each of them is [recognised](Run::reconcile) by: a hash, or `-` for nothing. Before `sending` it says that they are sent with that mark; `sending` without it, that they are not |
//! | `found INDEX ID` | that record was in doubt, and is there |
//! | `absent FIRST COUNT` | those were in doubt, and are not there; they may be sent again |
//!
//! A request that was `sending` and has no answer is in doubt; an upsert is sent again by the next start. The fingerprint (SHA-256 of the salt, the
//! base URL and the records' JSON, cut to 128 bits, in hexadecimal) is how a later start knows that the
//! input is still the same, and goes to the same place; it sends nothing before it knows that of all that comes earlier in the input.
//! Nothing else of the records is in the file, but for the keys of leads that are to be looked up: 64 bits
//! of the same hash of what they are recognised by, such as the e-mail address. From a hash nothing can be
//! read; but whoever has the file and a guess can see whether it is right. A last line that is not whole is what an ended process
//! leaves, and is cut off by the next start.
//!
//! The page [guarantees](crate::guide::guarantees) says what exactly is guaranteed, and on which assumptions.

#[cfg(any(test, copper_crm_fuzzing))]
#[path = "../../tools/fuzz/checks/mod.rs"]
#[doc(hidden)]
#[allow(missing_docs, unreachable_pub)]
pub mod hostile;

#[doc(hidden)]
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
