//! The dry run: everything that can be known before anything is sent.

pub mod check;
pub mod notes;
pub mod plan;
pub mod reading;
pub mod table;

use crate::{
    args::import::Args,
    columns::header::Header,
    display::{command, escape, print, problems::Problems, say},
    load::destination::Destination,
    records::input::Input,
};
use check::Checked;
use plan::Plan;
use table::Table;

/// The values that an upsert removes from leads that it finds.
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
    let mut is_valid = checked.reasons.is_empty() && !notes::has_malformed(input, args);
    is_valid &= !input.findings.rejects_any();
    if !checked.reasons.is_empty() {
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
    print(reading::told(input));
    print(Table {
        header: input.header(),
        findings: &input.findings,
        is_of_data: true,
    });
    let notes = [
        notes::left_out(input),
        notes::suspects(input, args),
        notes::alike(input, args),
    ];
    let notes = notes.concat();
    if !notes.is_empty() {
        print(notes);
    }
    print(format_args!(
        "{records} {many} of {file} would go to {destination}:\n{plan}"
    ));
    if let Some(journal) = args.journal.as_ref().filter(|_| resumes) {
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

/// Shows on standard error how the file is read: its columns, and the notes about its values.
pub fn tell(input: &Input, args: &Args) {
    say(reading::told(input));
    say(Table {
        header: input.header(),
        findings: &input.findings,
        is_of_data: true,
    });
    let notes = notes::left_out(input) + &notes::suspects(input, args);
    if !notes.is_empty() {
        say(notes.trim_end());
    }
}

/// The one command that loads the file.
fn command_for(header: &Header) -> String {
    let this = command::this();
    match header.missing() {
        None => {
            format!("\nTo load it without its unknown columns:\n    {this} --unknown-columns drop")
        }
        Some(name) => format!(
            "\nTo load it without its unknown columns, but for the one that is the {name}, with its name in \
            the place of COLUMN:\n    {this} --map 'COLUMN={name}' --unknown-columns drop"
        ),
    }
}

/// Refuses an input with problems. If columns are unknown, the table of all columns follows, and the command
/// that loads the file.
pub fn refuse(input: &Input, args: &Args, problems: &Problems) -> Result<(), String> {
    let Err(mut refusal) = problems.none_or_refuse(&args.file) else {
        return Ok(());
    };
    let header = input.header();
    if header.refused > 0 {
        let table = Table {
            header,
            findings: &input.findings,
            is_of_data: false,
        };
        refusal += &format!("\n{}", table.to_string().trim_end());
        if problems.count() == header.refused {
            refusal += &command_for(header);
        }
    }
    Err(refusal)
}
