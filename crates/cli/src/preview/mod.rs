//! The dry run: everything that can be known before anything is sent.

pub mod check;
pub mod plan;

use crate::{
    args::import::Args,
    display::{escape, print, say},
    load::destination::Destination,
    records::input::Input,
};
use check::Checked;
use plan::Plan;

/// The values that an upsert takes away from leads that it finds.
fn replaces(input: &Input) -> String {
    let mut told = String::new();
    for (key, columns) in input.replaced_whole() {
        let columns: Vec<String> = columns
            .into_iter()
            .map(|name| format!("`{}`", escape::escaped(name)))
            .collect();
        told += &format!(
            "\n              {} by {}",
            key.replace('_', " "),
            columns.join(", ")
        );
    }
    match told.is_empty() {
        true => {
            "    replaces  nothing but the columns of the file, and no list or address".to_owned()
        }
        false => format!(
            "    replaces  lists and address as a whole, where a row has them: a lead that is found keeps\n\
            \x20             nothing that its row does not have{told}"
        ),
    }
}

/// Shows the invalid rows and the plan. Returns true if no row is invalid.
pub fn show(input: &Input, args: &Args, destination: &Destination, resumes: bool) -> bool {
    let checked = Checked::new(input, args);
    let is_valid = checked.reasons.is_empty();
    if !is_valid {
        say(format_args!(
            "{} has rows that Copper is not expected to take:\n{}{}.",
            escape::path(&args.file),
            checked.reasons,
            checked.fate()
        ));
    }
    let plan = Plan::new(input, args, destination.copper(), checked.held_back);
    let (records, many) = (plan.records(), args.entity.many);
    let file = escape::path(&args.file);
    print(format_args!(
        "{records} {many} of {file} would go to {destination}:\n{plan}"
    ));
    if let Some(journal) = args.journal.as_ref().filter(|_| resumes) {
        let journal = escape::path(journal);
        print(format_args!(
            "    journal   less what {journal} has as settled"
        ));
    }
    if args.doubt.upserted().is_some() {
        print(replaces(input));
    }
    say("Nothing was sent: it was a dry run.");
    is_valid
}
