//! One connection, and questions to it that are answered in time or not at all.

use std::time::Duration;

use tokio::{spawn, time::timeout};
use tokio_postgres::{
    Client, Row,
    types::{ToSql, Type},
};

use crate::{error::Failure, url::Url};

/// A connection that gives no answer for so long is given up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// For connecting, with the handshake and the password, to several hosts.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The settings of its session. A server that has lost its client lets go of the lock after 25 seconds, not
/// after two hours. Commits are durable, whatever the server's default is. No timeout ends a wait for a
/// replica, for what is then reported as committed may be on one server only.
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
    /// The process that serves it.
    pub(crate) pid: i32,
}

/// A parameter of a question.
pub(crate) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

impl Connection {
    pub(crate) async fn open(url: &Url) -> Result<Self, Failure> {
        let connecting = url.config.connect(url.tls.clone());
        let (client, connection) = timeout(CONNECT_TIMEOUT, connecting)
            .await
            .map_err(|_| Failure::cut("it can't be connected to in time"))??;
        // It ends with its client. Why it failed is told to those who wait for an answer.
        spawn(connection);
        let mut opened = Self { client, pid: 0 };
        opened.ask(SETTINGS, &[]).await?;
        let rows = opened.ask("SELECT pg_backend_pid()", &[]).await?;
        opened.pid = first(&rows)?;
        Ok(opened)
    }

    /// Asks one question, which is a transaction of its own.
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
