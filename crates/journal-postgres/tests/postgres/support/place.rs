//! The place of a test's journal: a journal of its own in the table of a server that all tests of this process share.

use std::{
    ffi::{OsStr, OsString},
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use copper_crm::bulk::JournalLocation;
use copper_crm_journal_postgres::PostgresJournal;
use tokio::time::sleep;

use super::{
    folder::Folder,
    query,
    server::{self, Server},
};

/// The number by which the rounds of the crash tests are divided.
pub const ROUNDS_OF: usize = 5;

static COUNT: AtomicU64 = AtomicU64::new(0);

#[derive(Clone)]
pub struct Place {
    name: String,
    url: String,
    told: OsString,
}

impl Place {
    pub fn new(_: &Folder) -> Self {
        Self::on(server::shared())
    }

    pub fn on(server: &Server) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test {} {number}", process::id());
        let told = format!("{}?name={}", server.url(), name.replace(' ', "%20"));
        Self {
            name,
            url: server.url(),
            told: told.into(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn store(&self) -> PostgresJournal {
        PostgresJournal::new(&self.url, &self.name).expect("a URL")
    }

    pub fn location(&self) -> JournalLocation {
        self.store().into()
    }

    /// The place in the form in which a child process gets it.
    pub fn told(&self) -> &OsStr {
        &self.told
    }

    /// The place that the parent gave to this child process.
    pub fn heard(told: OsString) -> JournalLocation {
        let url = told.to_str().expect("text");
        PostgresJournal::from_url(url).expect("a URL").into()
    }

    fn rows(&self, sql: &str) -> Vec<tokio_postgres::Row> {
        query::rows(&self.url, sql, &[&self.name])
    }

    /// The text of the journal; empty if there is no journal.
    pub fn written(&self) -> String {
        let lines = self
            .rows("SELECT text FROM copper_journal WHERE journal = $1 AND line > 0 ORDER BY line");
        let lines = lines.iter().map(|row| row.get::<_, String>(0) + "\n");
        lines.collect()
    }

    pub fn write(&self, text: &str) {
        self.rows("DELETE FROM copper_journal WHERE journal = $1 AND line > 0");
        let insert = "INSERT INTO copper_journal (journal, line, text)
            SELECT $1, row_number() OVER (), text FROM regexp_split_to_table($2, '\n') AS text";
        let text = text.trim_end_matches('\n');
        query::rows(&self.url, insert, &[&self.name, text]);
    }

    /// The number of bytes in the journal.
    pub fn size(&self) -> usize {
        let size = self.rows(
            "SELECT coalesce(sum(octet_length(text) + 1), 0) FROM copper_journal
            WHERE journal = $1 AND line > 0",
        );
        usize::try_from(size[0].get::<_, i64>(0)).expect("a size")
    }

    /// Removes the last line. A torn line of a file has the same effect, because it does not count.
    pub fn tear(&self, _: usize) {
        self.rows(
            "DELETE FROM copper_journal WHERE journal = $1
            AND line = (SELECT max(line) FROM copper_journal WHERE journal = $1)",
        );
    }

    /// Waits until no run holds the journal. A dropped run frees it a moment later, after its last line is written.
    pub async fn until_free(&self) {
        let lock = "SELECT FROM pg_locks WHERE locktype = 'advisory'
            AND classid::bigint << 32 | objid::bigint
            = hashtextextended('copper_journal'::regclass::oid::text || ' ' || $1, 0)";
        while !self.rows(lock).is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
    }
}
