//! Failures of PostgreSQL, as text without secrets and control characters.

use std::{error::Error, fmt};

use tokio_postgres::error::SqlState;

/// The reason why a query failed.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Option<SqlState>,
    text: String,
}

impl Failure {
    /// No answer came. The query may have taken effect.
    pub(crate) fn cut(text: impl Into<String>) -> Self {
        let (code, text) = (None, text.into());
        Self { code, text }
    }

    pub(crate) fn is(&self, code: &SqlState) -> bool {
        self.code.as_ref() == Some(code)
    }

    /// True if the server refused the query. It had no effect, and the server would refuse it again.
    pub(crate) fn is_refusal(&self) -> bool {
        self.code
            .as_ref()
            .is_some_and(|code| !is_of_the_moment(code))
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self {
            code: error.code().cloned(),
            text: text(&error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// True if another attempt on a new connection may succeed: the server is stopping, is starting, has become a replica,
/// or is full, or somebody holds a lock for a moment.
fn is_of_the_moment(code: &SqlState) -> bool {
    let codes = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
        SqlState::IDLE_SESSION_TIMEOUT,
    ];
    codes.contains(code) || code.code().starts_with("08")
}

fn text(error: &tokio_postgres::Error) -> String {
    let text = match error.as_db_error() {
        // Details could quote values, so they are left out.
        Some(said) => format!(
            "{}: {} ({})",
            said.severity(),
            said.message(),
            said.code().code()
        ),
        None => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(error) = cause {
                text = format!("{text}: {error}");
                cause = error.source();
            }
            text
        }
    };
    let text = printable(&text);
    match text.ends_with("server does not support TLS") {
        true => format!("{text}; if the way to it is private, add sslmode=disable to the URL"),
        false => text,
    }
}

/// The text with its control characters escaped, because a terminal would obey them.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() {
            true => printable.extend(c.escape_default()),
            false => printable.push(c),
        }
    }
    printable
}

/// The error of an operation on the journals in a database.
#[derive(Debug)]
pub struct PostgresError {
    text: String,
    in_use: bool,
}

impl PostgresError {
    pub(crate) fn new(text: String) -> Self {
        let in_use = false;
        Self { text, in_use }
    }

    pub(crate) fn in_use(text: String) -> Self {
        let in_use = true;
        Self { text, in_use }
    }

    /// Returns true if a run has the journal open. Nothing was changed.
    pub fn is_in_use(&self) -> bool {
        self.in_use
    }
}

impl fmt::Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for PostgresError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_may_obey_is_escaped() {
        assert_eq!(printable("a\u{1b}[31mb\n"), "a\\u{1b}[31mb\\n");
    }
}
