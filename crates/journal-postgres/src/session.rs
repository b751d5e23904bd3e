//! A session holds a journal: the connection with its lock, the fence, and the number of the last line. If the
//! connection is cut, the session takes the lock and the fence again on a new connection, and repeats the operation.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::{error::SqlState, types::Type};

use crate::{
    connection::Connection,
    error::Failure,
    fence::{self, Fence},
    server,
    trouble::{Setback, Trouble},
    url::Url,
};

/// The number of attempts to get the lock. A run that was dropped or killed frees its lock a moment later.
const LOCK_ATTEMPTS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

const LINES: &str = "\
SELECT line, text FROM copper_journal WHERE journal = $1 AND line > $2 ORDER BY line LIMIT $3";

pub(crate) struct Session {
    url: Url,
    name: String,
    patience: Duration,
    /// None while there is no connection.
    connection: Option<Connection>,
    /// The server process that holds the lock, or held it last.
    pid: i32,
    fence: Fence,
    /// The texts that line 0 may have. There are several if an attempt to write it got no answer.
    written: Vec<String>,
    /// The last line that was read or written.
    last: i64,
}

impl Session {
    /// Takes the lock, and then the fence.
    pub(crate) async fn take(url: &Url, name: &str, patience: Duration) -> Result<Self, Trouble> {
        let connection = open(url, Instant::now() + patience).await?;
        let server = server::identify(&connection).await?;
        for attempt in 1.. {
            if fence::lock(&connection, name).await? {
                break;
            }
            if attempt == LOCK_ATTEMPTS {
                return Err(Trouble::InUse);
            }
            sleep(PAUSE).await;
        }
        let fence = Fence::new(&server)?;
        if !fence::create(&connection, name, &fence.text()).await? {
            let before = fence::read(&connection, name).await?;
            // Without the lock, another run may change it now.
            let before = before.ok_or(Trouble::InUse)?;
            if let Some(of) = fence::server(&before).filter(|of| *of != server) {
                return Err(Trouble::other_server(of, &server));
            }
            if !fence::replace(&connection, name, &[before], &fence.text()).await? {
                return Err(Trouble::InUse);
            }
        }
        Ok(Self {
            url: url.clone(),
            name: name.to_owned(),
            patience,
            pid: connection.pid,
            connection: Some(connection),
            written: vec![fence.text()],
            fence,
            last: 0,
        })
    }

    /// Returns the lines after the line `from`, each with its number.
    pub(crate) async fn read(
        &mut self,
        from: u64,
        most: usize,
    ) -> Result<Vec<(String, u64)>, Trouble> {
        let until = Instant::now() + self.patience;
        loop {
            self.connect(until).await?;
            match self.read_once(from, most).await {
                Ok(lines) => {
                    if let Some((_, end)) = lines.last() {
                        self.last = self.last.max(end.cast_signed());
                    }
                    return Ok(lines);
                }
                Err(setback) => self.set_back(setback, until)?,
            }
        }
    }

    /// Appends all of these lines, or none.
    pub(crate) async fn append(&mut self, lines: &[&str]) -> Result<(), Trouble> {
        if lines.is_empty() {
            return Ok(());
        }
        let until = Instant::now() + self.patience;
        loop {
            self.connect(until).await?;
            match self.append_once(lines).await {
                Ok(()) => {
                    self.last = self.last.saturating_add_unsigned(lines.len() as u64);
                    return Ok(());
                }
                Err(setback) => self.set_back(setback, until)?,
            }
        }
    }

    async fn read_once(&self, from: u64, most: usize) -> Result<Vec<(String, u64)>, Setback> {
        let (from, most) = (from.cast_signed(), i64::try_from(most).unwrap_or(i64::MAX));
        let parameters = [
            (&self.name as _, Type::TEXT),
            (&from as _, Type::INT8),
            (&most as _, Type::INT8),
        ];
        let rows = self.connection()?.ask(LINES, &parameters).await?;
        let mut lines = Vec::with_capacity(rows.len());
        for (row, expected) in rows.iter().zip(from.saturating_add(1)..) {
            let (line, text): (i64, String) = (
                row.try_get(0).map_err(Failure::from)?,
                row.try_get(1).map_err(Failure::from)?,
            );
            if line != expected {
                let gap = format!("line {expected} of the journal is not in the table");
                return Err(Trouble::doubtful(gap).into());
            }
            lines.push((text, line.cast_unsigned()));
        }
        Ok(lines)
    }

