//! `copper import`: loads a file of leads, people or other records into Copper.
//!
//! The whole file is checked before anything is sent. Every record that is not loaded is written to a file
//! with its reason. The last line on standard output counts all outcomes. With a journal, this holds over any
//! number of starts. This file is the order of events; each noun has its own file.

use std::{
    fs,
    io::{self, Write},
    path::Path,
    process,
};

use copper_crm::directory::Directory;
use encoding_rs::UTF_8;

use crate::{
    args::import::{Args, Import},
    columns::{header::Header, key_column::KeyColumn, mapping_file::MappingFile},
    display::{escape, print, problems::Problems, say},
    files::{
        distinct,
        outcomes::Outcomes,
        output::{self, Place, refuse_unusable},
        rejects::Rejects,
        report_file::ReportFile,
    },
    load::{
        self,
        destination::Destination,
        directory::{self, Needs},
        ended::Interrupted,
        progress::Checking,
    },
    preview,
    read::source::Source,
    records::input::{Checks, Input},
    report,
};

const ALL_DONE: u8 = 0;
const SOME_NOT_DONE: u8 = 1;
/// The arguments or the input can't be used, and nothing was sent.
pub const UNUSABLE: u8 = 2;

/// Runs the command and returns its exit status.
pub async fn run(given: Import) -> u8 {
    let imported = match Args::new(given) {
        Ok(mut args) => match add_mapping_file(&mut args) {
            Ok(()) => import(&args).await,
            Err(why) => Err(why),
        },
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
    distinct::check(args, None)?;
    prepare_journal(args).await?;
    let (destination, input, problems) = read(args, false).await?;
    if let Some(path) = &args.write_mapping {
        return write_mapping(path, &input, args);
    }
    preview::refuse(&input, args, &problems)?;
    // An upsert finds the records that are there.
    if !args.accept_duplicates && args.doubt.upserted().is_none() {
        input.refuse_what_is_in_doubt(&args.file)?;
    }
    args.doubt.refuse_without_keys(&input, &args.file)?;
    let resumes = resumes(args).await?;
    let mut rejects = match &args.rejects {
        Some(path) => Some(Rejects::find(path, args, &input, resumes)?),
        None => None,
    };
    let report = match &args.report {
        Some(path) => Some(ReportFile::find(path)?),
        None => None,
    };
    let mut outcomes = match &args.outcomes {
        Some(path) => Some(Outcomes::find(path)?),
        None => None,
    };
    if args.dry_run {
        return Ok(match preview::show(&input, args, &destination, resumes) {
            true => ALL_DONE,
            false => SOME_NOT_DONE,
        });
    }
    tell_notes(&input, args);
    let ended = load::load(
        &destination,
        &input,
        args,
        rejects.as_mut(),
        outcomes.as_mut(),
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
        // Otherwise the process would wait for requests in flight in the background.
        process::exit(SOME_NOT_DONE.into());
    }
    report::tell(&ended, args);
    if ended.in_vain() {
        return Ok(nothing_was_sent());
    }
    let outcomes = ended.outcomes.as_deref();
    match outcomes.is_some_and(Outcomes::is_standard_output) {
        true => say(ended.summary),
        false => print(ended.summary),
    }
    let is_told = outcomes.is_none_or(|outcomes| outcomes.failure.is_none());
    Ok(match ended.is_all_done() && reported.is_ok() && is_told {
        true => ALL_DONE,
        false => SOME_NOT_DONE,
    })
}

/// Tells what of the rows is left out or mended.
pub fn tell_notes(input: &Input, args: &Args) {
    let notes = preview::notes::left_out(input) + &preview::notes::mended(input, args);
    if !notes.is_empty() {
        say(format_args!(
            "Of {}:\n{}",
            escape::path(&args.file),
            notes.trim_end()
        ));
    }
}

/// Reads the input, and the names of the account that it needs; with `all_fields`, the custom fields in any
/// case.
pub async fn read(args: &Args, all_fields: bool) -> Result<(Destination, Input, Problems), String> {
    let mut checking = Checking::of(&args.file);
    let source = Input::open(
        &args.file,
        &args.reading,
        args.entity,
        &args.mapping,
        &mut checking,
    );
    let source = match source {
        Ok(source) => source,
        Err(why) => {
            checking.end();
            return Err(why);
        }
    };
    let destination = Destination::new(args.live, &args.connection).await?;
    let directory = names(&source, args, &destination, all_fields).await?;
    let mut problems = Problems::default();
    let checks = Checks {
        settings: args.settings,
        key: args.key.clone(),
        duplicates: args.duplicates,
    };
    let input = Input::new(
        source,
        args.entity,
        &args.mapping,
        &checks,
        directory,
        &mut problems,
        &mut checking,
    );
    checking.end();
    Ok((destination, input, problems))
}

/// The names of the account that the file needs.
async fn names(
    source: &Source,
    args: &Args,
    destination: &Destination,
    all_fields: bool,
) -> Result<Directory, String> {
    let header = Header::new(
        source,
        &args.mapping,
        args.entity,
        args.settings,
        Directory::default(),
        &mut Problems::default(),
    );
    let needs = Needs {
        names: header.names_needed(),
        custom_fields: args.live
            && (all_fields
                || args.mapping.needs_custom_fields()
                || header.needs_custom_fields()
                || matches!(args.key, KeyColumn::Named(_))),
    };
    let read = directory::read(destination.copper(), &needs, |error| {
        say(format_args!(
            "The account's custom fields can't be read, so the form of each value decides its type: {}.",
            escape::escaped(error)
        ));
    })
    .await;
    read.map_err(|error| {
        format!(
            "The names of the account can't be read: {}.",
            escape::escaped(error)
        )
    })
}

/// Adds the mapping file to the arguments.
pub fn add_mapping_file(args: &mut Args) -> Result<(), String> {
    let Some(path) = args.mapping_file.clone() else {
        return Ok(());
    };
    let file = escape::path(&path);
    let text =
        fs::read_to_string(&path).map_err(|error| format!("{file} can't be read: {error}."))?;
    let mapping = MappingFile::parse(&text);
    let mapping = mapping.map_err(|why| format!("{file} {}.", escape::escaped(why)))?;
    args.add(&mapping)
        .map_err(|why| format!("{file}: {}.", escape::escaped(why)))
}

/// Writes the meaning of the columns to a mapping file, and returns the exit status.
pub fn write_mapping(path: &Path, input: &Input, args: &Args) -> Result<u8, String> {
    // The one that was recognised; UTF-8 needs no word.
    let encoding = input.source().encoding().map(|text| text.encoding.name());
    let encoding = encoding
        .filter(|name| args.reading.encoding.is_some() || *name != UTF_8.name())
        .map(str::to_owned);
    let text = MappingFile::of(input.header(), encoding).text();
    let written = text
        .map_err(io::Error::other)
        .and_then(|text| output::create(path, Place::Free, |file| file.write_all(text.as_bytes())));
    let file = escape::path(path);
    written.map_err(|error| format!("{file} can't be written: {error}."))?;
    say(format_args!(
        "{file} has what was recognised: edit it, and load with --mapping {file}. Nothing was sent."
    ));
    Ok(ALL_DONE)
}

/// Refuses a file that can't be a journal. Creates the table of a journal in a database; a dry run changes nothing.
pub async fn prepare_journal(args: &Args) -> Result<(), String> {
    let Some(journal) = &args.journal else {
        return Ok(());
    };
    if let Some(path) = journal.file() {
        refuse_unusable(path).map_err(|error| format!("{journal} can't be written: {error}."))?;
    }
    match args.dry_run {
        true => Ok(()),
        false => journal.create_table().await,
    }
}

/// Returns true if the journal may contain records.
pub async fn resumes(args: &Args) -> Result<bool, String> {
    match &args.journal {
        Some(journal) => journal.has_lines().await,
        None => Ok(false),
    }
}

fn nothing_was_sent() -> u8 {
    say("Nothing was sent.");
    UNUSABLE
}
