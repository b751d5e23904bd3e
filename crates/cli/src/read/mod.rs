//! The input file as rows of cells, whatever its format. What a column means is not known here.

pub mod csv;
pub mod dialect;
pub mod formula;
pub mod json;
pub mod line_counter;
pub mod row;
pub mod source;
pub mod text;
