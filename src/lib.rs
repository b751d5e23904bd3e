#![doc = include_str!("guide/front_page.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

// The generated code names handwritten types by the path that users would write.
extern crate self as copper_crm;

// The documentation shows the methods of `Copper` in the order of the first modules: constructors, bulk, single calls.
mod client;

mod calls;
mod upsert;

pub mod sync;

mod search;

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod bulk;
mod chunk;
mod circuit_breaker;
pub mod directory;
mod endpoint;
mod error;
mod escape;
mod generated;
pub mod guide;
mod item;
mod journal;
pub mod limit;
#[cfg(test)]
#[path = "../tests/model/mod.rs"]
mod model;
mod operation;
mod outcome;
mod progress;
mod reconcile;
mod redactor;
mod retry;
mod run;
pub mod schema;
mod telemetry;
mod validate;
mod value;

/// The request and response types of the API, generated from `schema/copper.json`.
///
/// In a response, only the record's `id` is always there. Every other field is an `Option`, no set of values is
/// closed, and fields that the schema does not name are kept in `extra`.
///
/// A request type has a constructor with its required fields, and one setter for each other field, with the field's
/// name. A list has a second setter, in the singular, that adds one value. Each setter has a twin, `maybe_…`, that takes
/// an `Option`, such as a nullable column of a database. Setters convert: a text to an e-mail address, a phone number or
/// a web site, a pair to one with its category, a number to an id, an id and a value to a custom field.
///
/// ```
/// use copper_crm::{CustomValue, NewLead, Patch, types::{Address, Email, Lead, LeadUpdate, PhoneCategory}};
///
/// let lead = NewLead::named("Jim Halpert")
///     .email("jim@example.com")
///     .phone_number(("570-555-0110", "work"))
///     .maybe_title(None::<String>)
///     .address(Address::default().city("Scranton").state("PA"))
///     .tags(["paper", "sales"])
///     .custom_field((100_764, "seven"));
/// assert_eq!(lead.email, Some(Email::new("jim@example.com")));
///
/// let update = LeadUpdate::default().email("jim@example.org").tags(["sales"]).details(Patch::Clear);
/// assert!(update.title.is_keep());
///
/// // A category and a field that this crate has never heard of are kept as they came.
/// let answer = r#"{"id": 7, "mood": "good", "phone_numbers": [{"number": "5", "category": "car"}],
///     "custom_fields": [{"custom_field_definition_id": 100764, "value": "seven"}]}"#;
/// let lead: Lead = serde_json::from_str(answer)?;
/// assert_eq!(lead.extra["mood"], "good");
/// assert_eq!(lead.custom_field(100_764), Some(&CustomValue::from("seven")));
/// let phone = lead.phone_numbers.unwrap_or_default().remove(0);
/// assert_eq!(phone.category, Some(PhoneCategory::from("car")));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub mod types {
    pub use crate::generated::types::*;
    pub use crate::{item::BulkFailure, value::Timestamp};
}

pub use bulk::Outcome;
pub use client::{Attempt, Builder, Copper, Outgoing};
pub use error::{Advice, Error, ErrorKind};
pub use search::{Found, Page};
pub use types::NewLead;
pub use validate::{Check, Invalid};
pub use value::{CustomValue, OutOfRange, Patch};

/// The programs in the README are compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
