//! `copper sync`: makes the leads, people or companies in Copper agree with a file. This file holds the order of
//! events.

pub mod kind;
pub mod places;
pub mod plan;
pub mod policies;
pub mod progress;
pub mod report;
pub mod settings;

use std::{
    path::Path,
    process,
    sync::{Arc, OnceLock},
};

use copper_crm::{
    bulk::StoppedBy,
    sync::{Empties, Sync as Settings, SyncOutcome, SyncRecord, SyncRun, Synced},
    types::{NewCompany, NewLead, NewPerson},
};

use crate::{
    args::sync::{Sync, SyncArgs},
    display::{escape, print, problems::Problems, reasons::Reasons, say},
    fields::entity,
    files::{distinct, note::Note, outcomes::Outcomes, rejects::Rejects, report_file::ReportFile},
    import::{self, UNUSABLE},
    load::{
        destination::Destination, ended::Interrupted, interrupts::Interrupts, kept_back::KeptBack,
        stop,
    },
    preview,
    read::row::{Problem, Row},
    records::input::Input,
};
use kind::Kind;
use places::Places;
use policies::RowPolicies;
use progress::Progress;
use report::{Entry, Report};

const ALL_DONE: u8 = 0;
const SOME_NOT_DONE: u8 = 1;

/// Runs the command and returns its exit status.
pub async fn run(given: Sync) -> u8 {
    let synced = match SyncArgs::new(given) {
        Ok(mut args) => match import::add_mapping_file(&mut args.import) {
            Ok(()) => match args.import.entity.kind {
                entity::Kind::People => sync::<NewPerson>(&args).await,
                entity::Kind::Companies => sync::<NewCompany>(&args).await,
                // The options refuse all other kinds, so these are leads.
                _ => sync::<NewLead>(&args).await,
            },
            Err(why) => Err(why),
        },
        Err(why) => Err(format!("{why}. See copper sync --help.")),
    };
    synced.unwrap_or_else(|why| {
        say(why);
        say("Nothing was sent.");
        UNUSABLE
    })
}

async fn sync<K: Kind>(args: &SyncArgs) -> Result<u8, String> {
    let shared = &args.import;
    distinct::check(shared, args.plan.as_deref())?;
    args.check()?;
    if let Some(path) = &args.plan {
        plan::try_folder(path)?;
    }
    import::prepare_journal(shared).await?;
    let (destination, input, problems) = import::read(shared, true).await?;
    if let Some(path) = &shared.write_mapping {
        return import::write_mapping(path, &input, shared);
    }
    preview::refuse(&input, shared, &problems)?;
    let settings = settings::of::<K>(args, &input, &destination).await?;
    let resumes = import::resumes(shared).await?;
    let mut rejects = match &shared.rejects {
        Some(path) => Some(Rejects::find(path, shared, &input, resumes)?),
        None => None,
    };
    let report = match &shared.report {
        Some(path) => Some(ReportFile::find(path)?),
        None => None,
    };
    let mut outcomes = match &shared.outcomes {
        Some(path) => Some(Outcomes::find(path)?),
        None => None,
    };
    if !args.terms.is_empty() && !args.update_only {
        say(
            "With --where, rows count as new if their records do not meet the condition, even if they are in Copper. \
             --update-only creates none.",
        );
    }
    match shared.dry_run {
        true => preview::tell(&input, shared),
        false => import::tell_notes(&input, shared),
    }
    let failed = Arc::new(OnceLock::new());
    let places = Places::default();
    let mut run = start(args, &destination, &input, settings, &places, &failed);
    if shared.dry_run {
        return Ok(match plan::show(run, args, &input, &destination).await? {
            true => ALL_DONE,
            false => SOME_NOT_DONE,
        });
    }
    if let Some(journal) = &shared.journal {
        run = run.journal(journal.location()?);
    }
    let mut interrupts = Interrupts::catch();
    say(format_args!(
        "Comparing {} {} of {} with {destination}.",
        input.count,
        shared.entity.many,
        escape::path(&shared.file)
    ));
    let mut interrupted = Interrupted::Not;
    let mut progress = Progress::of(run.progress(), shared.entity.many);
    loop {
        tokio::select! {
            () = run.ready() => break,
            () = progress.due() => progress.tell(),
            () = interrupts.next() => {
                progress.end();
                // Nothing has been sent yet.
                return Err("It ended early, as it was told to.".to_owned());
            }
        }
    }
    if let Some(problems) = failed.get() {
        return Err(changed(&shared.file, problems));
    }
    if let Some(by) = run.stopped_by() {
        return Err(stop::reason(&by, shared));
    }
    if let Some(rejects) = &mut rejects {
        rejects.open()?;
    }
    if let Some(outcomes) = &mut outcomes {
        outcomes.open()?;
    }
    if let Some(report) = &report {
        report.clear()?;
    }
    let mut reasons = Reasons::default();
    let mut entries = Vec::new();
    let mut rows = input.rows();
    loop {
        let item = tokio::select! {
            biased;
            () = interrupts.next() => {
                if interrupted == Interrupted::Once {
                    interrupted = Interrupted::Twice;
                    break;
                }
                interrupted = Interrupted::Once;
                run.stop();
                progress.say(stop::stopping(shared));
                continue;
            }
            () = progress.due() => {
                progress.tell();
                continue;
            }
            item = run.next() => item,
        };
        let Some(item) = item else { break };
        let Some(Ok(row)) = rows.next() else {
            progress.say(changed(&shared.file, &Problems::default()));
            run.stop();
            break;
        };
        let note = note(&item, &places);
        if let Some(note) = &note {
            reasons.add(note.outcome, &note.reason, item.index, row.line);
            if let Some(rejects) = &mut rejects
                && !rejects.add(&row, item.index, note)
            {
                run.stop();
            }
        }
        if let Some(outcomes) = &mut outcomes {
            let reference = input.header().reference(&row);
            let entry = Entry::new(&item, row.line, note.as_ref());
            if !outcomes.add(&entry.line(reference)) {
                run.stop();
            }
        }
        if report.is_some() {
            entries.push(Entry::new(&item, row.line, note.as_ref()));
        }
    }
    progress.end();
    if let Some(rejects) = &mut rejects {
        rejects.close();
    }
    let told = reasons.to_string();
    if !told.is_empty() {
        say(format_args!(
            "Of {}:\n{}",
            escape::path(&shared.file),
            told.trim_end()
        ));
    }
    let summary = run.summary();
    let stopped_by = run.stopped_by();
    let written = match &report {
        Some(file) => file.write(&Report::new(
            args,
            &destination,
            &summary,
            stopped_by.as_ref(),
            entries,
        )),
        None => Ok(()),
    };
    if let Err(why) = &written {
        say(why);
    }
    if let Some(by) = &stopped_by {
        say(stop::reason(by, shared));
    }
    if interrupted == Interrupted::Twice {
        say(
            "Ended at once: what was in flight may or may not have had its effect. Run the same command again.",
        );
        // A return would wait for requests that are still in flight in the background.
        process::exit(SOME_NOT_DONE.into());
    }
    let outcomes = outcomes.as_ref();
    let failure = outcomes.and_then(|outcomes| outcomes.failure.as_ref());
    if let Some(failure) = failure {
        say(failure);
    }
    match outcomes.is_some_and(Outcomes::is_standard_output) {
        true => say(summary),
        false => print(summary),
    }
    let is_written = written.is_ok() && failure.is_none();
    let done = summary.created + summary.updated + summary.unchanged;
    let by_error = matches!(stopped_by, Some(StoppedBy::Error(_)));
    Ok(match done == input.count && !by_error && is_written {
        true => ALL_DONE,
        false => SOME_NOT_DONE,
    })
}

