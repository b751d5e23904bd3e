//! The schema document of `copper-crm`, and validation against it: the sandbox can't know other fields than
//! the client, and a user's own copy of the document changes both.

mod document;
mod problem;
mod validate;

pub(crate) use document::{Document, json_type};
pub(crate) use problem::{Problem, failure};
pub(crate) use validate::Usage;
