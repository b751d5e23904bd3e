//! The server behind a connection: its identity, and a check that it keeps confirmed lines.

use tokio_postgres::error::SqlState;

use crate::{connection::Connection, connection::first, error::Failure};

const DURABLE: &str = "\
SELECT current_setting('fsync') = 'on', relpersistence = 'p'
FROM pg_class WHERE oid = 'copper_journal'::regclass";
/// A server keeps its identifier for its whole life. It gets a new timeline when it replaces another server, and when
/// it is restored to a point in time.
const IDENTITY: &str = "\
SELECT system_identifier::text || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
FROM pg_control_system()";
/// The identity of a server that does not report one, such as some servers that are only compatible with PostgreSQL.
const UNTOLD: &str = "untold";

/// Checks that the server keeps confirmed lines, and returns its identity.
pub(crate) async fn identify(connection: &Connection) -> Result<String, Refusal> {
    let rows = connection.ask(DURABLE, &[]).await;
    let rows = match rows {
        Err(failure) if failure.is(&SqlState::UNDEFINED_TABLE) => return Err(Refusal::NoTable),
        rows => rows?,
    };
    let row = rows.first().ok_or(Refusal::NoTable)?;
    let (fsync, logged): (bool, bool) = (
        row.try_get(0).map_err(Failure::from)?,
        row.try_get(1).map_err(Failure::from)?,
    );
    if !fsync {
        return Err(Refusal::Volatile("fsync is off"));
    }
    if !logged {
        return Err(Refusal::Volatile(
            "the table copper_journal is UNLOGGED or temporary",
        ));
    }
    match connection.ask(IDENTITY, &[]).await {
        Err(failure) if failure.is_refusal() => Ok(UNTOLD.to_owned()),
        rows => Ok(first(&rows?)?),
    }
}

/// The reason why no journal can be kept on a server.
#[derive(Debug)]
pub(crate) enum Refusal {
    NoTable,
    /// After a power cut, the server would lack confirmed lines, for this reason.
    Volatile(&'static str),
    Failed(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoTable => f.write_str(
                "there is no table copper_journal; create it with PostgresJournals::create_table, or by its SQL",
            ),
            Self::Volatile(why) => write!(
                f,
                "it would lose what it confirms in a power cut, since {why}; change that first"
            ),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}