/// Starts a sync of all rows. A row that can't be read a second time ends the input; `failed` gets the problems.
fn start<'i, K: Kind>(
    args: &'i SyncArgs,
    destination: &Destination,
    input: &'i Input,
    settings: Settings<K>,
    places: &Places,
    failed: &Arc<OnceLock<Problems>>,
) -> SyncRun<'i, K> {
    let (failed, places) = (Arc::clone(failed), places.clone());
    let kept_back = KeptBack::default();
    let reasons = kept_back.clone();
    let clears = args.empties == Empties::Clear;
    let of_rows = RowPolicies::default();
    let policies = of_rows.clone();
    let record = move |index, row: Result<Row, Problem>| -> Result<K, Vec<Problem>> {
        let row = row.map_err(|problem| vec![problem])?;
        places.add(row.line);
        if clears {
            policies.add(args, input, &row);
        }
        if let Some(reason) = input.reason(&row, index) {
            reasons.add(index, reason);
        }
        // The type of a record is that of the input.
        let record = K::from_record(input.record(&row)?).ok_or_else(Vec::new)?;
        let parts = policies::named_parts(args, input, &row.absent);
        Ok(policies::with_empty_parts(record, &parts))
    };
    let rows = (0..).zip(input.rows());
    let records = rows.map_while(move |(index, row)| match record(index, row) {
        Ok(record) => Some(record),
        Err(found) => {
            let mut problems = Problems::default();
            found
                .into_iter()
                .for_each(|(line, what)| problems.add(line, what));
            let _ = failed.set(problems);
            None
        }
    });
    let run = K::sync(destination.copper(), records, settings);
    let run = run.checked_by(move |index, _| kept_back.check(index));
    match clears {
        true => run.policies_by(move |index| of_rows.get(index)),
        false => run,
    }
}

/// The note for a record that does not agree with Copper.
fn note<R: SyncRecord>(item: &Synced<R>, places: &Places) -> Option<Note> {
    match &item.outcome {
        SyncOutcome::Created(_) | SyncOutcome::Updated(_) | SyncOutcome::Unchanged { .. } => None,
        SyncOutcome::Rejected(why) => Some(Note::rejected(places.told(why))),
        SyncOutcome::NotSent(why) => Some(Note::not_sent(why)),
        SyncOutcome::Unknown(why) => Some(Note::unknown(why)),
    }
}

fn changed(file: &Path, problems: &Problems) -> String {
    format!(
        "{} has changed since it was checked:{problems}",
        escape::path(file)
    )
}
