//! The options of `copper import`, validated before any file is opened.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use clap::{
    Args as ClapArgs,
    builder::{PathBufValueParser, TypedValueParser},
};

use encoding_rs::Encoding;

use super::connection::Connection;
use crate::{
    columns::{
        column::Column,
        key_column::KeyColumn,
        mapping::{Mapping, Scope},
        mapping_file::MappingFile,
        settings::{DateOrder, Settings, UnknownColumns, UnknownValues},
    },
    display::duration,
    doubt::{Doubt, key::Key},
    fields::{
        entities,
        entity::{Entity, Kind},
        lead::LEADS,
    },
    journal::Journal,
    read::{
        format::{Format, has_extension},
        options::{self, HeaderAt, Options},
    },
    records::keys::Duplicates,
};

const NEEDS_LIVE: &str = "--journal needs --live: the sandbox in this process forgets its records when it \
    ends, and the journal would tell the next start that they are there. To try it out, let a sandbox \
    run in another terminal (copper sandbox), and set the variables that it prints";

const SHARE_NEEDS_LIVE: &str =
    "--share-limits needs --live: the sandbox in this process has limits of its own";
const HTTP_NEEDS_LIVE: &str =
    "--allow-http needs --live: the sandbox in this process is on this machine";

const ABSENT_AFTER: &str = "--absent-after takes seconds, or a time such as 90s or 10m";
const CHUNK_SIZE: &str = "--chunk-size takes a whole number from 1 up";
const REJECTS: &str = "the name of the --rejects file must end in .csv";
const ONE_A_REQUEST: &str = "--chunk-size is not for --upsert, which sends one lead a request";

const DESTINATION: &str = "What to load, and where to";
const READING: &str = "How to read FILE";
const DOUBT: &str = "Leads that may or may not be in Copper";
const CHECKS: &str = "Checks before anything is sent";
const FILES: &str = "Files to keep";

/// Loads a file of leads, people, companies, opportunities or activities into Copper, at the speed that
/// Copper allows.
///
/// FILE is a table as text (.csv, .tsv or .txt, with commas, semicolons, tabs or | between the cells), a
/// workbook (.xlsx, .xls or .ods), or JSON (an array of objects, such an array in a wrapper, or one object
/// per line). The content decides if the name does not. The whole file is checked first: if any part of it
/// can't be read, nothing is sent.
#[derive(ClapArgs)]
pub struct Import {
    /// The file to load, or - for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The format of FILE: csv, tsv, xlsx, xls, ods, json or jsonl. Default: by its content and name.
    #[arg(long, value_name = "FORMAT", help_heading = READING, value_parser = Format::named)]
    format: Option<Format>,

    /// The encoding of a text, such as windows-1252. Default: by its byte order mark and its letters.
    ///
    /// A text that is not UTF-8 throughout is read in the most likely encoding, by its letters. The program
    /// says which one it is.
    #[arg(long, value_name = "NAME", help_heading = READING, value_parser = options::encoding)]
    encoding: Option<&'static Encoding>,

    /// The sheet of a workbook. Default: the first that is not hidden.
    #[arg(long, value_name = "NAME", help_heading = READING)]
    sheet: Option<String>,

    /// The line of a text that names the columns, from 1. The lines before it are left out.
    ///
    /// Default: the first line that is not empty, or the one line of the first twenty that names two known
    /// columns.
    #[arg(long, value_name = "N", help_heading = READING, conflicts_with = "no_header")]
    header_line: Option<NonZeroU64>,

    /// Says that no line of the text names the columns. They are then #1, #2 and so on, for use with --map
    /// '#1=name'.
    #[arg(long, help_heading = READING)]
    no_header: bool,

    /// The kind of the records in FILE: leads (the default), people, companies, opportunities or activities.
    #[arg(long, value_name = "KIND", help_heading = DESTINATION, value_parser = entities::parse)]
    entity: Option<&'static Entity>,