    async fn append_once(&self, lines: &[&str]) -> Result<(), Setback> {
        let connection = self.connection()?;
        let appended = fence::append(connection, &self.name, &self.fence, self.last, lines).await;
        match appended {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.refused(connection).await?),
            // They were committed before the connection was cut.
            Err(failure) if failure.is(&SqlState::UNIQUE_VIOLATION) => {
                let there = self
                    .read_once(self.last.cast_unsigned(), usize::MAX)
                    .await?;
                let there = there.iter().map(|(line, _)| line.as_str());
                match there.eq(lines.iter().copied()) {
                    true => Ok(()),
                    false => Err(Trouble::doubtful("it was changed while it was in use").into()),
                }
            }
            // The table may have been created again meanwhile, and another run may use it.
            Err(failure) if failure.is(&SqlState::UNDEFINED_TABLE) => Err(failure.into()),
            // This run has the lock, so no other has appended.
            Err(failure) if failure.is_refusal() => Err(Trouble::known(failure.to_string()).into()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Finds the reason why nothing was appended. If the server has lost lines, marks the journal so that no later run
    /// uses it.
    async fn refused(&self, connection: &Connection) -> Result<Setback, Failure> {
        let there = fence::read(connection, &self.name).await?;
        let trouble = match there {
            None => Trouble::deleted(),
            Some(there) if there != self.fence.text() => Trouble::InUse,
            Some(there) => {
                let lost = self.fence.lost().text();
                fence::replace(connection, &self.name, &[there], &lost).await?;
                Trouble::lost(self.last)
            }
        };
        Ok(trouble.into())
    }

    fn connection(&self) -> Result<&Connection, Setback> {
        let closed = || Setback::Cut("the connection is closed".to_owned());
        self.connection.as_ref().ok_or_else(closed)
    }

    /// Drops the connection, so that a new one is made. Fails if a new connection does not help, or if the time is
    /// over.
    fn set_back(&mut self, setback: Setback, until: Instant) -> Result<(), Trouble> {
        match setback {
            Setback::Stop(trouble) => Err(trouble),
            Setback::Cut(why) if Instant::now() >= until => Err(Trouble::unreachable(&why)),
            Setback::Cut(_) => {
                self.connection = None;
                Ok(())
            }
        }
    }

    /// Makes a connection if there is none.
    async fn connect(&mut self, until: Instant) -> Result<(), Trouble> {
        let mut pause = PAUSE;
        while self.connection.is_none() {
            match self.take_again().await {
                Ok(connection) => self.connection = Some(connection),
                Err(setback) => {
                    self.set_back(setback, until)?;
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
        Ok(())
    }

    /// Takes the lock and the fence on a new connection, unless another run has taken them. If an append with the old
    /// fence reaches the server later, it is refused.
    async fn take_again(&mut self) -> Result<Connection, Setback> {
        let connection = Connection::open(&self.url).await?;
        let server = server::identify(&connection).await?;
        let name = &self.name;
        if !fence::lock(&connection, name).await? {
            self.is_ours(fence::read(&connection, name).await?)?;
            // The server may not have noticed yet that the old connection was cut.
            fence::end_session(&connection, name, self.pid).await?;
            let held = "the server has not yet ended the session before";
            return Err(Setback::Cut(held.to_owned()));
        }
        self.pid = connection.pid;
        let next = Fence::new(&self.fence.server)?;
        let before = self.written.clone();
        self.written.push(next.text());
        if !fence::replace(&connection, name, &before, &next.text()).await? {
            self.is_ours(fence::read(&connection, name).await?)?;
            return Err(Setback::Cut("the fence has changed".to_owned()));
        }
        self.written = vec![next.text()];
        self.fence = next;
        if self.last > 0 && !fence::has(&connection, name, self.last).await? {
            return Err(self.refused(&connection).await?);
        }
        // This server has all lines.
        if server != self.fence.server {
            let here = self.fence.on(&server);
            self.written.push(here.text());
            let before = [self.fence.text()];
            if !fence::replace(&connection, name, &before, &here.text()).await? {
                self.is_ours(fence::read(&connection, name).await?)?;
                return Err(Setback::Cut("the fence has changed".to_owned()));
            }
            self.written = vec![here.text()];
            self.fence = here;
        }
        Ok(connection)
    }

    /// Checks that line 0 holds the fence of this run.
    fn is_ours(&self, there: Option<String>) -> Result<(), Trouble> {
        match there {
            None => Err(Trouble::deleted()),
            Some(there) if self.written.contains(&there) => Ok(()),
            Some(_) => Err(Trouble::InUse),
        }
    }
}

/// Connects. Waits if the server is starting.
async fn open(url: &Url, until: Instant) -> Result<Connection, Failure> {
    loop {
        match Connection::open(url).await {
            Err(failure) if failure.is(&SqlState::CANNOT_CONNECT_NOW) && Instant::now() < until => {
                sleep(PAUSE).await;
            }
            opened => return opened,
        }
    }
}
