//! Loads a file of leads, people or the like into Copper: `copper import FILE`; `--help` tells the rest.
//!
//! It is an example to read and a tool to rely on: the whole file is checked before anything is sent,
//! every record that does not get into Copper is written down with its reason, and what became of all of
//! them is the last line on standard output. With a journal, that holds over any number of starts.
//! This file is the order of events; each noun has its own.

mod activity;
mod args;
mod cell;
mod check;
mod columns;
mod command;
mod company;
mod csv_file;
mod custom;
mod destination;
mod dialect;
mod doubt;
mod duration;
mod earlier;
mod ended;
mod entity;
mod field;
mod gate;
mod help;
mod input;
mod interrupts;
mod json_file;
mod key;
mod lead;
mod lines;
mod load;
mod mapping;
mod note;
mod opportunity;
mod person;
mod plan;
mod problems;
mod progress;
mod reasons;
mod records;
mod rejects;
mod report;
mod report_file;
mod sheet;
mod text;

use std::{
    ffi::OsString,
    fmt::Display,
    fs,
    io::{self, Write},
    process::{self, ExitCode},
};

use args::{Args, Asked};
use check::Checked;
use destination::Destination;
use ended::Interrupted;
use input::Input;
use plan::Plan;
use rejects::Rejects;
use report_file::ReportFile;

const ALL_DONE: u8 = 0;
const SOME_NOT_DONE: u8 = 1;
const UNUSABLE: u8 = 2;

pub async fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let code = match Args::from_command_line(args) {
        Ok(Asked::Help) => {
            print(help::text());
            ALL_DONE
        }
        Ok(Asked::Import(args)) => import(&args).await.unwrap_or_else(refuse),
        Err(why) => refuse(why),
    };
    ExitCode::from(code)
}

/// An error before the first record is sent is about arguments or input; afterwards every record has an
/// outcome, and there is none.
async fn import(args: &Args) -> Result<u8, String> {
    let input = Input::read(&args.file, args.entity, &args.mapping)?;
    // An upsert finds what is there.
    if !args.accept_duplicates && args.doubt.upserted().is_none() {
        input.refuse_what_is_in_doubt(&args.file)?;
    }
    args.doubt.refuse_without_keys(&input, &args.file)?;
    let destination = Destination::new(args.live).await?;
    let resumes = resumes(args);
    let mut rejects = match &args.rejects {
        Some(path) => Some(Rejects::find(path, args, &input, resumes)?),
        None => None,
    };
    let report = match &args.report {
        Some(path) => Some(ReportFile::find(path, args, rejects.as_ref())?),
        None => None,
    };
    if args.dry_run {
        return Ok(dry_run(&input, args, &destination));
    }
    let ended = load::load(
        &destination,
        &input,
        args,
        rejects.as_mut(),
        report.as_ref(),
    )
    .await?;
    let reported = match &report {
        Some(report) => report.write(&ended, args, &destination),
        None => Ok(()),
    };
    if let Err(why) = &reported {
        say(why);
    }
    if ended.interrupted == Interrupted::Twice {
        report::tell_cut_off(&ended, args);
        // What is under way in the background would be waited for otherwise.
        process::exit(SOME_NOT_DONE.into());
    }
    report::tell(&ended, args);
    if ended.in_vain() {
        return Ok(nothing_was_sent());
    }
    print(ended.summary);
    Ok(match ended.is_all_done() && reported.is_ok() {
        true => ALL_DONE,
        false => SOME_NOT_DONE,
    })
}

/// Tells what would be sent, now that all is known that can be known before.
fn dry_run(input: &Input, args: &Args, destination: &Destination) -> u8 {
    let checked = Checked::new(input, args);
    let is_fine = checked.reasons.is_empty();
    if !is_fine {
        say(report::at_fault(&checked, args));
    }
    print(report::plan(
        &Plan::new(input, args, destination.copper(), checked.held_back),
        args,
        destination,
        resumes(args),
    ));
    say("Nothing was sent: it was a dry run.");
    match is_fine {
        true => ALL_DONE,
        false => SOME_NOT_DONE,
    }
}

/// Whether there may be something in the journal.
fn resumes(args: &Args) -> bool {
    let journal = args
        .journal
        .as_ref()
        .and_then(|path| fs::metadata(path).ok());
    journal.is_some_and(|file| file.len() > 0)
}

fn refuse(why: String) -> u8 {
    say(why);
    nothing_was_sent()
}

fn nothing_was_sent() -> u8 {
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
