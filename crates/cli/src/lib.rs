//! The parts of the program `copper`, for its own tests and fuzzers.
//!
//! **This is not a stable interface.** The program is: its commands, their options, exit statuses and output.
//! Anything here can change with any version. To load records from a program of your own, use [`copper_crm`].
//!
//! Each layer uses only the layers below it:
//!
//! | layer | holds |
//! |---|---|
//! | [`runtime`] | what all of it runs in |
//! | [`import`], [`sync`], [`export`], [`account`], [`journals`], [`sandbox`] | the commands, as the order of events |
//! | [`report`] | the closing messages, and the report for programs |
//! | [`preview`] | the dry run: checks and plan |
//! | [`load`] | one run over all rows: destination, feed, progress, interrupts, end |
//! | [`files`] | the files that are written: rejects, unknown, report |
//! | [`args`] | the command line |
//! | [`term`], [`criteria`] | a condition of `--where`, and the searches that it can be part of |
//! | [`journal`] | the place of a journal: a file, or a PostgreSQL |
//! | [`doubt`] | leads in doubt: reconciled, upserted, or left unknown |
//! | [`records`] | each row as a record, checked as a whole |
//! | [`columns`] | the field that each column fills |
//! | [`fields`] | the fields of Copper's records, and the parsers of their cells |
//! | [`read`] | the input file as rows of cells |
//! | [`display`] | text for people: escaped, quoted, grouped by line |

#![allow(
    missing_docs,
    reason = "not an interface: the module docs say what a reader needs"
)]

pub mod account;
pub mod args;
pub mod columns;
pub mod criteria;
pub mod display;
pub mod doubt;
pub mod export;
pub mod fields;
pub mod files;
pub mod import;
pub mod journal;
pub mod journals;
pub mod load;
pub mod preview;
pub mod read;
pub mod records;
pub mod report;
pub mod runtime;
pub mod sandbox;
pub mod sync;
pub mod term;

use std::{ffi::OsString, io, panic, thread};

use args::Command;

/// Lets the thread that reads workbooks say nothing of a panic: the file is told to be damaged, and the message of
/// the panic could quote it.
pub fn quiet_reader() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        if thread::current().name() != Some(read::workbook::READER) {
            tell(panicked);
        }
    }));
}

/// The exit status of a command that did its work, but could not write its result.
const RESULT_LOST: u8 = 1;

/// Runs the program with these arguments, its own name first, and returns its exit status.
pub async fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let status = run_command(args).await;
    let Some(error) = display::lost() else {
        return status;
    };
    display::say(format_args!(
        "Standard output can't be written: {error}. What it has is not complete."
    ));
    status.max(RESULT_LOST)
}

async fn run_command(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match args::parse(args) {
        Ok(cli) => cli,
        Err(refusal) => {
            let _ = refusal.print();
            if !refusal.use_stderr() {
                return 0;
            }
            display::say("Nothing was sent.");
            return import::UNUSABLE;
        }
    };
    match cli.command {
        Command::Import(import) => import::run(*import).await,
        Command::Export(options) => export::run(options).await,
        Command::Fields(options) => account::run(options).await,
        Command::Sync(sync) => sync::run(*sync).await,
        Command::Journal(journal) => journals::run(journal).await,
        Command::Sandbox(options) => sandbox::run(options).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut args::command(), "copper", &mut io::stdout());
            0
        }
    }
}
