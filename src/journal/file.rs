//! A journal in a file: locked against other processes, appended to, and synced. After a failed write nothing
//! more is appended, because the file would no longer be the whole truth.

use std::{
    fs::{self, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::{task::spawn_blocking, time::sleep};

use super::{
    header,
    store::{JournalStore, StoreError},
};

/// The number of attempts to lock the file, and the pauses between them. A run that was dropped releases its
/// journal a moment later.
const LOCK_ATTEMPTS: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_millis(50);
/// The longest line that is read: the outcomes of some hundred thousand records.
const LONGEST_LINE: u64 = 16 << 20;

pub(super) struct FileStore {
    path: PathBuf,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// None before it is locked.
    file: Option<fs::File>,
    /// The end of the last whole line that was read or written.
    end: u64,
    /// The reason why nothing more is appended.
    broken: Option<String>,
}

impl FileStore {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            inner: Arc::default(),
        }
    }

    async fn with<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || act(&mut lock(&inner))).await
    }
}

impl JournalStore for FileStore {
    /// Opens and locks the file, and creates it if it is absent.
    fn lock(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async {
            let path = self.path.clone();
            let file = blocking(move || open(&path)).await?;
            for attempt in 1.. {
                match file.try_lock() {
                    Ok(()) => break,
                    Err(TryLockError::WouldBlock) if attempt < LOCK_ATTEMPTS => {
                        sleep(LOCK_PAUSE).await;
                    }
                    Err(TryLockError::WouldBlock) => return Err(StoreError::InUse),
                    Err(TryLockError::Error(error)) => return Err(self.failed(error)),
                }
            }
            self.with(|inner| {
                inner.file = Some(file);
                Ok(())
            })
            .await
        })
    }

    fn read(
        &self,
        from: u64,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<(String, u64)>, StoreError>> {
        Box::pin(async move {
            let result = self.with(move |inner| inner.read(from, most)).await;
            result.map_err(|error| match error {
                StoreError::Failed { source, .. } => self.failed(source),
                error => error,
            })
        })
    }

    fn append(&self, lines: String) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.with(move |inner| inner.append(lines.as_bytes()).map_err(unwritable)))
    }
}

impl FileStore {
    /// A failure before everything was read. A file with content may hide what it knows.
    fn failed(&self, source: io::Error) -> StoreError {
        StoreError::Failed {
            hides_lines: holds_something(&self.path),
            source,
        }
    }
}

fn holds_something(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > 0)
}

fn unwritable(source: io::Error) -> StoreError {
    StoreError::Failed {
        hides_lines: false,
        source,
    }
}

/// Opens or creates a file, and makes sure that it survives a power cut in its folder.
fn open(path: &Path) -> Result<fs::File, StoreError> {
    // Reading a pipe could wait for ever.
    if fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return Err(StoreError::NotAJournal);
    }
    let failed = |error: io::Error| StoreError::Failed {
        hides_lines: holds_something(path),
        source: io::Error::new(error.kind(), format!("{path:?}: {error}")),
    };
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    // Nobody else may read it, or hold its lock.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut new = options.clone();
    // What is made anew is never made through a link.
    let file = match new.create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path),
        opened => opened,
    };
    let file = file_itself(path, file).map_err(failed)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Not every system can open a folder.
    if let Ok(folder) = fs::File::open(folder) {
        folder.sync_all().map_err(failed)?;
    }
    Ok(file)
}

/// The opened file, unless it was reached through a link, which somebody else may have put there.
fn file_itself(path: &Path, opened: io::Result<fs::File>) -> io::Result<fs::File> {
    let Ok(found) = fs::symlink_metadata(path) else {
        return opened;
    };
    if found.is_symlink() {
        return Err(io::Error::other("it is a link, which is not followed"));
    }
    let file = opened?;
    match is_same(&found, &file.metadata()?) {
        true => Ok(file),
        false => Err(io::Error::other("somebody has put another file there")),
    }
}

#[cfg(unix)]
fn is_same(found: &fs::Metadata, opened: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (found.dev(), found.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    // It fails only when the runtime is ending, and this task with it.
    spawn_blocking(act)
        .await
        .unwrap_or_else(|error| Err(StoreError::unreadable(error)))
}

impl Inner {
    fn from(&mut self, offset: u64) -> io::Result<&mut fs::File> {
        let unlocked = || io::Error::other("it is not locked");
        let file = self.file.as_mut().ok_or_else(unlocked)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(file)
    }

    /// At most this many whole lines from this offset on. An incomplete last line is left out, and cut off.
    fn read(&mut self, from: u64, most: usize) -> Result<Vec<(String, u64)>, StoreError> {
        let mut lines = BufReader::new(self.from(from).map_err(StoreError::unreadable)?);
        let mut read = Vec::new();
        let mut end = from;
        while read.len() < most {
            let mut line = read_line(&mut lines).map_err(StoreError::unreadable)?;
            if !line.ends_with('\n') {
                if end == 0 && !header::may_begin_with(&line) {
                    return Err(StoreError::NotAJournal);
                }
                break;
            }
            end += line.len() as u64;
            line.pop();
            read.push((line, end));
        }
        self.end = self.end.max(end);
        if read.is_empty() && from == self.end {
            // Everything that is read must still be there after a power cut.
            let file = self.from(from).map_err(StoreError::unreadable)?;
            let cut = file.set_len(from).and_then(|()| file.sync_data());
            cut.map_err(StoreError::unreadable)?;
        }
        Ok(read)
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if let Some(why) = &self.broken {
            return Err(io::Error::other(why.as_str()));
        }
        let end = self.end;
        let written = self.from(end).and_then(|file| {
            file.write_all(lines)?;
            file.sync_data()
        });
        match &written {
            Ok(()) => self.end += lines.len() as u64,
            Err(error) => {
                self.broken = Some(error.to_string());
                // A part of the line may be there. A later start would cut it off as well.
                let _ = self.from(end).and_then(|file| file.set_len(end));
            }
        }
        written
    }
}

/// A line with its end, or the rest of the file if its last line has none.
fn read_line(lines: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    let length = lines.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    let ends = line.ends_with(b"\n");
    if !ends && length as u64 == LONGEST_LINE {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it has a line that is longer than any line of a journal",
        ));
    }
    // A line that is not text is not ours, and will be refused.
    let odd = if ends { "\u{FFFD}\n" } else { "\u{FFFD}" };
    Ok(String::from_utf8(line).unwrap_or_else(|_| odd.to_owned()))
}