    /// Uses a column of FILE as the known column with that name.
    ///
    /// A custom field has the name cf_<id>, and with --live also its own name. In JSON, a column is a key of
    /// the objects. With no name after the =, the column is left out. "A+B=name" joins two columns, and
    /// "#3=phone" means the third one. Give it once for each column. A mapped column loses the meaning of its
    /// own name: with --map "Title=details" there is no title.
    #[arg(long, value_name = "COLUMN=name", help_heading = DESTINATION)]
    map: Vec<String>,

    /// Sets a value for all rows, such as tags=fair or owner=ann@example.com.
    ///
    /// The name must not be that of a column in FILE. Give it once for each name.
    #[arg(long, value_name = "name=value", help_heading = DESTINATION)]
    set: Vec<String>,

    /// Reads columns, values and choices from a mapping file. Options on the command line override it.
    #[arg(long, value_name = "FILE.toml", help_heading = DESTINATION)]
    mapping: Option<PathBuf>,

    /// Writes what was recognised to a mapping file, which you can edit, and sends nothing.
    #[arg(long, value_name = "FILE.toml", help_heading = DESTINATION)]
    write_mapping: Option<PathBuf>,

    /// The treatment of columns that are not known.
    ///
    /// "refuse" (the default) loads nothing. "drop" leaves them out. "details" appends them to the details of
    /// each record as "Column: value".
    #[arg(long, value_name = "ACTION", help_heading = DESTINATION, value_enum, hide_possible_values = true)]
    unknown_columns: Option<UnknownColumns>,

    /// The treatment of a status, source, owner or option that the account does not have.
    ///
    /// "reject" (the default) rejects its row before it is sent. "drop" leaves the value out. "details"
    /// appends it to the details. Without --live such values are left out, and shown as not checked.
    #[arg(long, value_name = "ACTION", help_heading = DESTINATION, value_enum, hide_possible_values = true)]
    unknown_values: Option<UnknownValues>,

    /// The order of day, month and year in dates: dmy, mdy or ymd.
    ///
    /// Default: a date is read if its column leaves only one order.
    #[arg(long, value_name = "ORDER", help_heading = DESTINATION, value_enum, hide_possible_values = true)]
    date_order: Option<DateOrder>,

    /// Sends to Copper, with COPPER_ACCESS_TOKEN and COPPER_USER_EMAIL, or COPPER_OAUTH_TOKEN (and COPPER_BASE_URL,
    /// if set).
    ///
    /// Without it, records go to a sandbox in this process.
    #[arg(long, help_heading = DESTINATION)]
    live: bool,

    #[command(flatten, next_help_heading = DESTINATION)]
    connection: Connection,

    /// The number of records per request. Default: the most that Copper takes.
    #[arg(long, value_name = "N", help_heading = DESTINATION, value_parser = chunk_size)]
    chunk_size: Option<NonZeroUsize>,

    /// Looks up in Copper the leads in doubt: those whose request got no answer, and with --journal those of
    /// earlier starts.
    ///
    /// A lead that is found is done. MATCH says how a lead is matched. "email": by its address. "tag:TEXT":
    /// by its content and this tag, which all leads get; no other import should have the same tag. "cf_<id>":
    /// by that column, which must not be blank; put a number of your own into each row. A lead that can't be
    /// told apart from others stays unknown.
    #[arg(long, value_name = "MATCH", help_heading = DOUBT)]
    reconcile: Option<String>,

    /// With --reconcile: a lead that is not found this long after its request failed is absent, and counts as
    /// not sent.
    ///
    /// TIME is in seconds, or 90s, 10m or 1h. If Copper's search is slower than that, an existing lead is
    /// taken for absent. Without this option, such a lead stays unknown.
    #[arg(long, value_name = "TIME", help_heading = DOUBT, value_parser = absent_after)]
    absent_after: Option<Duration>,

