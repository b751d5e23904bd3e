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

/// Writes a line to standard output, which holds the result and nothing else.
///
/// A reader that has closed it does not want the line; `println!` would panic then.
pub fn print(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Writes a line to standard error, for the person at the terminal.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
