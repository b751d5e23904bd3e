//! The first line of a journal: its format, the format's version, the operation, and the salt of its hashes.

use super::{Fingerprint, JournalError};

const NAME: &str = "copper-crm journal";
const VERSION: u32 = 2;

/// The first line of a journal of this operation, without its line end.
pub(super) fn header(operation: &str, salt: Fingerprint) -> String {
    format!("{NAME} {VERSION} {operation} {salt}")
}

/// True if this may be the first line of a process that ended while it wrote it.
pub(super) fn may_begin_with(text: &str) -> bool {
    NAME.starts_with(text) || text.starts_with(NAME)
}

/// Reads the salt in the first line of a journal of this operation.
pub(super) fn salt(header: &str, operation: &str) -> Result<Fingerprint, JournalError> {
    let start = format!("{NAME} {VERSION} {operation} ");
    if let Some(salt) = header.strip_prefix(&start) {
        return Fingerprint::read(salt).ok_or(JournalError::Corrupt(1));
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
        Ok(VERSION) if !is_name(operation) => Err(JournalError::Corrupt(1)),
        Ok(VERSION) => Err(JournalError::Other(operation.to_owned())),
        Ok(newer) if newer > VERSION => Err(JournalError::Newer(newer.to_string())),
        _ => Err(JournalError::NotAJournal),
    }
}

/// True if this may be the name of an operation. Any other text is not shown.
fn is_name(operation: &str) -> bool {
    (1..=64).contains(&operation.len())
        && operation
            .chars()
            .all(|c| c.is_ascii_lowercase() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_first_line_of_this_operation_says_what_it_is() {
        let salt = "00112233445566778899aabbccddeeff";
        let read =
            |header: &str| super::salt(header, "bulk_create_leads").map(|salt| salt.to_string());
        let good = format!("{NAME} {VERSION} bulk_create_leads {salt}");
        assert_eq!(read(&good).ok().as_deref(), Some(salt));
        let read_back = Fingerprint::read(salt).map(|salt| header("bulk_create_leads", salt));
        assert_eq!(read_back, Some(good.clone()));
        let long = format!("{NAME} {VERSION} {} {salt}", "a".repeat(65));
        for (header, words) in [
            (
                format!("{NAME} {VERSION} bulk_update_leads {salt}"),
                "it is a journal of bulk_update_leads",
            ),
            (format!("{NAME} 3 whatever"), "it has format version 3,"),
            (
                format!("{NAME} 1 bulk_create_leads {salt}"),
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
            let error = read(&header).expect_err(&header);
            assert!(error.to_string().starts_with(words), "{header}: {error}");
        }
    }

    #[test]
    fn a_part_of_the_first_line_may_be_the_beginning_of_a_journal_and_other_text_is_not() {
        for part in ["", "copper-crm j", NAME, &format!("{NAME} {VERSION} bulk_")] {
            assert!(may_begin_with(part), "{part}");
        }
        for other in ["name,email", "copper-crm notes"] {
            assert!(!may_begin_with(other), "{other}");
        }
    }
}
