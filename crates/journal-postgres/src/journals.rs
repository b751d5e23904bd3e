//! All journals in a database: creates their table, and lists, reads and deletes them.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use tokio_postgres::types::Type;

use crate::{
    connection::{Connection, first},
    error::{Failure, PostgresError},
    fence,
    url::{Url, UrlError},
};

/// The SQL that creates the table, which is `copper_journal` in the first schema of the search path.
pub const TABLE: &str = include_str!("table.sql");

const TABLE_IS_THERE: &str = "SELECT to_regclass('copper_journal') IS NOT NULL";
/// A journal is in use while its lock is held.
const LIST: &str = "\
SELECT journal, greatest(max(line), 0), extract(epoch FROM max(written))::double precision, EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint << 32 | objid::bigint
        = hashtextextended('copper_journal'::regclass::oid::text || ' ' || journal, 0)
)
FROM copper_journal GROUP BY journal ORDER BY journal";
const READ: &str = "\
SELECT text FROM copper_journal WHERE journal = $1 AND line > 0 ORDER BY line";
const DELETE: &str = "DELETE FROM copper_journal WHERE journal = $1 RETURNING line";

/// All journals in a database. Creates their table, and lists, reads and deletes them.
pub struct PostgresJournals {
    url: Url,
}

/// A journal in the list of journals.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct JournalInfo {
    /// The name of the journal.
    pub name: String,
    /// The number of lines.
    pub lines: u64,
    /// The time at which it was last written, by the clock of the server.
    pub written: SystemTime,
    /// True if a run has the journal open.
    pub in_use: bool,
}

impl PostgresJournals {
    /// The journals in the database at this URL. The URL has the form of that of
    /// [`PostgresJournal`](crate::PostgresJournal), but a `name` in it is ignored. Nothing is connected yet.
    ///
    /// # Errors
    /// If the URL is not valid for PostgreSQL. The error does not quote it.
    pub fn new(url: &str) -> Result<Self, UrlError> {
        let url = Url::read(url)?;
        Ok(Self { url })
    }

    /// Creates the table if it does not exist. Then the role needs the privilege `CREATE` on the schema.
    ///
    /// # Errors
    /// If the table can't be created.
    pub async fn create_table(&self) -> Result<(), PostgresError> {
        let failed = |failure| self.failed("the table can't be created", &failure);
        let connection = self.connect().await?;
        if first(&connection.ask(TABLE_IS_THERE, &[]).await.map_err(failed)?).map_err(failed)? {
            return Ok(());
        }
        let created = connection.ask(TABLE, &[]).await;
        // If two runs create it at the same time, both may find it missing.
        let is_there = connection.ask(TABLE_IS_THERE, &[]).await;
        match is_there.and_then(|rows| first(&rows)) {
            Ok(true) => Ok(()),
            _ => created.map(|_| ()).map_err(failed),
        }
    }

    /// Returns all journals, ordered by name. Returns none if the table does not exist.
    ///
    /// # Errors
    /// If they can't be read.
    pub async fn list(&self) -> Result<Vec<JournalInfo>, PostgresError> {
        let failed = |failure| self.failed("the journals can't be listed", &failure);
        let connection = self.connect().await?;
        if !first(&connection.ask(TABLE_IS_THERE, &[]).await.map_err(failed)?).map_err(failed)? {
            return Ok(Vec::new());
        }
        let rows = connection.ask(LIST, &[]).await.map_err(failed)?;
        let infos = rows.iter().map(|row| {
            let lines: i64 = row.try_get(1)?;
            let written: f64 = row.try_get(2)?;
            let written = Duration::try_from_secs_f64(written).unwrap_or_default();
            Ok(JournalInfo {
                name: row.try_get(0)?,
                lines: lines.unsigned_abs(),
                written: SystemTime::UNIX_EPOCH + written,
                in_use: row.try_get(3)?,
            })
        });
        let infos: Result<_, tokio_postgres::Error> = infos.collect();
        infos.map_err(|error| failed(error.into()))
    }

    /// Returns the lines of a journal in the form of a journal file. Returns none if the journal does not exist.
    ///
    /// # Errors
    /// If they can't be read.
    pub async fn read(&self, name: &str) -> Result<Vec<String>, PostgresError> {
        let failed = |failure| self.failed("the journal can't be read", &failure);
        let connection = self.connect().await?;
        let rows = connection.ask(READ, &[(&name, Type::TEXT)]).await;
        let lines = rows.map_err(failed)?;
        let lines = lines.iter().map(|row| row.try_get(0));
        let lines: Result<_, tokio_postgres::Error> = lines.collect();
        lines.map_err(|error| failed(error.into()))
    }

    /// Deletes a journal. Returns false if no journal has this name. Only the journal knows which records were in
    /// flight when its run ended: look them up first.
    ///
    /// # Errors
    /// If the journal can't be deleted, or if a run has it open; then [`is_in_use`](PostgresError::is_in_use) is true.
    pub async fn delete(&self, name: &str) -> Result<bool, PostgresError> {
        let failed = |failure| self.failed("the journal can't be deleted", &failure);
        let connection = self.connect().await?;
        self.lock(&connection, name, "the journal can't be deleted")
            .await?;
        let rows = connection.ask(DELETE, &[(&name, Type::TEXT)]).await;
        rows.map(|rows| !rows.is_empty()).map_err(failed)
    }

    /// Accepts the server as one that has all confirmed lines of this journal. Runs ask for this in three cases: after
    /// a failover during which no run had the journal open, after the journal was moved or restored, and after a run
    /// has found that lines are missing. Returns false if the journal does not exist.
    ///
    /// If lines are missing, the next run may send records twice.
    ///
    /// # Errors
    /// If the database can't be written, or if a run has the journal open; then [`is_in_use`](PostgresError::is_in_use)
    /// is true.
    pub async fn accept_server(&self, name: &str) -> Result<bool, PostgresError> {
        let what = "the server can't be accepted for the journal";
        let failed = |failure| self.failed(what, &failure);
        let connection = self.connect().await?;
        self.lock(&connection, name, what).await?;
        let Some(before) = fence::read(&connection, name).await.map_err(failed)? else {
            return Ok(false);
        };
        fence::replace(&connection, name, &[before], fence::ACCEPTED)
            .await
            .map_err(failed)
    }

    async fn connect(&self) -> Result<Connection, PostgresError> {
        let opened = Connection::open(&self.url).await;
        opened.map_err(|failure| self.failed("the server can't be used", &failure))
    }

    /// Takes the lock of a journal. The lock ends with the connection.
    async fn lock(
        &self,
        connection: &Connection,
        name: &str,
        what: &str,
    ) -> Result<(), PostgresError> {
        match fence::lock(connection, name).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(PostgresError::in_use(format!(
                "{}: {what}: a run has it open; wait until that one has ended",
                self.url
            ))),
            Err(failure) => Err(self.failed(what, &failure)),
        }
    }

    fn failed(&self, what: &str, failure: &Failure) -> PostgresError {
        PostgresError::new(format!("{}: {what}: {failure}", self.url))
    }
}

impl fmt::Debug for PostgresJournals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresJournals").field(&self.url).finish()
    }
}
