//! The columns of the input: the field that each one fills, and how they turn a row into a record.

pub mod amount;
pub mod column;
pub mod convert;
pub mod date;
pub mod header;
pub mod key_column;
pub mod mapping;
pub mod mapping_file;
pub mod profile;
pub mod settings;
pub mod spelling;
pub mod suspect;
pub mod synonyms;
