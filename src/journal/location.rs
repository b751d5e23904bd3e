//! The location of a run's journal, as the caller gives it.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{file::FileStore, store::JournalStore};

/// The location of a run's journal: a path, or a [`JournalStore`].
pub struct JournalLocation(Place);

enum Place {
    File(PathBuf),
    Store(Arc<dyn JournalStore>),
}

impl JournalLocation {
    /// Returns the store of this place, of which nothing is opened or locked yet. A run does that by itself.
    pub fn open(self) -> Arc<dyn JournalStore> {
        match self.0 {
            Place::File(path) => Arc::new(FileStore::new(path)),
            Place::Store(store) => store,
        }
    }
}

impl<S: JournalStore> From<S> for JournalLocation {
    fn from(store: S) -> Self {
        Self(Place::Store(Arc::new(store)))
    }
}

impl From<PathBuf> for JournalLocation {
    fn from(path: PathBuf) -> Self {
        Self(Place::File(path))
    }
}

/// The same for every type that a path can be given as.
macro_rules! from_path {
    ($($path:ty),*) => {$(
        impl From<$path> for JournalLocation {
            fn from(path: $path) -> Self {
                PathBuf::from(path).into()
            }
        }
    )*};
}

from_path!(&str, String, &String, &Path, &PathBuf, &OsStr, OsString);

impl fmt::Debug for JournalLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::File(path) => f.debug_tuple("JournalLocation").field(path).finish(),
            Place::Store(_) => f.debug_tuple("JournalLocation").finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_debug_shows_the_path_of_a_file_and_nothing_of_a_store() {
        let file = JournalLocation::from("leads.journal");
        assert_eq!(format!("{file:?}"), r#"JournalLocation("leads.journal")"#);
        let store = JournalLocation::from(FileStore::new("leads.journal".into()));
        assert_eq!(format!("{store:?}"), "JournalLocation(..)");
    }
}
