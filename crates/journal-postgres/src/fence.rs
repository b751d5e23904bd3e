//! A fencing token decides who may append to a journal. A run that takes the journal writes a random token into line 0.
//! Each append checks the token in its own transaction. So a run that has lost the journal can't append any more, even
//! if it does not know about the loss. Line 0 also holds the identity of the server. With it, a later run notices a
//! failover.

use ring::rand::{SecureRandom, SystemRandom};
use tokio_postgres::types::Type;

use crate::{
    connection::{Connection, first},
    error::Failure,
};

/// The advisory lock of a journal. Each database and each table has its own locks.
const LOCK: &str = "\
SELECT pg_try_advisory_lock(hashtextextended('copper_journal'::regclass::oid::text || ' ' || $1, 0))";
/// Ends an earlier session of this run that still holds the lock.
const END_SESSION: &str = "\
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE pid = $2 AND locktype = 'advisory' AND granted
AND classid::bigint << 32 | objid::bigint
    = hashtextextended('copper_journal'::regclass::oid::text || ' ' || $1, 0)";
const HAS: &str = "SELECT line FROM copper_journal WHERE journal = $1 AND line = $2";
const READ: &str = "SELECT text FROM copper_journal WHERE journal = $1 AND line = 0";
const CREATE: &str = "\
INSERT INTO copper_journal (journal, line, text) VALUES ($1, 0, $2)
ON CONFLICT DO NOTHING RETURNING line";
const REPLACE: &str = "\
UPDATE copper_journal SET text = $2, written = now()
WHERE journal = $1 AND line = 0 AND text = ANY ($3) RETURNING line";
const APPEND: &str = "\
WITH fence AS (
    SELECT FROM copper_journal WHERE journal = $1 AND line = 0 AND text = $2 FOR NO KEY UPDATE
), last AS (
    SELECT FROM copper_journal WHERE journal = $1 AND line = $3
)
INSERT INTO copper_journal (journal, line, text)
SELECT $1, $3 + number, text FROM fence, last, unnest($4) WITH ORDINALITY AS lines (text, number)
RETURNING line";
/// The text in place of the server's identity, if the server has lost lines.
const NO_SERVER: &str = "lost";

/// A token, and the identity of the server on which it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fence {
    token: String,
    pub(crate) server: String,
}

impl Fence {
    /// Creates a fence with a new token.
    pub(crate) fn new(server: &str) -> Result<Self, Failure> {
        let mut token = [0; 16];
        let random = SystemRandom::new().fill(&mut token);
        random.map_err(|_| Failure::cut("this machine gives no random numbers"))?;
        Ok(Self {
            token: token.iter().map(|byte| format!("{byte:02x}")).collect(),
            server: server.to_owned(),
        })
    }

    /// The same token on another server.
    pub(crate) fn on(&self, server: &str) -> Self {
        let (token, server) = (self.token.clone(), server.to_owned());
        Self { token, server }
    }

    /// The same token, on a server that has lost lines.
    pub(crate) fn lost(&self) -> Self {
        self.on(NO_SERVER)
    }

    pub(crate) fn text(&self) -> String {
        format!("{} {}", self.token, self.server)
    }
}

/// The text of line 0 if somebody has accepted the server.
pub(crate) const ACCEPTED: &str = "accepted";

/// The server's identity in line 0. None if somebody has accepted the server.
pub(crate) fn server(text: &str) -> Option<&str> {
    text.split_once(' ').map(|(_, server)| server)
}

/// Takes the lock. Returns false if another session has it.
pub(crate) async fn lock(connection: &Connection, journal: &str) -> Result<bool, Failure> {
    first(&connection.ask(LOCK, &[(&journal, Type::TEXT)]).await?)
}

/// Ends the session of this process if it has the lock.
pub(crate) async fn end_session(
    connection: &Connection,
    journal: &str,
    pid: i32,
) -> Result<(), Failure> {
    let parameters = [(&journal as _, Type::TEXT), (&pid as _, Type::INT4)];
    connection.ask(END_SESSION, &parameters).await.map(|_| ())
}

/// Returns line 0, if the journal exists.
pub(crate) async fn read(
    connection: &Connection,
    journal: &str,
) -> Result<Option<String>, Failure> {
    let rows = connection.ask(READ, &[(&journal, Type::TEXT)]).await?;
    match rows.is_empty() {
        true => Ok(None),
        false => first(&rows).map(Some),
    }
}

/// Returns true if the journal has this line.
pub(crate) async fn has(
    connection: &Connection,
    journal: &str,
    line: i64,
) -> Result<bool, Failure> {
    let parameters = [(&journal as _, Type::TEXT), (&line as _, Type::INT8)];
    let rows = connection.ask(HAS, &parameters).await?;
    Ok(!rows.is_empty())
}

/// Writes line 0 of a new journal. Returns false if the journal exists already.
pub(crate) async fn create(
    connection: &Connection,
    journal: &str,
    fence: &str,
) -> Result<bool, Failure> {
    let parameters = [(&journal as _, Type::TEXT), (&fence as _, Type::TEXT)];
    let rows = connection.ask(CREATE, &parameters).await?;
    Ok(!rows.is_empty())
}

/// Replaces line 0 if it has one of these texts. Returns false otherwise.
pub(crate) async fn replace(
    connection: &Connection,
    journal: &str,
    before: &[String],
    fence: &str,
) -> Result<bool, Failure> {
    let parameters = [
        (&journal as _, Type::TEXT),
        (&fence as _, Type::TEXT),
        (&before as _, Type::TEXT_ARRAY),
    ];
    let rows = connection.ask(REPLACE, &parameters).await?;
    Ok(!rows.is_empty())
}

/// Appends lines after the line `last`, in one transaction. Returns false if line 0 has another fence, or if the line
/// `last` is missing. If there is a line after `last` already, the error is a unique violation.
pub(crate) async fn append(
    connection: &Connection,
    journal: &str,
    fence: &Fence,
    last: i64,
    lines: &[&str],
) -> Result<bool, Failure> {
    let text = fence.text();
    let parameters = [
        (&journal as _, Type::TEXT),
        (&text as _, Type::TEXT),
        (&last as _, Type::INT8),
        (&lines as _, Type::TEXT_ARRAY),
    ];
    let rows = connection.ask(APPEND, &parameters).await?;
    Ok(!rows.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_names_its_server_and_no_two_are_alike() {
        let fence = Fence::new("71/00000001").expect("a token");
        assert_ne!(Fence::new("71/00000001").expect("a token"), fence);
        assert_eq!(server(&fence.text()), Some("71/00000001"));
        assert_eq!(server(&fence.lost().text()), Some(NO_SERVER));
        assert_eq!(server(ACCEPTED), None);
    }
}
