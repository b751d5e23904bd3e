//! The options of `copper journal`.

use clap::{Args, Subcommand};

/// Lists, shows and deletes the journals in a PostgreSQL.
///
/// The database is that of --journal or COPPER_JOURNAL, as for copper import.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    pub action: Action,

    /// The database, and with name=RUN a journal in it: postgres://user@host/database?name=RUN. A password is better
    /// put into COPPER_JOURNAL.
    #[arg(long, value_name = "URL", global = true)]
    pub journal: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum Action {
    /// Prints all journals: name, number of lines, the time since each was last written, and "in use" if an import has it
    /// open.
    List,
    /// Prints the lines of a journal, as they would be in a file.
    Show,
    /// Deletes a journal. What was in flight at the end of its import is forgotten with it.
    Delete,
    /// Says that the server has all lines of a journal that were ever confirmed, after a failover or a restore.
    ///
    /// An import asks for that where it can't know. If lines are missing after all, it may send records twice.
    Accept,
}
