//! The calls that users make: one lead at a time, what belongs to leads, and the bulk endpoints.

mod bulk;
mod generated;
mod leads;
mod lists;
mod lookups;
mod request;
