//! The plan of a sync: printed for a person, and written to a file for a program.

use std::{io::Write, path::Path};

use copper_crm::{
    directory::Directory,
    sync::{SyncPlan, SyncRun},
};
use serde::Serialize;

use super::kind::Kind;
use crate::{
    args::sync::SyncArgs,
    display::{escape, print, say},
    files::output::{self, Place},
    load::{destination::Destination, directory, stop},
};

/// Prints the plan, and writes it to a file if the user asked for one. Returns true if no record is ambiguous or
/// rejected.
pub async fn show<K: Kind>(
    run: SyncRun<'_, K>,
    args: &SyncArgs,
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
    if let Some(path) = &args.plan {
        write_plan(path, &plan)?;
    }
    let SyncPlan { counts, .. } = plan;
    Ok(counts.ambiguous + counts.rejected == 0)
}

fn write_plan(path: &Path, plan: &impl Serialize) -> Result<(), String> {
    let text = serde_json::to_string_pretty(plan).map_err(|error| error.to_string())?;
    let written = output::create(path, Place::Free, |file| writeln!(file, "{text}"));
    let file = escape::path(path);
    written
        .map(drop)
        .map_err(|error| format!("{file} can't be written: {error}."))
}
