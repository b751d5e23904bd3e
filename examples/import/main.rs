//! Loads a file of leads into Copper: `cargo run --example import -- FILE`; `--help` tells the rest.
//!
//! It is an example to read and a tool to rely on: the whole file is checked before anything is sent,
//! every lead that does not get into Copper is written down with its reason, and what became of all of
//! them is the last line on standard output. This file is the order of events; each noun has its own.

mod args;
mod columns;
mod csv_file;
mod custom;
mod input;
mod json_file;
mod lead;
mod lines;
mod load;
mod problems;
mod progress;
mod reasons;
mod rejects;
mod report;
mod text;

use std::{
    fmt::Display,
    io::{self, Write},
    process::ExitCode,
};

use copper_crm::{Copper, sandbox::Sandbox};

use args::{Args, Asked};
use input::Input;
use rejects::Rejects;

const ALL_DONE: u8 = 0;
const SOME_NOT_DONE: u8 = 1;
const UNUSABLE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let code = match Args::from_command_line() {
        Ok(Asked::Help) => {
            print(args::HELP);
            ALL_DONE
        }
        Ok(Asked::Import(args)) => import(&args).await.unwrap_or_else(refuse),
        Err(why) => refuse(why),
    };
    ExitCode::from(code)
}

/// An error before the first lead is sent is about arguments or input; afterwards every lead has an
/// outcome, and there is none.
async fn import(args: &Args) -> Result<u8, String> {
    let input = Input::read(&args.file)?;
    if !args.accept_duplicates {
        input.refuse_leads_in_doubt(&args.file)?;
    }
    let destination = Destination::of(args).await?;
    let mut rejects = match &args.rejects {
        Some(path) => Some(Rejects::create(path, &args.file, &input)?),
        None => None,
    };
    say(format_args!(
        "Sending {} leads to {destination}.",
        input.rows.len()
    ));
    let ended = load::load(
        destination.copper(),
        &input,
        args.chunk_size,
        rejects.as_mut(),
    )
    .await;
    report::tell(&ended, args);
    print(ended.summary);
    let all_done = ended.summary.done == ended.summary.total();
    Ok(if all_done { ALL_DONE } else { SOME_NOT_DONE })
}

/// Where the leads go. It keeps the sandbox running.
enum Destination {
    Live(Copper),
    Sandbox { copper: Copper, _server: Sandbox },
}

impl Destination {
    async fn of(args: &Args) -> Result<Self, String> {
        if args.live {
            return match Copper::from_env() {
                Ok(copper) => Ok(Self::Live(copper)),
                Err(error) => Err(format!("Copper can't be used: {error}.")),
            };
        }
        let unusable = |error: &dyn Display| format!("The sandbox can't be started: {error}.");
        let server = Sandbox::start().await.map_err(|e| unusable(&e))?;
        let copper = server.copper().build().map_err(|e| unusable(&e))?;
        Ok(Self::Sandbox {
            copper,
            _server: server,
        })
    }

    fn copper(&self) -> &Copper {
        match self {
            Self::Live(copper) | Self::Sandbox { copper, .. } => copper,
        }
    }
}

impl Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Live(copper) => f.write_str(copper.base_url()),
            Self::Sandbox { .. } => {
                f.write_str("a sandbox in this process; --live is for Copper itself")
            }
        }
    }
}

fn refuse(why: String) -> u8 {
    say(why);
    say("Nothing was sent.");
    UNUSABLE
}

/// To standard output, which holds the result and nothing else. Whoever closed it does not want it:
/// `println!` would panic then.
fn print(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// To standard error, for the person at the terminal.
fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