    /// With --absent-after: sends absent leads again, at most three times.
    #[arg(long, help_heading = DOUBT)]
    send_again: bool,

    /// Updates the lead that has the same KEY (email or cf_<id>), or creates one if none has.
    ///
    /// An upsert changes only the fields that the row has, but it replaces lists (phone numbers, tags,
    /// websites, socials) and the address as a whole. For example, if a lead has two phones and three tags,
    /// and its row has one of each, the lead keeps one phone and one tag. --dry-run names the columns that do
    /// so.
    ///
    /// An upsert can be repeated as a whole, and creates nothing twice. But it sends one lead per request, so
    /// it takes far longer. Rows without the KEY are rejected before they are sent. Copper rejects a row that
    /// several leads match; the reason has their ids.
    #[arg(long, value_name = "KEY", help_heading = DOUBT)]
    upsert: Option<String>,

    /// Loads a .unknown file although its records may already be in Copper.
    ///
    /// With --upsert it is not needed.
    #[arg(long, help_heading = DOUBT)]
    accept_duplicates: bool,

    /// Rejects rows that Copper will probably not accept, and loads the rest.
    ///
    /// Such rows have a blank name, an e-mail address without an @ or with something around it, several
    /// addresses in one cell, a phone number that a spreadsheet rounded or put a quote before, a date or an
    /// amount of no known form, an error of a spreadsheet such as #N/A, or an empty tag. Without this option
    /// they are sent, and Copper decides; only an invalid amount refuses the file. --dry-run also reports names
    /// in capitals, duplicates, and texts that look wrongly decoded: --check does not reject these.
    #[arg(long, help_heading = CHECKS)]
    check: bool,

    /// Removes harmless wrappings, and says what it changed.
    ///
    /// They are "Ana <a@x.example>", "mailto:a@x.example", a quote, =, p: or tel: before a phone number, a
    /// quote before another number, and ="…" around a text.
    #[arg(long, help_heading = CHECKS)]
    fix: bool,

    /// The treatment of rows with the same key: send (the default), first, last or reject.
    ///
    /// "first" and "last" send one of them, "reject" sends none. The others are rejected, with the number of
    /// the line that they repeat.
    #[arg(long, value_name = "ACTION", help_heading = CHECKS, value_enum, hide_possible_values = true)]
    duplicates: Option<Duplicates>,

    /// The key that identifies a record: email (the default), cf_<id>, or the name of a custom field. Two
    /// rows with the same key are the same record. A sync of companies also takes name and email_domain.
    #[arg(long, value_name = "KEY", help_heading = CHECKS, conflicts_with = "upsert")]
    key: Option<String>,

    /// Checks all rows and shows the plan. Sends and writes nothing.
    ///
    /// The checks are those of --check, and whether two people have the same address. Problems are listed by
    /// line. The plan has the number of records, chunks and requests, and the shortest time that they can
    /// take. The exit status is that of the import, as far as it is known: 1 if there are rows that Copper
    /// will probably not accept.
    #[arg(long, help_heading = CHECKS)]
    dry_run: bool,

    /// Writes the records that are rejected or not sent to a file.
    ///
    /// The file has the columns of the input, and index (the place in the input, from 0), outcome and reason.
    /// Correct it and load it as it is, with the same --map: these three columns are then ignored. Records
    /// that may or may not be in Copper are written to FILE.csv.unknown. Files that still contain rows of an
    /// earlier import are not overwritten.
    #[arg(long, value_name = "FILE.csv", help_heading = FILES, value_parser = PathBufValueParser::new().try_map(csv))]
    rejects: Option<PathBuf>,

