//! What the user asked for on the command line.
//!
//! Whatever is wrong with it is told in one sentence, before any file is opened.

use std::{num::NonZeroUsize, path::PathBuf};

use lexopt::{Arg, Parser, ValueExt};

pub const HELP: &str = "\
Loads a file of leads into Copper, at the speed that Copper allows.

    cargo run --example import -- FILE [options]

FILE is .csv (comma, semicolon or tab), .json (an array of objects) or .jsonl (an object a line), in
UTF-8. All of it is checked first: if anything can't be read, nothing is sent.

Options:
    --live                Send to Copper, with COPPER_ACCESS_TOKEN and COPPER_USER_EMAIL (and
                          COPPER_BASE_URL, if set). Otherwise to a sandbox in this process.
    --rejects FILE.csv    Write down what is rejected or not sent: the columns of the input, and
                          index (its place in the input, from 0), outcome and reason. Correct it and
                          load it as it is: these three columns are ignored then. What may or may not
                          be in Copper goes to FILE.csv.unknown. Files that still hold leads of an
                          earlier import are not overwritten.
    --journal FILE        Keep a journal, so that an import that ends early, by whatever, can go on: the
                          same command again sends only what is not settled, and counts all leads in
                          its last line. What was under way at a kill is unknown. The files of
                          --rejects go on as well: what was not sent is taken out of them before it
                          is sent. Needs --live; one journal is for one FILE, unchanged, and one
                          account.
    --chunk-size N        Leads per request. Default: what Copper takes.
    --accept-duplicates   Load a .unknown file, although its leads may be in Copper already.
    --help                Show this.

Columns, in any order, only `name` being needed:
    name, email, phone, company, title, details, street, city, state, postal_code, country
    tags        with ; between them
    cf_<id>     a custom field by the id of its definition. A plain number (up to 15 digits, no
                leading zero or plus sign), true, false, [a list] or {an object} is sent as such, all
                else as text: 007 and +1 555 0100 are text. For the text 42 write \"42\" with the
                quotes (in a .csv: \"\"\"42\"\"\").
Empty cells are not sent. E-mail addresses and phone numbers go in as `work`. The keys of a .json are
the same, or those of Copper's API, with values as the API takes them: address, assignee_id,
company_name, custom_fields, customer_source_id, email, monetary_value, phone_numbers, socials,
status_id, tags, websites. A .csv can have these columns too, with JSON in their cells.

Ctrl-C ends an import when what is under way has settled; a second one ends it at once.

The last line on standard output is `N leads: A done, B rejected, C not sent, D unknown`. There is none
if nothing was sent, or if the import was ended at once.
Exit status: 0 all are done; 1 some are not, or it ended early; 2 the arguments, the input, the journal or
the rejects file can't be used, nothing was sent and nothing is known to be in Copper.";

const NEEDS_LIVE: &str = "--journal needs --live: the sandbox in this process forgets its leads when it \
    ends, and the journal would tell the next start that they are there. To try it out, let a sandbox \
    run in another terminal (cargo run --example sandbox), and set the variables that it prints";

pub enum Asked {
    Help,
    Import(Args),
}

pub struct Args {
    pub file: PathBuf,
    pub live: bool,
    pub rejects: Option<PathBuf>,
    pub journal: Option<PathBuf>,
    pub chunk_size: Option<NonZeroUsize>,
    pub accept_duplicates: bool,
}

impl Args {
    pub fn from_command_line() -> Result<Asked, String> {
        parse(Parser::from_env()).map_err(|why| format!("{why}. See --help."))
    }
}

fn parse(mut parser: Parser) -> Result<Asked, lexopt::Error> {
    let mut file = None;
    let mut live = false;
    let mut rejects = None;
    let mut journal = None;
    let mut chunk_size = None;
    let mut accept_duplicates = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(Asked::Help),
            Arg::Long("live") => live = true,
            Arg::Long("accept-duplicates") => accept_duplicates = true,
            Arg::Long("rejects") => rejects = Some(csv(parser.value()?.into())?),
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
    Ok(Asked::Import(Args {
        file: file.ok_or("no FILE is given")?,
        live,
        rejects,
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
            (&["a.csv", "--live=yes"], "--live"),
        ] {
            let told = refusal(args).unwrap_or_default();
            assert!(told.contains(words), "{args:?}: {told}");
        }
    }
}
