//! Compares a record in Copper with one of the source, by what Copper would store. Pure functions: the
//! update that makes them agree, and the changes it means.

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