    /// Keeps a journal, so that an import that ends early, for any reason, can be continued. Needs --live.
    ///
    /// Repeat the same command: it sends only the records that are not settled, and counts all records in its
    /// last line. Records that were in flight when the process was killed are unknown, except with
    /// --reconcile and --upsert. The files of --rejects are continued as well: records that are sent or
    /// looked up are removed from them first. A journal belongs to one FILE, unchanged, one KIND, and one
    /// account.
    ///
    /// It can be a journal in a PostgreSQL instead of a file, so that another machine can go on:
    /// postgres://user@host/database?name=RUN, with sslmode=disable if the network is private. The table is
    /// created if it is not there. Put a password into COPPER_JOURNAL, which does the same as this option,
    /// and is ignored without --live. copper journal lists and deletes old journals.
    #[arg(long, value_name = "FILE|URL", help_heading = FILES)]
    journal: Option<PathBuf>,

    /// Writes each outcome as a line of JSON at once, to a new file, or with - to standard output.
    ///
    /// A line has index, line, outcome, and the id in Copper or the reason. With -, the last line of the
    /// program goes to standard error.
    #[arg(long, value_name = "FILE", help_heading = FILES)]
    outcomes: Option<PathBuf>,

    /// The column of FILE with a key of your own, which each line of --outcomes has as ref.
    ///
    /// It can be any column, and this option does not send it.
    #[arg(long = "ref", value_name = "COLUMN", help_heading = FILES, requires = "outcomes")]
    reference: Option<String>,

    /// Writes a report of all outcomes, as JSON for programs; see below.
    ///
    /// It replaces a report of an earlier import, but no other file.
    #[arg(long, value_name = "FILE", help_heading = FILES)]
    report: Option<PathBuf>,
}

/// The options, consistent with each other.
pub struct Args {
    pub file: PathBuf,
    pub entity: &'static Entity,
    pub reading: Options,
    pub mapping: Mapping,
    pub mapping_file: Option<PathBuf>,
    pub settings: Settings,
    given: Given,
    pub write_mapping: Option<PathBuf>,
    pub key: KeyColumn,
    pub duplicates: Duplicates,
    pub fix: bool,
    pub live: bool,
    pub connection: Connection,
    pub doubt: Doubt,
    pub check: bool,
    pub dry_run: bool,
    pub rejects: Option<PathBuf>,
    pub report: Option<PathBuf>,
    pub outcomes: Option<PathBuf>,
    pub journal: Option<Journal>,
    pub chunk_size: Option<NonZeroUsize>,
    pub accept_duplicates: bool,
}

impl Import {
    /// Extracts the options that a sync handles itself: how long to look up a create in doubt, and whether to
    /// send it again. Refuses options that a sync does not have.
    pub fn for_sync(&mut self) -> Result<(Option<Duration>, bool), String> {
        let refused = [
            ("--upsert", self.upsert.is_some()),
            ("--reconcile", self.reconcile.is_some()),
            ("--chunk-size", self.chunk_size.is_some()),
            ("--accept-duplicates", self.accept_duplicates),
            ("--duplicates", self.duplicates.is_some()),
        ];
        if let Some((option, _)) = refused.into_iter().find(|(_, given)| *given) {
            return Err(format!("{option} is not for copper sync"));
        }
        let entity = self.entity.unwrap_or(&LEADS);
        let keys = match entity.kind {
            Kind::Leads | Kind::People => "email, cf_<id>, or the name of a custom field",
            Kind::Companies => "name, email_domain, cf_<id>, or the name of a custom field",
            Kind::Opportunities | Kind::Activities => {
                return Err("copper sync is for leads, people and companies".to_owned());
            }
        };
        let Some(key) = &self.key else {
            return Err(format!("--key is needed: {keys}"));
        };
        let is_company = entity.kind == Kind::Companies;
        let is_key = match key_column(key, entity) {
            KeyColumn::Email => !is_company,
            KeyColumn::Field(name) => is_company && ["name", "email_domain"].contains(&name),
            // Companies have no address of their own, and hardly a field of that name.
            KeyColumn::Named(name) => !is_company || !name.eq_ignore_ascii_case("email"),
            KeyColumn::Custom(_) => true,
        };
        if !is_key {
            return Err(format!("--key takes {keys}"));
        }
        if self.send_again && self.absent_after.is_none() {
            return Err("--send-again needs --absent-after".to_owned());
        }
        Ok((
            self.absent_after.take(),
            std::mem::take(&mut self.send_again),
        ))
    }
}

