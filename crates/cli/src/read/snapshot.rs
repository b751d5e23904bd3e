//! A snapshot of the checked file: one open handle, which can be read any number of times, and a digest of each block.
//!
//! The first reading takes the digests. Every later one compares each block before it returns any of its bytes. So no
//! byte of a changed file is ever used.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use ring::digest::{SHA256, digest};

use super::fault::Fault;

/// The name that stands for standard input.
pub const STANDARD_INPUT: &str = "-";

/// The size of the blocks that are read and compared.
pub const BLOCK: usize = 64 * 1024;

type Digest = [u8; 32];

pub struct Snapshot {
    file: Mutex<File>,
    digests: Vec<Digest>,
    pub size: u64,
    read_so_far: AtomicU64,
}

impl Snapshot {
    /// Opens a file, and passes each block of it to `inspect`, with the number of bytes so far and the size
    /// of the file. A source that can be read only once, such as a pipe, is first copied to a file without a
    /// name.
    pub fn take(path: &Path, inspect: impl FnMut(&[u8], u64, u64)) -> Result<Self, String> {
        let failed = |error: io::Error| format!("can't be read: {error}");
        let file = match path == Path::new(STANDARD_INPUT) {
            true => copied(io::stdin().lock()).map_err(failed)?,
            false => {
                let kind = fs::metadata(path).map_err(failed)?.file_type();
                if kind.is_dir() {
                    return Err("is a folder, and no file".to_owned());
                }
                if is_device(kind) {
                    return Err("is a device, and no file".to_owned());
                }
                let file = File::open(path).map_err(failed)?;
                match kind.is_file() {
                    true => file,
                    false => copied(file).map_err(failed)?,
                }
            }
        };
        Self::of(file, inspect).map_err(failed)
    }

    fn of(file: File, mut inspect: impl FnMut(&[u8], u64, u64)) -> io::Result<Self> {
        let size = file.metadata()?.len();
        let mut snapshot = Self {
            file: Mutex::new(file),
            digests: Vec::new(),
            size,
            read_so_far: AtomicU64::new(0),
        };
        let (mut block, mut at) = (vec![0; BLOCK], 0);
        loop {
            let count = snapshot.fill(at, &mut block)?;
            let bytes = block.get(..count).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            snapshot.digests.push(digest_of(bytes)?);
            at += count as u64;
            inspect(bytes, at, size.max(at));
        }
        snapshot.size = at;
        Ok(snapshot)
    }

    /// A snapshot of bytes that are not in a file.
    pub fn of_bytes(bytes: &[u8], inspect: impl FnMut(&[u8], u64, u64)) -> io::Result<Self> {
        Self::of(copied(bytes)?, inspect)
    }

    /// Returns a reader from the beginning of the file.
    pub fn reader(&self) -> Blocks<'_> {
        Blocks {
            snapshot: self,
            next: 0,
            block: vec![0; BLOCK],
            at: 0,
            end: 0,
        }
    }

    /// Returns the end of the last block that was read.
    pub fn read_so_far(&self) -> u64 {
        self.read_so_far.load(Ordering::Relaxed)
    }

    /// Fills the block from this place in the file on. Only the end of the file leaves a part of it empty.
    fn fill(&self, place: u64, block: &mut [u8]) -> io::Result<usize> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file: &File = &file;
        file.seek(SeekFrom::Start(place))?;
        let mut count = 0;
        while let Some(rest) = block.get_mut(count..).filter(|rest| !rest.is_empty()) {
            match file.read(rest) {
                Ok(0) => break,
                Ok(read) => count += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }
}

/// Returns the bytes of a snapshot, or an error if the file has changed.
pub struct Blocks<'s> {
    snapshot: &'s Snapshot,
    /// The number of the block that is read next.
    next: usize,
    block: Vec<u8>,
    at: usize,
    end: usize,
}

