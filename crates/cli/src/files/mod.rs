//! The files that an import writes: rejects, unknown and report.

pub mod distinct;
pub mod earlier;
pub mod note;
pub mod outcomes;
pub mod output;
pub mod rejects;
pub mod report_file;
pub mod sheet;
