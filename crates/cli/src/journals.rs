//! `copper journal`: lists, shows and deletes journals in PostgreSQL, and accepts a server after a failover.

use std::{env, time::SystemTime};

use copper_crm_journal_postgres::{PostgresError, PostgresJournal, PostgresJournals};

use crate::{
    args::journals::{Action, Options},
    display::{duration::words, escape::escaped, print, say},
    journal::VARIABLE,
};

const DONE: u8 = 0;
const FAILED: u8 = 1;
const UNUSABLE: u8 = 2;

/// Runs the command and returns its exit status.
pub async fn run(options: Options) -> u8 {
    let variable = || env::var(VARIABLE).ok().filter(|url| !url.is_empty());
    let Some(url) = options.journal.or_else(variable) else {
        say(format_args!(
            "Give the database with --journal postgres://user@host/database?name=RUN, or in {VARIABLE}."
        ));
        return UNUSABLE;
    };
    let journals = match PostgresJournals::new(&url) {
        Ok(journals) => journals,
        Err(error) => {
            say(format_args!("--journal can't be used: {}.", escaped(error)));
            return UNUSABLE;
        }
    };
    if options.action == Action::List {
        return told(list(&journals).await);
    }
    let named = match PostgresJournal::from_url(&url) {
        Ok(named) => named,
        Err(error) => {
            say(format_args!("--journal can't be used: {}.", escaped(error)));
            return UNUSABLE;
        }
    };
    let name = named.name();
    let found = match options.action {
        Action::Show => journals.read(name).await.map(|lines| {
            lines.iter().for_each(|line| print(escaped(line)));
            !lines.is_empty()
        }),
        Action::Delete => journals.delete(name).await,
        _ => journals.accept_server(name).await,
    };
    match found {
        Ok(true) => DONE,
        Ok(false) => {
            say(format_args!("There is no journal {}.", escaped(&named)));
            FAILED
        }
        Err(error) => told(Err(error)),
    }
}

async fn list(journals: &PostgresJournals) -> Result<(), PostgresError> {
    for info in journals.list().await? {
        let in_use = if info.in_use { "in use" } else { "-" };
        print(format_args!(
            "{}\t{} lines\twritten {} ago\t{in_use}",
            escaped(&info.name),
            info.lines,
            words(
                SystemTime::now()
                    .duration_since(info.written)
                    .unwrap_or_default()
            )
        ));
    }
    Ok(())
}

/// Prints the reason of a failure, and returns the exit status.
fn told(done: Result<(), PostgresError>) -> u8 {
    match done {
        Ok(()) => DONE,
        Err(error) => {
            say(format_args!("{}.", escaped(error)));
            FAILED
        }
    }
}
