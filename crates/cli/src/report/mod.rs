//! The closing message of an import: why records are not in Copper, and what to do about each kind. Records
//! are named by their lines; no personal data is shown.

pub mod json;

use copper_crm::bulk::StoppedBy;

use crate::{
    args::import::Args,
    display::{command, escape, say},
    doubt::Doubt,
    fields::entity::Kind,
    files::sheet::Sheet,
    load::{
        ended::{Ended, Interrupted},
        stop,
    },
};

const UPSERTED: &str = "an upsert makes nothing twice";

pub fn tell(ended: &Ended<'_, '_>, args: &Args) {
    if !ended.in_vain() {
        tell_reasons(ended, args);
    }
    match &ended.stopped_by {
        // Otherwise it ended because a file could not be written, which is reported below.
        Some(StoppedBy::Caller) if ended.interrupted == Interrupted::Not => {}
        Some(StoppedBy::Caller) if ended.summary.not_sent == 0 => {}
        Some(by) => say(stop::reason(by, args)),
        None => {}
    }
    if let Some(problems) = &ended.unread {
        say(format_args!(
            "{} has changed since it was checked, so nothing more was sent:{problems}",
            escape::path(&args.file)
        ));
    }
    for sheet in sheets(ended) {
        tell_failure(sheet);
    }
    if let Some(failure) = ended.outcomes.as_deref().and_then(|o| o.failure.as_ref()) {
        say(failure);
    }
    if ended.in_vain() {
        return;
    }
    match &args.journal {
        Some(_) if ended.is_open() => tell_next_start(ended),
        Some(_) => tell_files(
            ended,
            args,
            "run the same command again with --rejects FILE.csv; nothing is sent by that",
        ),
        None => tell_next_import(ended, args),
    }
}

/// Prints how to continue with a journal.
fn tell_next_start(ended: &Ended<'_, '_>) {
    let first = match ended.error() {
        Some(_) => "Once that is put right, run",
        None => "To go on, run",
    };
    let file = match sheets(ended).next() {
        Some(sheet) if sheet.written > 0 => format!(
            " Don't load {} before: it may have rows that are sent then.",
            escape::path(&sheet.path)
        ),
        _ => String::new(),
    };
    say(format_args!(
        "{first} the same command again; what is settled is not sent again.{file}\n    {}",
        command::this()
    ));
}

/// Prints how to continue without a journal.
fn tell_next_import(ended: &Ended<'_, '_>, args: &Args) {
    let summary = &ended.summary;
    if ended.error().is_some() && summary.not_sent > 0 {
        say("Once that is put right, load what was not sent.");
    }
    let is_create = args.doubt.upserted().is_none();
    if is_create
        && args.rejects.is_none()
        && summary.done > 0
        && summary.rejected + summary.not_sent > 0
    {
        say(format_args!(
            "Don't load {} again unchanged, or the records that are done are created twice.",
            escape::path(&args.file)
        ));
    }
    tell_files(
        ended,
        args,
        "copy the lines above to a new file; --rejects FILE.csv does that for you",
    );
}

/// Prints what to do with the records that are not in Copper, and with those that may be.
fn tell_files(ended: &Ended<'_, '_>, args: &Args, without: &str) {
    let Some(rejects) = &ended.rejects else {
        let summary = &ended.summary;
        if summary.rejected + summary.not_sent > 0 {
            say(format_args!(
                "To correct and load what is not in Copper, {without}."
            ));
        }
        match args.doubt {
            _ if summary.unknown == 0 => {}
            Doubt::Upserted(_) => say(format_args!("Load the unknown ones again: {UPSERTED}.")),
            _ => say("Look up the unknown ones in Copper before you load them again."),
        }
        return;
    };
    if rejects.surely_not_there.written > 0 {
        say(format_args!(
            "The records that are not in Copper are in {}: correct them there, and load that file{}.",
            escape::path(&rejects.surely_not_there.path),
            of_its_kind(ended, args)
        ));
    }
    if rejects.unknown.written > 0 {
        let (file, kind) = (
            escape::path(&rejects.unknown.path),
            of_its_kind(ended, args),
        );
        let then = match (&args.doubt, &args.journal) {
            (Doubt::Upserted(_), _) => format!("load that file{kind}; {UPSERTED}"),
            (doubt, journal) => {
                let first = match (doubt, journal) {
                    (Doubt::LookedUp(_), Some(_)) => {
                        "run the same command again to have it looked up once more, or "
                    }
                    _ => "",
                };
                format!(
                    "{first}look it up there, delete from the file what you find, and load the \
                    rest{kind} with --accept-duplicates"
                )
            }
        };
        say(format_args!(
            "The unknown records, which may be in Copper, are in {file}: {then}."
        ));
    }
}

/// The options with which to load a rejects file: the file does not say its kind, and its columns have the
/// names of the input.
fn of_its_kind(ended: &Ended<'_, '_>, args: &Args) -> String {
    let mut options = ended.input.mapping.options();
    if let Some(key) = args.doubt.upserted() {
        options = format!(" --upsert {key}{options}");
    }
    if ended.input.entity.kind != Kind::Leads {
        options = format!(" --entity {}{options}", ended.input.entity.many);
    }
    match options.is_empty() {
        true => String::new(),
        false => format!(", as here, by{options}"),
    }
}

fn sheets<'e, 'i>(ended: &'e Ended<'_, 'i>) -> impl Iterator<Item = &'e Sheet<'i>> {
    let rejects = ended.rejects.as_deref().into_iter();
    rejects.flat_map(|rejects| [&rejects.surely_not_there, &rejects.unknown])
}

fn tell_failure(sheet: &Sheet<'_>) {
    let Some((error, lines)) = &sheet.failure else {
        return;
    };
    let file = escape::path(&sheet.path);
    say(format_args!("{file} can't be written: {error}."));
    if lines.count > 0 {
        say(format_args!(
            "It lacks the rows of {lines} of the input, and its last row may be cut off: take \
            them from the input."
        ));
    }
}

/// Prints what is in doubt after a second Ctrl-C.
pub fn tell_cut_off(ended: &Ended<'_, '_>, args: &Args) {
    let (file, many) = (escape::path(&args.file), args.entity.many);
    if args.journal.is_some() {
        return say(format_args!(
            "Ended at once. The journal knows what was sent: to go on, run the same command again. \
            What was in flight {} then. Don't load the rejects before that.\n    {}",
            args.doubt.later(),
            command::this()
        ));
    }
    tell_reasons(ended, args);
    let settled = usize::try_from(ended.summary.total()).unwrap_or(usize::MAX);
    let rest = match ended.input.rows().nth(settled) {
        Some(Ok(row)) => format!("from line {} on", row.line),
        _ => "at the end".to_owned(),
    };
    let then = match args.doubt {
        Doubt::Upserted(_) => format!("Load them again: {UPSERTED}"),
        _ => "Look them up before you load them again".to_owned(),
    };
    say(format_args!(
        "Ended at once. The {many} of {file} {rest} have no outcome: those of the first requests (16 at \
        most) may be in Copper, the rest was not sent. {then}."
    ));
}

fn tell_reasons(ended: &Ended<'_, '_>, args: &Args) {
    let reasons = ended.reasons.to_string();
    if !reasons.is_empty() {
        say(format_args!(
            "Of {}:\n{}",
            escape::path(&args.file),
            reasons.trim_end()
        ));
    }
    if let (Some(journal), 1..) = (&args.journal, ended.from_journal) {
        say(format_args!(
            "Earlier starts had settled {} of the {}, as {journal} says.",
            ended.from_journal, args.entity.many
        ));
    }
}