impl Args {
    /// Checks the options against each other. The error is one sentence.
    pub fn new(given: Import) -> Result<Self, String> {
        if given.journal.is_some() && !given.live {
            return Err(NEEDS_LIVE.to_owned());
        }
        if given.connection.share_limits.is_some() && !given.live {
            return Err(SHARE_NEEDS_LIVE.to_owned());
        }
        if given.connection.allow_http && !given.live {
            return Err(HTTP_NEEDS_LIVE.to_owned());
        }
        given.connection.check()?;
        if given.upsert.is_some() && given.chunk_size.is_some() {
            return Err(ONE_A_REQUEST.to_owned());
        }
        let journal = match given.live {
            true => Journal::given(given.journal)?,
            false => None,
        };
        let entity = given.entity.unwrap_or(&LEADS);
        let reading = Options {
            format: given.format,
            encoding: given.encoding,
            sheet: given.sheet,
            header: match (given.header_line, given.no_header) {
                (Some(line), _) => HeaderAt::Line(line.get()),
                (None, true) => HeaderAt::Nowhere,
                (None, false) => HeaderAt::Found,
            },
        };
        reading.are_consistent()?;
        let scope = Scope {
            entity,
            is_live: given.live,
        };
        let mut mapping = Mapping::new(given.map, scope)?;
        mapping.set(given.set, scope)?;
        mapping.reference = given.reference;
        let doubt = Doubt::new(
            entity,
            given.upsert.as_deref(),
            given.reconcile.as_deref(),
            given.absent_after,
            given.send_again,
        )?;
        let key = match (doubt.upserted(), given.key) {
            (Some(Key::Field(id)), _) => KeyColumn::Custom(id),
            (Some(Key::Email), _) | (None, None) => KeyColumn::Email,
            (None, Some(name)) => key_column(&name, entity),
        };
        Ok(Self {
            file: given.file,
            reading,
            entity,
            mapping,
            mapping_file: given.mapping,
            settings: Settings {
                unknown_columns: given.unknown_columns.unwrap_or_default(),
                unknown_values: given.unknown_values.unwrap_or_default(),
                date_order: given.date_order,
                check: given.check,
                fix: given.fix,
                is_preview: given.dry_run,
                is_live: given.live,
            },
            given: Given {
                unknown_columns: given.unknown_columns.is_some(),
                unknown_values: given.unknown_values.is_some(),
            },
            write_mapping: given.write_mapping,
            key,
            duplicates: given.duplicates.unwrap_or_default(),
            fix: given.fix,
            live: given.live,
            connection: given.connection,
            doubt,
            check: given.check,
            dry_run: given.dry_run,
            rejects: given.rejects,
            report: given.report,
            outcomes: given.outcomes,
            journal,
            chunk_size: given.chunk_size,
            accept_duplicates: given.accept_duplicates,
        })
    }
}

/// The choices of the command line, because the mapping file has the others.
#[derive(Clone, Copy)]
struct Given {
    unknown_columns: bool,
    unknown_values: bool,
}

impl Args {
    /// Adds the choices of a mapping file that the command line does not have.
    pub fn add(&mut self, file: &MappingFile) -> Result<(), String> {
        let (given, settings) = (self.given, &mut self.settings);
        settings.date_order = settings.date_order.or(file.date_order);
        if let (false, Some(fate)) = (given.unknown_columns, file.unknown_columns) {
            settings.unknown_columns = fate;
        }
        if let (false, Some(fate)) = (given.unknown_values, file.unknown_values) {
            settings.unknown_values = fate;
        }
        if let (None, Some(name)) = (self.reading.encoding, &file.encoding) {
            self.reading.encoding = Some(options::encoding(name)?);
        }
        let scope = Scope {
            entity: self.entity,
            is_live: self.live,
        };
        let mapping = &mut self.mapping;
        mapping.add_file(&file.columns, &file.set, &file.values, scope)
    }
}

