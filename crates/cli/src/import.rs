//! `copper import`: loads a file of leads, people or the like into Copper.
//!
//! The whole file is checked before anything is sent, every record that does not get into Copper is
//! written down with its reason, and the last line on standard output counts all outcomes. With a journal,
//! that holds over any number of starts. This file is the order of events; each noun has its own.

use std::{fs, process};

use crate::{
    args::import::{Args, Import},
    display::{escape, print, say},
    files::{distinct, output::refuse_unusable, rejects::Rejects, report_file::ReportFile},
    load::{self, destination::Destination, ended::Interrupted, progress::Checking},
    preview,
    records::input::Input,
    report,
};

const ALL_DONE: u8 = 0;
const SOME_NOT_DONE: u8 = 1;
/// The arguments or the input can't be used, and nothing was sent.
pub const UNUSABLE: u8 = 2;

/// Runs the command and returns its exit status.
pub async fn run(given: Import) -> u8 {
    let imported = match Args::new(given) {
        Ok(args) => import(&args).await,
        Err(why) => Err(format!("{why}. See copper import --help.")),
    };
    imported.unwrap_or_else(|why| {
        say(why);
        nothing_was_sent()
    })
}

/// An error before the first record is sent is about arguments or input. Afterwards every record has an
/// outcome, and there is no error.
async fn import(args: &Args) -> Result<u8, String> {
    distinct::check(args)?;
    if let Some(journal) = &args.journal {
        refuse_unusable(journal)
            .map_err(|error| format!("{} can't be written: {error}.", escape::path(journal)))?;
    }
    let mut checking = Checking::of(&args.file);
    let input = Input::read(
        &args.file,
        &args.reading,
        args.entity,
        &args.mapping,
        &mut checking,
    );
    checking.end();
    let input = input?;
    // An upsert finds the records that are there.
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
        Some(path) => Some(ReportFile::find(path)?),
        None => None,
    };
    if args.dry_run {
        return Ok(match preview::show(&input, args, &destination, resumes) {
            true => ALL_DONE,
            false => SOME_NOT_DONE,
        });
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
        Some(file) => file.write(&report::json::Report::new(&ended, args, &destination)),
        None => Ok(()),
    };
    if let Err(why) = &reported {
        say(why);
    }
    if ended.interrupted == Interrupted::Twice {
        report::tell_cut_off(&ended, args);
        // Requests in flight in the background would be waited for otherwise.
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

/// Returns true if the journal may have records.
fn resumes(args: &Args) -> bool {
    let journal = args
        .journal
        .as_ref()
        .and_then(|path| fs::metadata(path).ok());
    journal.is_some_and(|file| file.len() > 0)
}

fn nothing_was_sent() -> u8 {
    say("Nothing was sent.");
    UNUSABLE
}
