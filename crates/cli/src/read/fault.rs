//! The reason why a file can't be read any further, as it passes through the readers. Each reader is an `io::Read`, so
//! the reason is the inner error of an `io::Error`. The reader that counts lines adds the line.

use std::{error::Error, fmt, io};

#[derive(Debug)]
pub enum Fault {
    /// The file has changed since it was checked.
    Changed,
    /// A byte that is invalid in the encoding.
    Malformed {
        byte: u8,
        encoding: &'static str,
    },
    /// A control character in the place of a letter, by which a guessed or named encoding is known to be wrong.
    Control {
        byte: u8,
        encoding: &'static str,
    },
    /// A NUL character, which no text has.
    Nul,
    /// A row with more than this many bytes.
    TooLong(usize),
    Io(io::Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => f.write_str(
                "the file has changed since it was checked; nothing from here on was read",
            ),
            Self::Malformed { byte, encoding } => write!(
                f,
                "is no {encoding} at the byte 0x{byte:02X}; --encoding names another encoding, such as \
                windows-1252"
            ),
            Self::Control { byte, encoding } => write!(
                f,
                "has the byte 0x{byte:02X}, which is no letter in {encoding}; --encoding names another encoding, \
                such as macintosh; a file of DOS must be converted: iconv -f CP850 -t UTF-8 FILE > NEW"
            ),
            Self::Nul => {
                f.write_str("has a NUL byte; a text has none, so it is damaged, or something else")
            }
            Self::TooLong(most) => write!(
                f,
                "is longer than {} MiB; look for a quote that is opened and never closed",
                most >> 20
            ),
            Self::Io(error) => write!(f, "can't be read: {error}"),
        }
    }
}

impl Error for Fault {}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Io(error) => error,
            fault => Self::other(fault),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Io)
    }
}
