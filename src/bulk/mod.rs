//! Many records at full allowed speed, with one true outcome for each.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = copper_crm::sandbox::Sandbox::start().await?;
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
//! requests are unsettled at a time, so memory does not depend on the length of the input. Requests
//! go on while the caller is busy with an outcome. Outcomes come in the order of the input.
//!
//! # What is sent again
//!
//! A request that Copper refused for its rate (429) or never saw (no connection) is sent again. One
//! that was too large, or refused as a whole (400, 413, 422), is sent again in parts, so that only
//! the record at fault is rejected; that a request which was refused as a whole created nothing is
//! what its status says, but nobody has verified it. Whatever leaves it in doubt whether the records
//! were created is never sent again: those come back as [`Outcome::Unknown`].
//!
//! # When it ends early
//!
//! A refusal that all later requests would get as well (such as a wrong token), a server that can't
//! prove who it is, an input that fails, or [`Run::stop`] end the sending. What is under way is still
//! settled, and the rest of the input comes back as [`Outcome::NotSent`]. [`Run::stopped_by`] says why.
//! Dropping a run aborts what is under way.
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
//! copper-crm journal 1 bulk_create_leads 6a7d…
//! records 0 10 5f3c…
//! sending 0 10
//! answered 0 10 41 42 rejected:name 43 44 unknown 45 46 47 48
//! records 10 10 97b1…
//! sending 10 10
//! refused 10 10
//! sending 10 5
//! ```
//!
//! | line | says |
//! |---|---|
//! | `records FIRST COUNT FINGERPRINT` | so many records were taken from the input, from this one on, counted from 0 |
//! | `sending FIRST COUNT` | a request with these records is about to be sent |
//! | `answered FIRST COUNT …` | what became of each of them, in order: the id that Copper gave, `rejected` (with the fields at fault), or `unknown` |
//! | `refused FIRST COUNT` | that request surely had no effect; its records may be sent again |
//!
//! A request that was `sending` and has no answer is in doubt. The fingerprint (SHA-256 of the salt, the
//! base URL and the records' JSON, cut to 128 bits, in hexadecimal) is how a later start knows that the
//! input is still the same, and goes to the same place; it sends nothing before it knows that of all that comes earlier in the input.
//! Nothing else of the records is in the file. A last line that is not whole is what an ended process
//! leaves, and is cut off by the next start.
//!
//! What is guaranteed, and on which assumptions, is on a [page](crate::guarantees) of its own.

mod bookkeeping;
mod chunk;
mod endpoint;
mod endpoints;
mod halt;
mod item;
mod items;
mod journal;
mod on_its_way;
mod outage;
mod outcome;
mod run;
mod settle;
mod source;
mod summary;
mod update;

pub(crate) use endpoint::Answer;
pub use endpoint::{Endpoint, Extra, Record};
pub use halt::{StopHandle, StoppedBy};
pub use item::{Item, Raw};
pub(crate) use item::{no_failure, read_parts, read_record};
#[doc(hidden)]
pub use items::Items;
pub(crate) use items::items;
pub(crate) use journal::Fault;
pub use outcome::{NotSent, Outcome, Rejection, Settled, Unknown};
pub use run::Run;
pub use source::{FromStream, FromTryStream, Source, from_stream, from_try_stream};
pub use summary::Summary;
pub use update::Update;
