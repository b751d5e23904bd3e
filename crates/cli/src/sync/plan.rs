//! The plan of a sync: printed for a person, and written to a file for a program.

use std::{
    io::{self, Write},
    path::Path,
};

use copper_crm::{
    directory::Directory,
    sync::{PlannedAction, SyncPlan, SyncRun},
};
use serde::Serialize;

use super::kind::Kind;
use crate::{
    args::sync::SyncArgs,
    display::{escape, print, reasons::Reasons, say},
    files::output::{self, Place},
    load::{destination::Destination, directory, stop},
    preview::check::{INVALID, MOST_REASONS},
    records::input::Input,
};

/// Prints the plan, and writes it to a file if the user asked for one. Returns true if no record is ambiguous, rejected or
/// invalid.
pub async fn show<K: Kind>(
    run: SyncRun<'_, K>,
    args: &SyncArgs,
    input: &Input,
    destination: &Destination,
) -> Result<bool, String> {
    let plan = run
        .plan()
        .await
        .map_err(|by| stop::reason(&by, &args.import))?;
    let names = directory::only(destination.copper(), plan.needs()).await;
    // A plan with ids alone is worth more than none.
    let directory = names.unwrap_or_else(|why| {
        say(why);
        Directory::default()
    });
    print(plan.with_names(&directory).to_string().trim_end());
    say(format_args!("Read: {}. Nothing was sent.", plan.reading));
    let invalid = invalid(&plan, input);
    if !invalid.is_empty() {
        say(format_args!(
            "{} has rows that Copper is not expected to take:\n{invalid}They would be sent nevertheless, and Copper \
             would decide.",
            escape::path(&args.import.file)
        ));
    }
    if let Some(path) = &args.plan {
        write_plan(path, &plan)?;
    }
    let SyncPlan { counts, .. } = plan;
    Ok(counts.ambiguous + counts.rejected == 0 && invalid.is_empty())
}

/// The reasons why rows that would be sent are invalid. Of a change, only the fields that it sends count.
fn invalid<Id>(plan: &SyncPlan<Id>, input: &Input) -> Reasons {
    let mut reasons = Reasons::of_most(MOST_REASONS);
    for ((row, record), planned) in input.records().zip(&plan.plan) {
        let Err(invalid) = record.check() else {
            continue;
        };
        let is_sent = match &planned.action {
            PlannedAction::Create => true,
            PlannedAction::Update { changes, .. } => invalid
                .fields()
                .any(|(name, _)| changes.iter().any(|of| of.field.to_string() == name)),
            _ => false,
        };
        if is_sent {
            reasons.add(INVALID, &invalid.to_string(), planned.index, row.line);
        }
    }
    reasons
}

/// Checks that the file of a plan can be created, before Copper is read for it.
pub fn try_folder(path: &Path) -> Result<(), String> {
    output::try_folder(path).map_err(|error| cannot(path, &error))
}

fn write_plan(path: &Path, plan: &impl Serialize) -> Result<(), String> {
    let text = serde_json::to_string_pretty(plan).map_err(|error| error.to_string())?;
    let written = output::create(path, Place::Free, |file| writeln!(file, "{text}"));
    written.map(drop).map_err(|error| cannot(path, &error))
}

fn cannot(path: &Path, error: &io::Error) -> String {
    format!("{} can't be written: {error}.", escape::path(path))
}
