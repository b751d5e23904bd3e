//! The input file as a header and rows of cells, in any format. The meaning of a column is not known here.

pub mod allotted;
pub mod archive;
pub mod container;
pub mod decoder;
pub mod delimited;
pub mod detection;
pub mod dialect;
pub mod encoding;
pub mod fault;
pub mod format;
pub mod formula;
pub mod json;
pub mod json_values;
pub mod ods;
pub mod options;
pub mod quotes;
pub mod row;
pub mod shared_texts;
pub mod snapshot;
pub mod source;
pub mod tally;
pub mod text;
pub mod unreadable;
pub mod workbook;
pub mod xls;
