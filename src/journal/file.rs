//! The file under a journal: locked against other processes, appended to and synced line by line. After
//! one failed write it takes no more, for what it says would no longer be the whole truth.

use std::{
    fs::{self, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{task::spawn_blocking, time::sleep};

use super::{JournalError, LogRecord, RecoveredState};

/// How often, and after what pauses, a lock is tried. A run that was dropped lets go of its journal a
/// moment later.
const LOCK_ATTEMPTS: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_millis(50);
/// The longest line that is read: the outcomes of some hundred thousand records.
const LONGEST_LINE: u64 = 16 << 20;

pub(super) struct File(Arc<Mutex<Inner>>);

struct Inner {
    file: fs::File,
    /// Where the last whole line ends.
    end: u64,
    /// Why it takes no more lines.
    broken: Option<String>,
}

impl File {
    /// Opens and locks a file, which is created if it is not there.
    pub(super) async fn open(path: &Path) -> Result<Self, JournalError> {
        let path = path.to_owned();
        let file = blocking(move || open(&path)).await?;
        for attempt in 1.. {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < LOCK_ATTEMPTS => sleep(LOCK_PAUSE).await,
                Err(TryLockError::WouldBlock) => return Err(JournalError::InUse),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        Ok(Self(Arc::new(Mutex::new(Inner {
            file,
            end: 0,
            broken: None,
        }))))
    }

    /// The first line, without its end. None if the file is empty, or holds no more than the start of
    /// a first line that begins with `name`.
    pub(super) async fn first_line(
        &self,
        name: &'static str,
    ) -> Result<Option<String>, JournalError> {
        self.with(move |inner| {
            let start = read_line(&mut BufReader::new(inner.from(0)?))?;
            match start.strip_suffix('\n') {
                Some(line) => Ok(Some(line.to_owned())),
                None if name.starts_with(&start) || start.starts_with(name) => Ok(None),
                None => Err(JournalError::NotAJournal),
            }
        })
        .await
    }

    /// Makes this the only line of the file.
    pub(super) async fn start(&self, line: String) -> io::Result<()> {
        self.with(move |inner| {
            inner.file.set_len(0)?;
            inner.append(line.as_bytes())
        })
        .await
    }

    /// What the lines after the first come to. A last line without an end is cut off.
    pub(super) async fn ledger(&self) -> Result<RecoveredState, JournalError> {
        self.with(|inner| {
            let mut ledger = RecoveredState::default();
            let mut lines = BufReader::new(inner.from(0)?);
            let mut offset = 0;
            for number in 1.. {
                let text = read_line(&mut lines)?;
                let Some(line) = text.strip_suffix('\n') else {
                    break;
                };
                let fits = number == 1
                    || LogRecord::read(line).is_some_and(|line| ledger.read(line, offset));
                if !fits {
                    return Err(JournalError::Corrupt(number));
                }
                offset += text.len() as u64;
            }
            inner.end = offset;
            // What is told from now on must still be there after a power cut.
            inner.file.set_len(offset)?;
            inner.file.sync_data()?;
            Ok(ledger)
        })
        .await
    }

    /// Appends a line, and returns once it is on the disk.
    pub(super) async fn append(&self, line: String) -> io::Result<()> {
        self.with(move |inner| inner.append(line.as_bytes())).await
    }

    /// The line at this offset, without its end.
    pub(super) async fn line_at(&self, offset: u64) -> io::Result<String> {
        self.with(move |inner| {
            Ok(read_line(&mut BufReader::new(inner.from(offset)?))?
                .trim_end_matches('\n')
                .to_owned())
        })
        .await
    }

    async fn with<T, E>(
        &self,
        act: impl FnOnce(&mut Inner) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<io::Error> + Send + 'static,
    {
        let inner = Arc::clone(&self.0);
        blocking(move || act(&mut lock(&inner))).await
    }
}

/// Opens or makes a file, and sees to it that a power cut leaves it in its folder.
fn open(path: &Path) -> Result<fs::File, JournalError> {
    // Reading a pipe could take for ever.
    if fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return Err(JournalError::NotAJournal);
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Not every system lets a folder be opened.
    if let Ok(folder) = fs::File::open(folder) {
        folder.sync_all()?;
    }
    Ok(file)
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn blocking<T, E>(act: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<io::Error> + Send + 'static,
{
    // It fails only when the runtime is ending, and this with it.
    spawn_blocking(act)
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error).into()))
}

impl Inner {
    fn from(&mut self, offset: u64) -> io::Result<&mut fs::File> {
        self.file.seek(SeekFrom::Start(offset))?;
        Ok(&mut self.file)
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if let Some(why) = &self.broken {
            return Err(io::Error::other(why.as_str()));
        }
        let end = self.end;
        let written = self.from(end).and_then(|file| {
            file.write_all(line)?;
            file.sync_data()
        });
        match &written {
            Ok(()) => self.end += line.len() as u64,
            Err(error) => {
                self.broken = Some(error.to_string());
                // A part of the line may be there; a later start would cut it off as well.
                let _ = self.file.set_len(end);
            }
        }
        written
    }
}

/// A line with its end, or what there is of it at the end of the file.
fn read_line(lines: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    let length = lines.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    let ends = line.ends_with(b"\n");
    if !ends && length as u64 == LONGEST_LINE {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a line of it is longer than any of a journal",
        ));
    }
    // What is not text is no line of ours, and will be refused as such.
    let odd = if ends { "\u{FFFD}\n" } else { "\u{FFFD}" };
    Ok(String::from_utf8(line).unwrap_or_else(|_| odd.to_owned()))
}
