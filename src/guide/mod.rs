//! Guide pages: what is guaranteed, whole programs, what can be observed, and what to do when Copper changes.
//!
//! | page | what it has |
//! |---|---|
//! | [guarantees] | what exactly is guaranteed, under which assumptions, and what to do with `Unknown` |
//! | [cookbook] | whole programs: a CSV import, doubts and rejects, a sync with a database, many tasks, metrics, tests |
//! | [in_step] | syncs of leads, people and companies, exports, and names for ids |
//! | [programs] | a nightly job over SQLite and over PostgreSQL, a nightly sync, a web service, a program without async, tests in virtual time |
//! | [observing] | progress, and the tables of all spans, events and their fields |
//! | [where_data_lies] | which files hold personal data, who can read them, and how to delete them |
//! | [shared_limits] | several processes with one API key, and what happens when Redis fails |
//! | [workers] | a run that outlives its machine: journals in PostgreSQL, and workers on one queue |
//! | [regenerating] | what to do when Copper changes |

#[doc = include_str!("guarantees.md")]
pub mod guarantees {}

#[doc = include_str!("cookbook.md")]
pub mod cookbook {}

#[doc = include_str!("in_step.md")]
pub mod in_step {}

#[doc = include_str!("programs/intro.md")]
#[doc = "```rust,ignore"]
#[doc = include_str!("programs/nightly.rs")]
#[doc = "```"]
#[doc = include_str!("programs/nightly_postgres.md")]
#[doc = "```rust,ignore"]
#[doc = include_str!("programs/nightly_postgres.rs")]
#[doc = "```"]
#[doc = include_str!("programs/nightly_sync.md")]
#[doc = "```rust,ignore"]
#[doc = include_str!("programs/nightly_sync.rs")]
#[doc = "```"]
#[doc = include_str!("programs/web_service.md")]
#[doc = "```rust,ignore"]
#[doc = include_str!("programs/web_service.rs")]
#[doc = "```"]
#[doc = include_str!("programs/importer.md")]
#[doc = "```rust,ignore"]
#[doc = include_str!("programs/importer.rs")]
#[doc = "```"]
#[doc = include_str!("programs/virtual_time.md")]
pub mod programs {}

#[doc = include_str!("observing.md")]
pub mod observing {}

#[doc = include_str!("where_data_lies.md")]
pub mod where_data_lies {}

#[doc = include_str!("regenerating.md")]
pub mod regenerating {}

#[doc = include_str!("shared_limits.md")]
pub mod shared_limits {}

#[doc = include_str!("workers.md")]
#[doc = "```rust,ignore"]
#[doc = include_str!("programs/worker.rs")]
#[doc = "```"]
#[doc = include_str!("workers_end.md")]
pub mod workers {}
