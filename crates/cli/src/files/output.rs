//! Output files: newly created, readable only by their owner, locked, and complete when they appear.
//!
//! A new file first gets a random name in the same folder, so nobody can prepare a link or a file with that
//! name. It is renamed in one step when it is complete. A link in its place is never followed.

use std::{
    fs::{self, File, Metadata, TryLockError},
    io::{self, ErrorKind},
    path::Path,
};

use tempfile::{Builder, NamedTempFile};

const IN_USE: &str = "another import is writing it";

/// The permission to replace an existing file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// There was no file. One that has appeared meanwhile is somebody else's, and is kept.
    Free,
    /// There is a file whose content is not needed any more.
    Replaced,
}

/// Refuses everything except regular files: links, folders, pipes and devices.
pub fn refuse_unusable(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(found) => Err(io::Error::other(kind(&found))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn kind(found: &Metadata) -> &'static str {
    if found.is_symlink() {
        "it is a link, which is not followed"
    } else if found.is_dir() {
        "it is a folder"
    } else {
        "it is no regular file"
    }
}

/// Locks the file at a path; None if there is none. While the lock is held, no other import replaces the
/// file.
pub fn lock(path: &Path) -> io::Result<Option<File>> {
    refuse_unusable(path)?;
    let file = match File::options().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    try_lock(&file)?;
    // Its holder may have replaced the file before it released the lock.
    match is_in_place(&file, path)? {
        true => Ok(Some(file)),
        false => Err(io::Error::other(IN_USE)),
    }
}

fn try_lock(file: &File) -> io::Result<()> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => io::Error::other(IN_USE),
        TryLockError::Error(error) => error,
    })
}

#[cfg(unix)]
fn is_in_place(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let (held, found) = (file.metadata()?, fs::symlink_metadata(path)?);
    Ok((held.dev(), held.ino()) == (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn is_in_place(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// Checks that a file can be created in the folder of a path.
pub fn try_folder(path: &Path) -> io::Result<()> {
    new_in(folder(path)).map(drop)
}

/// The folder of a path.
pub fn folder(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Creates a file with a random name in this folder.
pub fn new_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut name = Builder::new();
    name.prefix(".copper-").suffix(".tmp");
    name.tempfile_in(folder).map_err(without_path)
}

/// The error without the path of the random file, of which the user has never heard. `tempfile` has it in its text only.
fn without_path(error: io::Error) -> io::Error {
    let told = error.to_string();
    match told.split_once(" at path ") {
        Some((cause, _)) => io::Error::new(error.kind(), cause),
        None => error,
    }
}

/// Creates a file with this content and renames it to its path. Returns it open and locked.
pub fn create(
    path: &Path,
    place: Place,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<File> {
    let folder = folder(path);
    let mut new = new_in(folder)?;
    try_lock(new.as_file())?;
    write(new.as_file_mut())?;
    new.as_file().sync_all()?;
    let file = match place {
        Place::Free => new.persist_noclobber(path),
        Place::Replaced => new.persist(path),
    }?;
    sync(folder);
    Ok(file)
}

/// Makes the new name survive a power cut. Some file systems can't do that.
fn sync(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(all(test, unix))]
mod tests {
    use std::{
        io::Write,
        os::unix::fs::{PermissionsExt, symlink},
    };

    use super::*;

    fn with(text: &'static str) -> impl FnOnce(&mut File) -> io::Result<()> {
        move |file| file.write_all(text.as_bytes())
    }

    #[test]
    fn a_new_file_is_its_owners_alone_and_never_written_through_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, target) = (folder.path().join("new"), folder.path().join("target"));
        fs::write(&target, "mine").expect("a file");
        symlink(&target, &path).expect("a link");
        assert!(lock(&path).is_err());
        create(&path, Place::Free, with("a")).expect_err("somebody's link is in its place");
        create(&path, Place::Replaced, with("b")).expect("a file");
        assert_eq!(fs::read_to_string(&target).expect("it is there"), "mine");
        let found = fs::symlink_metadata(&path).expect("it is there");
        assert!(found.is_file());
        assert_eq!(found.permissions().mode() & 0o777, 0o600);
        let names = fs::read_dir(folder.path()).expect("the folder");
        assert_eq!(names.count(), 2, "nothing else is left");
    }

    #[test]
    fn what_is_written_is_locked_as_long_as_it_is_open() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new");
        let file = create(&path, Place::Free, with("a")).expect("a file");
        let refused = lock(&path).expect_err("it is held");
        assert_eq!(refused.to_string(), IN_USE);
        drop(file);
        assert!(lock(&path).expect("it is free").is_some());
    }
}
