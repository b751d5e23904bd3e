//! What the user asked for on the command line.
//!
//! Whatever is wrong with it is told in one sentence, before any file is opened.

use std::{ffi::OsString, num::NonZeroUsize, path::PathBuf};

use lexopt::{Arg, Parser, ValueExt};

use super::{doubt::Doubt, duration, entity::Entity, lead::LEADS, mapping::Mapping};

const NEEDS_LIVE: &str = "--journal needs --live: the sandbox in this process forgets what it has when it \
    ends, and the journal would tell the next start that they are there. To try it out, let a sandbox \
    run in another terminal (copper sandbox), and set the variables that it prints";

const ENTITIES: &str = "--entity takes leads, people, companies, opportunities or activities";
const ABSENT_AFTER: &str = "--absent-after takes seconds, or a time such as 90s or 10m";

const ONE_A_REQUEST: &str = "--chunk-size is not for --upsert, which sends one lead a request";

pub enum Asked {
    Help,
    Import(Args),
}

pub struct Args {
    pub file: PathBuf,
    pub entity: &'static Entity,
    pub mapping: Mapping,
    pub live: bool,
    pub doubt: Doubt,
    pub check: bool,
    pub dry_run: bool,
    pub rejects: Option<PathBuf>,
    pub report: Option<PathBuf>,
    pub journal: Option<PathBuf>,
    pub chunk_size: Option<NonZeroUsize>,
    pub accept_duplicates: bool,
}

impl Args {
    pub fn from_command_line(args: impl Iterator<Item = OsString>) -> Result<Asked, String> {
        parse(Parser::from_args(args)).map_err(|why| format!("{why}. See --help."))
    }
}

#[cfg(test)]
impl Args {
    pub fn read(args: &[&str]) -> Result<Asked, lexopt::Error> {
        parse(Parser::from_args(args))
    }
}

fn parse(mut parser: Parser) -> Result<Asked, lexopt::Error> {
    let mut file = None;
    let mut entity = &LEADS;
    let mut maps: Vec<String> = Vec::new();
    let mut live = false;
    let mut upsert: Option<String> = None;
    let mut reconcile: Option<String> = None;
    let mut absent_after = None;
    let mut send_again = false;
    let mut check = false;
    let mut dry_run = false;
    let mut rejects = None;
    let mut report = None;
    let mut journal = None;
    let mut chunk_size = None;
    let mut accept_duplicates = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(Asked::Help),
            Arg::Long("live") => live = true,
            Arg::Long("upsert") => upsert = Some(parser.value()?.string()?),
            Arg::Long("reconcile") => reconcile = Some(parser.value()?.string()?),
            Arg::Long("absent-after") => {
                let given = parser.value()?;
                let read = given.to_str().and_then(duration::read);
                absent_after = Some(read.ok_or(ABSENT_AFTER)?);
            }
            Arg::Long("send-again") => send_again = true,
            Arg::Long("check") => check = true,
            Arg::Long("dry-run") => dry_run = true,
            Arg::Long("accept-duplicates") => accept_duplicates = true,
            Arg::Long("entity") => {
                let name = parser.value()?;
                let known = name.to_str().and_then(Entity::named);
                entity = known.ok_or(ENTITIES)?;
            }
            Arg::Long("map") => maps.push(parser.value()?.string()?),
            Arg::Long("rejects") => rejects = Some(csv(parser.value()?.into())?),
            Arg::Long("report") => report = Some(PathBuf::from(parser.value()?)),
            Arg::Long("journal") => journal = Some(PathBuf::from(parser.value()?)),
            Arg::Long("chunk-size") => {
                let count = parser
                    .value()?
                    .parse()
                    .map_err(|_| "--chunk-size takes a whole number from 1 up")?;
                chunk_size = Some(count);
            }
            Arg::Value(path) if file.is_none() => file = Some(path.into()),
            Arg::Value(_) => return Err("more than one FILE is given; load one at a time".into()),
            _ => return Err(arg.unexpected()),
        }
    }
    if journal.is_some() && !live {
        return Err(NEEDS_LIVE.into());
    }
    if upsert.is_some() && chunk_size.is_some() {
        return Err(ONE_A_REQUEST.into());
    }
    Ok(Asked::Import(Args {
        file: file.ok_or("no FILE is given")?,
        entity,
        mapping: Mapping::new(maps, entity)?,
        live,
        doubt: Doubt::new(
            entity,
            upsert.as_deref(),
            reconcile.as_deref(),
            absent_after,
            send_again,
        )?,
        check,
        dry_run,
        rejects,
        report,
        journal,
        chunk_size,
        accept_duplicates,
    }))
}

