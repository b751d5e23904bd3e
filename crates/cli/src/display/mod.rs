//! Text for people: what is shown on a terminal, in plain words and in a safe form.

pub mod command;
pub mod duration;
pub mod escape;
pub mod lines;
pub mod problems;
pub mod reasons;

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Writes a line to standard output, which contains only the result.
///
/// If the reader has closed it, the line is not wanted; `println!` would panic then.
pub fn print(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Writes a line to standard error, for the person at the terminal.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
