//! The place of a test's journal: a file. The tests of `crates/journal-postgres` are these as well, with a table in
//! its place.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
    time::Duration,
};

use copper_crm::bulk::JournalLocation;
use tokio::time::sleep;

use super::folder::Folder;

/// Of so many rounds of a crash test one is done.
pub const ROUNDS_OF: usize = 1;

#[derive(Clone)]
pub struct Place(PathBuf);

impl Place {
    pub fn new(folder: &Folder) -> Self {
        Self(folder.file("journal"))
    }

    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn location(&self) -> JournalLocation {
        self.path().into()
    }

    /// The place as a child is told it.
    pub fn told(&self) -> &OsStr {
        self.0.as_os_str()
    }

    /// The place that this process, a child, was told.
    pub fn heard(told: OsString) -> JournalLocation {
        told.into()
    }

    /// The text of the journal, which is empty where there is none.
    pub fn written(&self) -> String {
        fs::read_to_string(&self.0).unwrap_or_default()
    }

    pub fn write(&self, text: &str) {
        fs::write(&self.0, text).expect("it is written");
    }

    /// The bytes that are written.
    pub fn size(&self) -> usize {
        fs::metadata(&self.0).map_or(0, |journal| journal.len() as usize)
    }

    /// Takes bytes from its end, as a power cut may.
    pub fn tear(&self, bytes: usize) {
        let file = OpenOptions::new().write(true).open(&self.0);
        let left = self.size() - bytes;
        file.and_then(|file| file.set_len(left as u64))
            .expect("it is cut");
    }

    /// Waits until nobody has the journal. What was dropped lets go of it a moment later, once its last line
    /// is written.
    pub async fn until_free(&self) {
        let Ok(journal) = File::open(&self.0) else {
            return;
        };
        while journal.try_lock().is_err() {
            sleep(Duration::from_millis(1)).await;
        }
    }
}
