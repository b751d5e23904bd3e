//! The options of `copper export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::connection::Connection;
use crate::{read::format::has_extension, term::Term};

/// Writes all leads, people or companies of the account to a file that import and sync can read.
///
/// The columns are those that import knows. Statuses, sources, owners, contact types and options of custom
/// fields are written by name. If a name is not unique, the id is written in a separate column. This command
/// always reads from Copper, with COPPER_ACCESS_TOKEN and COPPER_USER_EMAIL, or COPPER_OAUTH_TOKEN (and
/// COPPER_BASE_URL, if set). It reads any number of records, 200 per request, oldest first. It does not replace
/// an existing file.
///
/// The exit status is 0 if all is written, 1 if Copper can't be read or the file can't be written, and 2 if the
/// arguments or the names of the account can't be used, or FILE is there already.
#[derive(Debug, Args)]
pub struct Options {
    /// The file to write, or - for standard output.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The kind of records: leads, people or companies.
    #[arg(
        long,
        value_name = "KIND",
        value_enum,
        default_value = "leads",
        hide_possible_values = true
    )]
    pub entity: Kind,

    /// The format: csv, jsonl (one object per line) or xlsx. Default: by the ending of FILE; csv for -.
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,

    /// Exports only records that meet this condition. Give it once for each condition; all must be true. Of one
    /// field, only tags and ranges can be given twice.
    ///
    /// FIELD=VALUE with owner, tag, name, city, state, postal_code or country; created or contacted with =, >=, <=, >
    /// or < and a date such as 2026-01-31 (in UTC). Leads also have status, source, email, company and title, modified
    /// with a date, and value with a number; people email and contact_type; companies email_domain and contact_type.
    #[arg(long = "where", value_name = "CONDITION", value_parser = Term::parse)]
    pub terms: Vec<Term>,

    #[command(flatten)]
    pub connection: Connection,
}

/// The kind of records that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Leads,
    People,
    Companies,
}

/// The format of the file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Csv,
    Jsonl,
    Xlsx,
}

impl Options {
    /// The format, given or by the file's name.
    pub fn format(&self) -> Result<Format, String> {
        let by_name = [
            ("csv", Format::Csv),
            ("jsonl", Format::Jsonl),
            ("xlsx", Format::Xlsx),
        ];
        let by_name = by_name
            .into_iter()
            .find(|(ending, _)| has_extension(&self.file, ending));
        match (self.format, by_name) {
            (Some(format), _) => Ok(format),
            (None, Some((_, format))) => Ok(format),
            (None, None) if self.is_standard_output() => Ok(Format::Csv),
            (None, None) => Err(
                "The name of FILE must end in .csv, .jsonl or .xlsx, or --format must say \
                which of them it is."
                    .to_owned(),
            ),
        }
    }

    pub fn is_standard_output(&self) -> bool {
        self.file.as_os_str() == "-"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Command, parse};

    fn read(args: &[&str]) -> Result<Options, String> {
        let args = [&["copper", "export"], args].concat();
        let cli = parse(args.into_iter().map(Into::into)).map_err(|error| error.to_string())?;
        match cli.command {
            Command::Export(options) => Ok(options),
            _ => Err("another command".to_owned()),
        }
    }

    #[test]
    fn the_format_is_that_of_the_name_unless_it_is_given() {
        for (args, format) in [
            (&["leads.csv"][..], Format::Csv),
            (&["leads.XLSX"], Format::Xlsx),
            (&["leads.jsonl"], Format::Jsonl),
            (&["-"], Format::Csv),
            (&["-", "--format", "jsonl"], Format::Jsonl),
            (&["leads.txt", "--format", "csv"], Format::Csv),
        ] {
            let options = read(args).expect("they are taken");
            assert_eq!(options.format(), Ok(format), "{args:?}");
        }
        assert!(read(&["leads.txt"]).expect("taken").format().is_err());
    }

    #[test]
    fn a_condition_that_no_search_can_express_is_refused() {
        for term in [
            "status",
            "mood=good",
            "status>=New",
            "created=soon",
            "created>=",
            "value=much",
        ] {
            let refusal = read(&["a.csv", "--where", term]).expect_err(term);
            assert!(refusal.contains("--where"), "{refusal}");
        }
        assert!(
            read(&[
                "a.csv",
                "--where",
                "status=New",
                "--where",
                "created>=2026-01-01"
            ])
            .is_ok()
        );
    }
}
