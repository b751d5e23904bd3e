//! What tells records from others, and the salt that keeps it from being looked up.

use std::{fmt, io};

use ring::rand::{SecureRandom, SystemRandom};

use super::{FIRST_VERSION, JournalError, NAME, VERSION};

/// 128 bits, in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(crate) [u8; 16]);

impl Fingerprint {
    pub(crate) fn random() -> io::Result<Self> {
        let mut bits = [0; 16];
        SystemRandom::new()
            .fill(&mut bits)
            .map_err(|_| io::Error::other("the system gives no random numbers"))?;
        Ok(Self(bits))
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        let digits =
            text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let bits = u128::from_str_radix(text, 16).ok().filter(|_| digits)?;
        Some(Self(bits.to_be_bytes()))
    }

    /// The salt at the end of a first line that starts like this.
    pub(super) fn of_header(header: &str, start: &str) -> Result<Self, JournalError> {
        if let Some(salt) = header.strip_prefix(start) {
            return Self::read(salt).ok_or(JournalError::Corrupt(1));
        }
        if header.starts_with(start.trim_end()) {
            return Err(JournalError::Corrupt(1));
        }
        let mut words = header
            .strip_prefix(NAME)
            .ok_or(JournalError::NotAJournal)?
            .split_whitespace();
        let (version, operation) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        match version.parse::<u32>() {
            Ok(FIRST_VERSION..=VERSION) if !is_name(operation) => Err(JournalError::Corrupt(1)),
            Ok(FIRST_VERSION..=VERSION) => Err(JournalError::Other(operation.to_owned())),
            Ok(newer) if newer > VERSION => Err(JournalError::Newer(newer.to_string())),
            _ => Err(JournalError::NotAJournal),
        }
    }
}

/// Whether this may be what an operation is called. Whatever else there is, is not told.
fn is_name(operation: &str) -> bool {
    (1..=64).contains(&operation.len())
        && operation
            .chars()
            .all(|c| c.is_ascii_lowercase() || c == '_')
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_first_line_of_this_operation_says_what_it_is() {
        let salt = "00112233445566778899aabbccddeeff";
        let read = |header: &str| {
            let start = format!("{NAME} {VERSION} bulk_create_leads ");
            Fingerprint::of_header(header, &start).map(|salt| salt.to_string())
        };
        let good = format!("{NAME} {VERSION} bulk_create_leads {salt}");
        assert_eq!(read(&good).ok().as_deref(), Some(salt));
        let long = format!("{NAME} {VERSION} {} {salt}", "a".repeat(65));
        for (header, words) in [
            (
                format!("{NAME} {VERSION} bulk_update_leads {salt}"),
                "it is a journal of bulk_update_leads",
            ),
            (format!("{NAME} 3 whatever"), "it is of version 3,"),
            (
                format!("{NAME} 0 bulk_create_leads {salt}"),
                "it is not a journal",
            ),
            (format!("{NAME} x"), "it is not a journal"),
            ("something else".to_owned(), "it is not a journal"),
            (format!("{NAME} {VERSION}"), "its line 1 is damaged"),
            (
                format!("{NAME} {VERSION} bulk_create_leads"),
                "its line 1 is damaged",
            ),
            (format!("{good}0"), "its line 1 is damaged"),
            (
                format!("{NAME} {VERSION} jim@example.com {salt}"),
                "its line 1 is damaged",
            ),
            (long, "its line 1 is damaged"),
        ] {
            let fault = read(&header).expect_err(&header);
            assert!(fault.to_string().starts_with(words), "{header}: {fault}");
        }
    }
}
