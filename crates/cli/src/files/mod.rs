//! The files that an import writes: rejects, unknown and report.

pub mod earlier;
pub mod note;
pub mod rejects;
pub mod report_file;
pub mod sheet;