/// It is CSV whatever the input is, and has to be called so: the importer goes by the name when it is
/// fed in again.
fn csv(path: PathBuf) -> Result<PathBuf, lexopt::Error> {
    let is_csv = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    if !is_csv {
        return Err("the name of the --rejects file must end in .csv".into());
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(args: &[&str]) -> Option<String> {
        parse(Parser::from_args(args))
            .err()
            .map(|why| why.to_string())
    }

    #[test]
    fn options_stand_before_or_after_the_file() {
        for args in [
            ["--live", "--chunk-size", "5", "a.csv"],
            ["a.csv", "--chunk-size=5", "--live", "--accept-duplicates"],
        ] {
            match parse(Parser::from_args(args)) {
                Ok(Asked::Import(args)) => {
                    assert_eq!(args.file, PathBuf::from("a.csv"));
                    assert_eq!(args.chunk_size.map(NonZeroUsize::get), Some(5));
                    assert!(args.live);
                }
                _ => panic!("{args:?} is refused"),
            }
        }
    }

    #[test]
    fn a_mapping_is_for_the_kind_of_records_wherever_it_stands() {
        for args in [
            ["a.csv", "--map", "E-Mail=emails", "--entity", "people"],
            ["--entity", "people", "a.csv", "--map", "E-Mail=emails"],
        ] {
            assert_eq!(refusal(&args), None, "{args:?}");
        }
    }

    #[test]
    fn unusable_arguments_are_refused_in_words() {
        for (args, words) in [
            (&[][..], "no FILE is given"),
            (&["a.csv", "b.csv"], "more than one FILE"),
            (&["a.csv", "--chunk-size", "0"], "from 1 up"),
            (&["a.csv", "--chunk-size", "ten"], "from 1 up"),
            (&["a.csv", "--rejects"], "--rejects"),
            (&["a.csv", "--rejects", "out.json"], "must end in .csv"),
            (&["a.csv", "--journal"], "--journal"),
            (&["a.csv", "--journal", "j"], "--journal needs --live"),
            (&["a.csv", "--dry"], "--dry"),
            (&["a.csv", "--map"], "--map"),
            (
                &["a.csv", "--map", "Full Name"],
                "--map takes \"COLUMN=name\"",
            ),
            (&["a.csv", "--map=a=emails"], "`emails` is no column"),
            (&["a.csv", "--report"], "--report"),
            (&["a.csv", "--upsert", "name"], "--upsert takes email or"),
            (
                &["a.csv", "--reconcile=tag:"],
                "--reconcile takes email, tag",
            ),
            (&["a.csv", "--reconcile", "cf_x"], "--reconcile takes email"),
            (&["a.csv", "--absent-after", "soon"], "such as 90s or 10m"),
            (
                &["a.csv", "--absent-after", "10m"],
                "--send-again are for --reconcile",
            ),
            (
                &["a.csv", "--upsert=email", "--send-again"],
                "--send-again are for --reconcile",
            ),
            (
                &["a.csv", "--reconcile", "email", "--send-again"],
                "--send-again needs --absent-after",
            ),
            (
                &["a.csv", "--reconcile=email", "--upsert=cf_7"],
                "take one of them",
            ),
            (
                &["a.csv", "--upsert", "email", "--chunk-size", "5"],
                "one lead a request",
            ),
            (
                &["a.csv", "--reconcile=email", "--entity=people"],
                "are for leads",
            ),
            (
                &["--entity", "companies", "--upsert", "cf_7", "a.csv"],
                "are for leads",
            ),
            (&["a.csv", "--live=yes"], "--live"),
            (
                &["a.csv", "--entity", "persons"],
                "--entity takes leads, people",
            ),
        ] {
            let told = refusal(args).unwrap_or_default();
            assert!(told.contains(words), "{args:?}: {told}");
        }
    }
}
