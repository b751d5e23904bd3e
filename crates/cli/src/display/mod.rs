//! Text for people: what is shown on a terminal, in plain words and in a safe form.

pub mod command;
pub mod duration;
pub mod escape;
pub mod lines;
pub mod problems;
pub mod reasons;

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
    sync::OnceLock,
};

/// The first error of standard output. The program has only one, and each line of it may be the result.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Writes a line to standard output, which contains only the result. Use [`lost`] at the end to find out if that failed.
///
/// If the reader has closed it, the line is not wanted; `println!` would panic then.
pub fn print(line: impl Display) {
    is_written(writeln!(io::stdout(), "{line}"));
}

/// Keeps the error of writing to standard output, and returns false if there is one. A closed pipe is none: its reader
/// wants no more.
pub fn is_written<T>(written: io::Result<T>) -> bool {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let _ = LOST.set(error);
            false
        }
        _ => true,
    }
}

/// Returns the error if a line of standard output is lost, such as on a full disk.
pub fn lost() -> Option<&'static io::Error> {
    LOST.get()
}

/// Writes a line to standard error, for the person at the terminal.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