impl Blocks<'_> {
    fn refill(&mut self) -> io::Result<()> {
        let place = self.next as u64 * BLOCK as u64;
        let count = self.snapshot.fill(place, &mut self.block)?;
        let bytes = self.block.get(..count).unwrap_or_default();
        let is_same = match (self.snapshot.digests.get(self.next), bytes) {
            (None, []) => true,
            (Some(known), bytes) => *known == digest_of(bytes)?,
            (None, _) => false,
        };
        if !is_same {
            return Err(Fault::Changed.into());
        }
        self.next += usize::from(count > 0);
        let end = place + count as u64;
        self.snapshot.read_so_far.store(end, Ordering::Relaxed);
        (self.at, self.end) = (0, count);
        Ok(())
    }
}

impl Read for Blocks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.end {
            self.refill()?;
        }
        let rest = self.block.get(self.at..self.end).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}

fn digest_of(bytes: &[u8]) -> io::Result<Digest> {
    let digest = digest(&SHA256, bytes);
    digest.as_ref().try_into().map_err(io::Error::other)
}

/// A file without a name: nobody else can open it, and it disappears with this process.
fn copied(mut from: impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut from, &mut file)?;
    Ok(file)
}

/// Returns true for a source that may have no end, such as `/dev/zero`.
#[cfg(unix)]
fn is_device(kind: fs::FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_char_device() || kind.is_block_device()
}

#[cfg(not(unix))]
fn is_device(_: fs::FileType) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(snapshot: &Snapshot) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        snapshot.reader().read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn is_changed(read: io::Result<Vec<u8>>) -> bool {
        read.is_err_and(|error| matches!(Fault::from(error), Fault::Changed))
    }

    #[test]
    fn a_file_that_is_as_it_was_is_read_any_number_of_times() {
        for size in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let mut seen = Vec::new();
            let snapshot = Snapshot::of_bytes(&bytes, |block, at, _| {
                seen.extend_from_slice(block);
                assert_eq!(at as usize, seen.len());
            })
            .expect("a snapshot");
            assert_eq!(seen, bytes);
            assert_eq!(snapshot.size as usize, size);
            assert_eq!(read(&snapshot).expect("bytes"), bytes);
            assert_eq!(read(&snapshot).expect("bytes"), bytes);
        }
    }

    #[test]
    fn nothing_is_read_of_a_block_that_changed_and_all_before_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("leads.csv");
        let bytes = vec![b'a'; 3 * BLOCK];
        fs::write(&path, &bytes).expect("written");
        let snapshot = Snapshot::take(&path, |_, _, _| {}).expect("a snapshot");
        let mut file = File::options().write(true).open(&path).expect("a file");
        file.seek(SeekFrom::Start(2 * BLOCK as u64 + 5))
            .expect("a place");
        file.write_all(b"b").expect("written");
        let mut read = Vec::new();
        let error = snapshot
            .reader()
            .read_to_end(&mut read)
            .expect_err("an error");
        assert!(matches!(Fault::from(error), Fault::Changed));
        assert_eq!(read.len(), 2 * BLOCK);
    }

    #[test]
    fn a_file_that_grew_or_shrank_has_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        for size in [0, 10, BLOCK] {
            let path = folder.path().join(format!("{size}.csv"));
            fs::write(&path, vec![b'a'; size]).expect("written");
            let snapshot = Snapshot::take(&path, |_, _, _| {}).expect("a snapshot");
            let mut file = File::options().append(true).open(&path).expect("a file");
            file.write_all(b"b").expect("written");
            assert!(is_changed(read(&snapshot)), "{size}");
            file.set_len(size as u64 / 2).expect("cut off");
            assert_eq!(is_changed(read(&snapshot)), size > 0, "{size}");
        }
    }

    #[test]
    fn what_is_no_file_is_refused_in_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let refused = |path: &Path| Snapshot::take(path, |_, _, _| {}).err().unwrap_or_default();
        assert_eq!(refused(folder.path()), "is a folder, and no file");
        assert!(refused(&folder.path().join("none")).starts_with("can't be read: "));
        if cfg!(unix) {
            assert_eq!(refused(Path::new("/dev/zero")), "is a device, and no file");
        }
    }
}
