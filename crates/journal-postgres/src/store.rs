//! A journal in a table: its lines are appended by whoever holds its fence, each time in one transaction. A
//! connection that is cut is made anew, and what became of the last append is looked up.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use copper_crm::bulk::{JournalStore, StoreError};
use futures_util::future::BoxFuture;
use tokio::{runtime::Handle, sync::Mutex};

use crate::{
    session::Session,
    trouble::Trouble,
    url::{self, Url, UrlError},
};

/// For this long a run waits for a server that can't be reached.
const PATIENCE: Duration = Duration::from_secs(60);

/// A journal in PostgreSQL, for [`Run::journal`](copper_crm::bulk::Run::journal).
///
/// The table [`TABLE`](crate::TABLE) must be there; [`PostgresJournals`](crate::PostgresJournals) creates it.
/// Nothing is connected before the run is polled. It must be polled within a tokio runtime.
///
/// - The run holds an advisory lock, as long as its connection lives. Another run is told that the journal is in
///   use. A run whose process was killed lets go of it at once, one whose machine has vanished after 25 seconds.
/// - Each append checks a fencing token in its own transaction. A run that was cut off, while another took its
///   journal over, can't append any more. It sends nothing more, and what it has not sent is `Unknown`, as the
///   other run may send it.
/// - If the connection is cut, the run makes another, looks up whether its last lines are there, and goes on. It
///   sends nothing meanwhile. After [`patience`](Self::patience) it stops, and what it has not sent is `Unknown`.
/// - If the server has lost a line that it confirmed, as a replica may have that took its place, the run stops, and
///   no later start can use the journal before somebody
///   [accepts](crate::PostgresJournals::accept_server) that server. The same holds for a start after a failover
///   that no run has lived through.
///
/// The role needs `SELECT`, `INSERT` and `UPDATE` of the table. A proxy that gives each transaction another
/// connection can't be used, for the lock belongs to one.
pub struct PostgresJournal {
    name: Arc<str>,
    shown: Arc<str>,
    inner: Arc<Mutex<Inner>>,
}

impl PostgresJournal {
    /// The journal that the URL names: `postgres://user:password@host:5432/database?name=RUN`.
    ///
    /// The parameters are those of [`Config`](tokio_postgres::Config), and these: `name`, the name of the journal;
    /// `sslmode`, which is `disable` or `verify-full`; and `sslrootcert`, a file of trusted certificates in
    /// PEM. Without `sslmode`, a connection within this machine is not encrypted, and any other is, with a
    /// certificate that the machine trusts.
    ///
    /// # Errors
    /// If the URL is not one of PostgreSQL's, or names no journal. The error does not quote it.
    pub fn from_url(url: &str) -> Result<Self, UrlError> {
        let url = Url::read(url)?;
        let name = url.name.clone();
        let name = name.ok_or(UrlError::new("it has no name=RUN, the name of the journal"))?;
        Ok(Self::of(url, name))
    }

    /// The journal of this name, in the database at the URL, which names none.
    ///
    /// # Errors
    /// As [`from_url`](Self::from_url).
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

    /// Sets how long the run waits for a server that can't be reached, before it stops: 60 seconds, unless this
    /// says otherwise. Nothing is sent meanwhile.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        // Nobody else has it yet.
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.get_mut().patience = patience;
        }
        self
    }

    /// Acts on the journal in a task of its own, so that what was begun is carried to its end, even if the
    /// run is dropped.
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
            // It fails only when the runtime is ending, and this with it.
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

/// The URL without its password.
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
    /// None before it is locked.
    session: Option<Session>,
    /// Why it takes no more lines.
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
            // What the journal says would no longer be the whole truth.
            self.broken = Some(trouble.clone());
        }
        appended
    }
}
