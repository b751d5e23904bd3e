//! What the user is told when an import has ended: why leads are not in Copper, and what to do about
//! each kind. It names leads by their lines, and shows nobody's data.

use std::fmt::Display;

use copper_crm::bulk::StoppedBy;

use super::{
    args::Args,
    load::Ended,
    rejects::{Rejects, Sheet},
    say,
};

pub fn tell(ended: &Ended<'_, '_>, args: &Args) {
    let summary = &ended.summary;
    let surely_not_there = summary.rejected + summary.not_sent;
    let reasons = ended.reasons.to_string();
    if !reasons.is_empty() {
        say(format_args!(
            "Of {}:\n{}",
            args.file.display(),
            reasons.trim_end()
        ));
    }
    match &ended.stopped_by {
        // Only a failure to write calls it, which is told below.
        None | Some(StoppedBy::Caller) => {}
        Some(StoppedBy::Error(error)) => tell_end(error),
        Some(other) => tell_end(other),
    }
    match ended.rejects {
        Some(rejects) => tell_files(rejects),
        None => {
            let file = args.file.display();
            if surely_not_there > 0 {
                say(format_args!(
                    "Don't load {file} again as it is, or what is done is created twice: copy the \
                    lines above to a new file. --rejects FILE.csv does that for you."
                ));
            }
            if summary.unknown > 0 {
                say("Look up the unknown ones in Copper before you load them again.");
            }
        }
    }
}

fn tell_end(why: impl Display) {
    say(format_args!(
        "It ended early: {why}. Once that is put right, load what was not sent."
    ));
}

fn tell_files(rejects: &Rejects<'_>) {
    let Rejects {
        surely_not_there,
        unknown,
    } = rejects;
    if surely_not_there.written > 0 {
        say(format_args!(
            "What is not in Copper is in {}: correct it there, and load that file.",
            surely_not_there.path.display()
        ));
    }
    if unknown.written > 0 {
        say(format_args!(
            "What is unknown, and may be in Copper, is in {}: look it up there, delete from the \
            file what you find, and load the rest with --accept-duplicates.",
            unknown.path.display()
        ));
    }
    for sheet in [surely_not_there, unknown] {
        tell_failure(sheet);
    }
}

fn tell_failure(sheet: &Sheet<'_>) {
    let Some((error, lines)) = &sheet.failure else {
        return;
    };
    let file = sheet.path.display();
    say(format_args!("{file} can't be written: {error}."));
    if lines.count > 0 {
        say(format_args!(
            "It lacks the leads of {lines} of the input, and its last row may be cut off: take \
            them from the input."
        ));
    }
}
