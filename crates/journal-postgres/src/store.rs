//! The store of one journal, in the form that a run uses. Each operation runs in a task of its own.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use copper_crm::bulk::{JournalStore, StoreError};
use futures_util::future::BoxFuture;
use tokio::{runtime::Handle, sync::Mutex};

use crate::{
    session::Session,
    trouble::Trouble,
    url::{self, Url, UrlError},
};

/// The time for which a run waits for a server that can't be reached.
const PATIENCE: Duration = Duration::from_secs(60);

/// A journal in PostgreSQL, for [`Run::journal`](copper_crm::bulk::Run::journal).
///
/// The table [`TABLE`](crate::TABLE) must exist; [`PostgresJournals`](crate::PostgresJournals) creates it. The journal
/// does not connect before the run is polled. The run must be polled within a tokio runtime.
///
/// - The connection of the run holds an advisory lock. Another run gets the error that the journal is in use. If the
///   process of the run is killed, the lock is free at once. If its machine vanishes, the lock is free after 25
///   seconds.
/// - Each append checks a fencing token in its own transaction. If a run is cut off and another takes its journal, the
///   first run can't append any more, and sends nothing more. Its unsent records are `Unknown`, because the other run
///   may send them.
/// - If the connection is cut, the run connects again, looks up whether its last lines were committed, and continues.
///   It sends nothing until then. After [`patience`](Self::patience) it stops, and its unsent records are `Unknown`.
/// - If the server has lost a line that it confirmed, the run stops. This happens if a replica without that line
///   replaces the server. No later run can use the journal until somebody
///   [accepts](crate::PostgresJournals::accept_server) the server. The same is true for the first run after a failover
///   during which no run had the journal open.
///
/// The role needs `SELECT`, `INSERT` and `UPDATE` on the table. A proxy in transaction mode can't be used: it gives
/// each transaction another connection, but the lock belongs to one connection.
pub struct PostgresJournal {
    name: Arc<str>,
    shown: Arc<str>,
    inner: Arc<Mutex<Inner>>,
}

impl PostgresJournal {
    /// The journal that the URL names: `postgres://user:password@host:5432/database?name=RUN`.
    ///
    /// The parameters are those of [`Config`](tokio_postgres::Config), and three more. `name` is the name of the
    /// journal. `sslmode` is `disable` or `verify-full`. `sslrootcert` is a file of trusted certificates in PEM.
    /// Without `sslmode`, a connection within this machine is not encrypted. Any other connection is encrypted, and its
    /// certificate must be trusted by the machine.
    ///
    /// # Errors
    /// If the URL is not valid for PostgreSQL, or names no journal. The error does not quote it.
    pub fn from_url(url: &str) -> Result<Self, UrlError> {
        let url = Url::read(url)?;
        let name = url.name.clone();
        let name = name.ok_or(UrlError::new("it has no name=RUN, the name of the journal"))?;
        Ok(Self::of(url, name))
    }

    /// The journal with this name, in the database at the URL. The URL itself names no journal.
    ///
    /// # Errors
    /// The same as those of [`from_url`](Self::from_url).
    pub fn new(url: &str, name: impl Into<String>) -> Result<Self, UrlError> {
        let name = url::checked(name.into())?;
        let url = Url::read(url)?;
        match &url.name {
            Some(_) => Err(UrlError::new(
                "it has a name=RUN, and another name is given",
            )),
            None => Ok(Self::of(url.named(&name), name)),
        }
    }

    fn of(url: Url, name: String) -> Self {
        Self {
            name: name.as_str().into(),
            shown: url.to_string().into(),
            inner: Arc::new(Mutex::new(Inner {
                url,
                name,
                patience: PATIENCE,
                session: None,
                broken: None,
            })),
        }
    }

    /// Returns the name of the journal.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sets the time for which the run waits for an unreachable server before it stops. The default is 60 seconds.
    /// While it waits, nothing is sent.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        // Nobody else holds it yet.
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.get_mut().patience = patience;
        }
        self
    }

    /// Runs an operation in a task of its own, which completes even if the run is dropped.
    fn with<T: Send + 'static, F>(
        &self,
        act: impl FnOnce(Arc<Mutex<Inner>>) -> F + Send + 'static,
    ) -> BoxFuture<'_, Result<T, StoreError>>
    where
        F: Future<Output = Result<T, Trouble>> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            let runtime = Handle::try_current().map_err(StoreError::unreadable)?;
            // This fails only when the runtime ends.
            let done = runtime.spawn(act(inner)).await;
            let done = done.map_err(StoreError::unreadable)?;
            done.map_err(|trouble| trouble.to_error(&self.shown))
        })
    }
}

impl fmt::Debug for PostgresJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresJournal").field(&self.shown).finish()
    }
}

/// Shows the URL without its password.
impl fmt::Display for PostgresJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl JournalStore for PostgresJournal {
    fn lock(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.with(|inner| async move { inner.lock().await.take().await })
    }

    fn read(
        &self,
        from: u64,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<(String, u64)>, StoreError>> {
        self.with(move |inner| async move { inner.lock().await.read(from, most).await })
    }

    fn append(&self, lines: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.with(move |inner| async move { inner.lock().await.append(&lines).await })
    }
}

struct Inner {
    url: Url,
    name: String,
    patience: Duration,
    /// The session. None before the journal is locked.
    session: Option<Session>,
    /// The reason why the journal takes no more lines.
    broken: Option<Trouble>,
}

impl Inner {
    async fn take(&mut self) -> Result<(), Trouble> {
        let session = Session::take(&self.url, &self.name, self.patience).await?;
        self.session = Some(session);
        Ok(())
    }

    fn session(&mut self) -> Result<&mut Session, Trouble> {
        let unlocked = || Trouble::doubtful("it is not locked");
        self.session.as_mut().ok_or_else(unlocked)
    }

    async fn read(&mut self, from: u64, most: usize) -> Result<Vec<(String, u64)>, Trouble> {
        self.session()?.read(from, most).await
    }

    async fn append(&mut self, lines: &str) -> Result<(), Trouble> {
        if let Some(trouble) = &self.broken {
            return Err(trouble.clone());
        }
        let lines: Vec<&str> = lines.lines().collect();
        let appended = self.session()?.append(&lines).await;
        if let Err(trouble) = &appended {
            // From now on, the journal is incomplete.
            self.broken = Some(trouble.clone());
        }
        appended
    }
}
