//! The journal of an import: a file, or lines in PostgreSQL. Its URL is shown without the password.

use std::{
    env,
    ffi::OsString,
    fmt, fs,
    path::{Path, PathBuf},
};

use copper_crm::bulk::JournalLocation;
use copper_crm_journal_postgres::{PostgresJournal, PostgresJournals, UrlError};

use crate::display::escape::{self, escaped};

const OPTION: &str = "--journal";
pub const VARIABLE: &str = "COPPER_JOURNAL";

/// The place of a journal, as the user gave it.
pub enum Journal {
    File(PathBuf),
    Postgres {
        /// The URL. It may hold a password.
        url: String,
        /// The URL without the password.
        shown: String,
        /// The name of the journal in the table.
        name: String,
    },
}

impl Journal {
    /// Reads the value of `--journal`, or without it that of the environment variable. The error is one sentence.
    pub fn given(option: Option<PathBuf>) -> Result<Option<Self>, String> {
        let variable = || env::var_os(VARIABLE).filter(|value| !value.is_empty());
        let (name, value) = match (option, variable()) {
            (Some(value), _) => (OPTION, value.into_os_string()),
            (None, Some(value)) => (VARIABLE, value),
            (None, None) => return Ok(None),
        };
        let journal = Self::read(value);
        journal
            .map(Some)
            .map_err(|error| format!("{name} can't be used: {}", escaped(error)))
    }

    fn read(value: OsString) -> Result<Self, UrlError> {
        let is_url = |text: &&str| {
            let schemes = ["postgres://", "postgresql://"];
            schemes.iter().any(|scheme| text.starts_with(scheme))
        };
        match value.to_str().filter(is_url) {
            Some(url) => {
                let journal = PostgresJournal::from_url(url)?;
                Ok(Self::Postgres {
                    shown: journal.to_string(),
                    name: journal.name().to_owned(),
                    url: url.to_owned(),
                })
            }
            None => Ok(Self::File(value.into())),
        }
    }

    /// Returns the file, if the journal is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Postgres { .. } => None,
        }
    }

    /// Returns the place in the form that a run takes.
    pub fn location(&self) -> Result<JournalLocation, String> {
        match self {
            Self::File(path) => Ok(path.into()),
            Self::Postgres { url, .. } => match PostgresJournal::from_url(url) {
                Ok(journal) => Ok(journal.into()),
                Err(error) => Err(format!("{}.", escaped(error))),
            },
        }
    }

    /// Creates the table if the journal needs one and there is none.
    pub async fn create_table(&self) -> Result<(), String> {
        let Some(journals) = self.journals()? else {
            return Ok(());
        };
        let created = journals.create_table().await;
        created.map_err(|error| format!("{}.", escaped(error)))
    }

    /// Returns true if the journal may have records.
    pub async fn has_lines(&self) -> Result<bool, String> {
        match self {
            Self::File(path) => Ok(fs::metadata(path).is_ok_and(|file| file.len() > 0)),
            Self::Postgres { name, .. } => {
                let Some(journals) = self.journals()? else {
                    return Ok(false);
                };
                let list = journals.list().await;
                let list = list.map_err(|error| format!("{}.", escaped(error)))?;
                Ok(list.iter().any(|info| info.name == *name && info.lines > 0))
            }
        }
    }

    /// Returns all journals in the database, if this one is in a database.
    fn journals(&self) -> Result<Option<PostgresJournals>, String> {
        match self {
            Self::File(_) => Ok(None),
            Self::Postgres { url, .. } => match PostgresJournals::new(url) {
                Ok(journals) => Ok(Some(journals)),
                Err(error) => Err(format!("{}.", escaped(error))),
            },
        }
    }
}

impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => escape::path(path).fmt(f),
            Self::Postgres { shown, .. } => escaped(shown).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_told_without_its_password_and_all_else_is_a_file() {
        let read = |text: &str| Journal::read(text.into()).map(|journal| journal.to_string());
        let told = read("postgres://jim:geheim@db/crm?name=May").expect("a journal");
        assert_eq!(told, "postgres://jim@db:5432/crm?name=May");
        assert_eq!(read("leads.journal").expect("a file"), "leads.journal");
        let refused = read("postgres://jim:geheim@db/crm").expect_err("it has no name");
        assert!(!refused.to_string().contains("geheim"), "{refused}");
    }
}
