//! The command line of `copper`: its commands, their options, and the help that is their manual.

// Doc comments of arguments are shown as help, where `cf_<id>` is plain text.
#![allow(rustdoc::invalid_html_tags)]

pub mod connection;
pub mod export;
pub mod fields;
pub mod help;
pub mod import;
pub mod journals;
pub mod sandbox;
pub mod sync;
pub mod sync_help;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

/// Loads files of leads, people and other records into Copper without duplicates, and reports the outcome of
/// each record.
#[derive(Parser)]
#[command(
    name = "copper",
    version,
    max_term_width = 80,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    Import(Box<import::Import>),
    Export(export::Options),
    Fields(fields::Options),
    Journal(journals::Options),
    Sandbox(sandbox::Options),
    Sync(Box<sync::Sync>),
    /// Prints the completions of this program for a shell.
    ///
    /// For bash: copper completions bash > ~/.local/share/bash-completion/completions/copper
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// All commands and options, with the help about columns.
pub fn command() -> clap::Command {
    let command = Cli::command().mut_subcommand("import", |import| {
        import.after_long_help(help::after_options())
    });
    command.mut_subcommand("sync", sync_help::with_help)
}

/// Parses the arguments of the process, the program's name first.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(args)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_options_are_consistent() {
        command().debug_assert();
    }
}
