//! Compares a record in Copper with one of the source, in the form in which Copper would store it. Pure functions
//! return the update that makes them agree, and its changes.

mod address;
mod change;
mod custom;
mod extra;
mod fields;
mod list;
#[cfg(test)]
mod properties;
mod records;
mod text;

pub use change::FieldChange;