fn key_column(name: &str, entity: &'static Entity) -> KeyColumn {
    match Column::named(name, entity) {
        Ok(Column::Custom(id)) => KeyColumn::Custom(id),
        Ok(Column::Field(field)) => match field.name() {
            "email" | "emails" => KeyColumn::Email,
            name => KeyColumn::Field(name),
        },
        _ => KeyColumn::Named(name.to_owned()),
    }
}

fn absent_after(text: &str) -> Result<Duration, &'static str> {
    duration::parse(text).ok_or(ABSENT_AFTER)
}

fn chunk_size(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| CHUNK_SIZE)
}

/// Rejects are always CSV, and must be named so: when they are loaded again, the importer decides by the
/// name.
fn csv(path: PathBuf) -> Result<PathBuf, &'static str> {
    match has_extension(&path, "csv") {
        true => Ok(path),
        false => Err(REJECTS),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::args::{Command, parse};

    /// Parses the arguments of an import.
    pub fn read(args: &[&str]) -> Result<Args, String> {
        let args = [&["copper", "import"], args].concat();
        let cli = parse(args.into_iter().map(Into::into)).map_err(|error| error.to_string())?;
        match cli.command {
            Command::Import(import) => Args::new(*import),
            _ => Err("another command".to_owned()),
        }
    }

    fn refusal(args: &[&str]) -> Option<String> {
        read(args).err()
    }

    #[test]
    fn options_stand_before_or_after_the_file() {
        for args in [
            ["--live", "--chunk-size", "5", "a.csv"],
            ["a.csv", "--chunk-size=5", "--live", "--accept-duplicates"],
        ] {
            let args = read(&args).expect("they are taken");
            assert_eq!(args.file, PathBuf::from("a.csv"));
            assert_eq!(args.chunk_size.map(NonZeroUsize::get), Some(5));
            assert!(args.live);
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
            (&[][..], "required arguments were not provided:\n  <FILE>"),
            (&["a.csv", "b.csv"], "unexpected argument 'b.csv'"),
            (&["a.csv", "--chunk-size", "0"], "from 1 up"),
            (&["a.csv", "--chunk-size", "ten"], "from 1 up"),
            (&["a.csv", "--rejects"], "--rejects"),
            (&["a.csv", "--rejects", "out.json"], "must end in .csv"),
            (&["a.csv", "--journal"], "--journal"),
            (&["a.csv", "--journal", "j"], "--journal needs --live"),
            (&["a.csv", "--share-limits"], "--share-limits"),
            (
                &["a.csv", "--share-limits", "redis://host"],
                "--share-limits needs --live",
            ),
            (&["a.csv", "--allow-http"], "--allow-http needs --live"),
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
                "use one of them",
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
            (&["a.csv", "--format", "parquet"], "--format takes csv, tsv"),
            (&["a.csv", "--encoding", "utf-9"], "such as utf-8, utf-16le"),
            (&["a.csv", "--header-line", "0"], "--header-line"),
            (
                &["a.csv", "--header-line", "2", "--no-header"],
                "cannot be used with",
            ),
            (
                &["a", "--format=xlsx", "--encoding=utf-8"],
                "--encoding is only for texts",
            ),
            (
                &["a", "--format=ods", "--header-line=2"],
                "--header-line and --no-header are only for texts",
            ),
            (
                &["a", "--format", "json", "--no-header"],
                "the keys of its objects",
            ),
            (
                &["a", "--format", "csv", "--sheet", "Leads"],
                "--sheet is only for workbooks",
            ),
            (
                &["a", "--encoding", "utf-8", "--sheet", "Leads"],
                "--sheet is only for workbooks, and",
            ),
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
