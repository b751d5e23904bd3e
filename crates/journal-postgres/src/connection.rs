//! One connection, and queries with a time limit.

use std::time::Duration;

use tokio::{spawn, time::timeout};
use tokio_postgres::{
    Client, Row,
    types::{ToSql, Type},
};

use crate::{error::Failure, url::Url};

/// The time without an answer after which a connection is given up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The time for connecting, with TLS and password, to all hosts of the URL.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The settings of the session. If the client's machine vanishes, the server frees the lock after 25 seconds instead of
/// two hours. Commits are durable, even if the server's default is not. There is no `statement_timeout`: it would end
/// the wait for a synchronous replica, and report a commit that only one server has.
const SETTINGS: &str = "\
SELECT set_config(pg_settings.name, wanted.value, false)
FROM pg_settings JOIN (VALUES
    ('tcp_keepalives_idle', '10'),
    ('tcp_keepalives_interval', '5'),
    ('tcp_keepalives_count', '3'),
    ('tcp_user_timeout', '25000'),
    ('idle_session_timeout', '0'),
    ('statement_timeout', '0'),
    ('lock_timeout', '10000'),
    ('default_transaction_isolation', 'read committed'),
    ('default_transaction_read_only', 'off'),
    ('synchronous_commit', 'on')
) AS wanted (name, value) USING (name)
WHERE pg_settings.name <> 'synchronous_commit' OR setting IN ('off', 'local', 'remote_write')";

pub(crate) struct Connection {
    client: Client,
    /// The server process of this connection.
    pub(crate) pid: i32,
}

/// A parameter of a query.
pub(crate) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

impl Connection {
    pub(crate) async fn open(url: &Url) -> Result<Self, Failure> {
        let connecting = url.config.connect(url.tls.clone());
        let (client, connection) = timeout(CONNECT_TIMEOUT, connecting)
            .await
            .map_err(|_| Failure::cut("it can't be connected to in time"))??;
        // The task ends with its client. Then every pending query returns its error.
        spawn(connection);
        let mut opened = Self { client, pid: 0 };
        opened.ask(SETTINGS, &[]).await?;
        let rows = opened.ask("SELECT pg_backend_pid()", &[]).await?;
        opened.pid = first(&rows)?;
        Ok(opened)
    }

    /// Runs one query, in a transaction of its own.
    pub(crate) async fn ask(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Failure> {
        let answer = timeout(ANSWER_TIMEOUT, self.client.query_typed(sql, parameters)).await;
        let no_answer = |_| {
            let seconds = ANSWER_TIMEOUT.as_secs();
            Failure::cut(format!("it has not answered for {seconds} s"))
        };
        Ok(answer.map_err(no_answer)??)
    }
}

/// The value in the first column of the only row.
pub(crate) fn first<T: for<'a> tokio_postgres::types::FromSql<'a>>(
    rows: &[Row],
) -> Result<T, Failure> {
    let row = rows.first();
    let row = row.ok_or_else(|| Failure::cut("it has answered with nothing"))?;
    Ok(row.try_get(0)?)
}
