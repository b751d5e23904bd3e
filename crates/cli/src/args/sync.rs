//! The options of `copper sync`: those of an import that apply to it, and its own.

use std::{path::PathBuf, time::Duration};

use clap::{Args as ClapArgs, ValueEnum};
use copper_crm::sync::{Empties, Lists};

use super::import::{Args, Import};
use crate::{columns::settings::UnknownValues, display::escape, term::Term};

const SYNC: &str = "What to change";

/// Options of an import that a sync does not have.
pub const NOT_FOR_SYNC: [&str; 5] = [
    "upsert",
    "reconcile",
    "chunk_size",
    "accept_duplicates",
    "duplicates",
];

/// Brings the leads of Copper, or its people or companies, in step with a file, and changes only what differs.
///
/// FILE is read as by copper import. Its rows are compared with the records of Copper by --key. A row that is
/// not in Copper is created. A row that differs changes the fields that differ. Empty cells, columns that FILE
/// does not have, and records that it does not have are left alone; nothing is deleted. Rows with the same key
/// are named and left alone, and so are records with the same key.
///
/// The key of people is email: any address that a row and a person share. The key of companies is name,
/// email_domain or a custom field.
#[derive(ClapArgs)]
pub struct Sync {
    #[command(flatten)]
    import: Import,

    /// Creates records that are missing, and changes none.
    #[arg(long, help_heading = SYNC, conflicts_with = "update_only")]
    create_only: bool,

    /// Changes records that are there, and creates none.
    #[arg(long, help_heading = SYNC)]
    update_only: bool,

    /// The treatment of lists, such as tags: replace (the default) them with those of the row, or add those of
    /// the row. A column for one category, such as mobile_phone, replaces only the entries of this category.
    #[arg(long, value_name = "ACTION", help_heading = SYNC, value_enum, hide_possible_values = true)]
    lists: Option<ListFate>,

    /// The treatment of empty cells: keep (the default) Copper's value, or clear it. A row that is too short has empty
    /// cells at its end. In JSON, null is empty; a key that an object lacks clears nothing.
    #[arg(long, value_name = "ACTION", help_heading = SYNC, value_enum, hide_possible_values = true)]
    empty: Option<EmptyFate>,

    /// Compares only with records that meet this condition, as for copper export. Rows of all other records count
    /// as new and are created, even if they are in Copper; with --update-only, they are left alone.
    #[arg(long = "where", value_name = "CONDITION", help_heading = SYNC, value_parser = Term::parse)]
    terms: Vec<Term>,

    /// Writes the plan as JSON, and sends nothing. The file must not exist.
    #[arg(long, value_name = "FILE.json", help_heading = SYNC)]
    plan: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ListFate {
    Replace,
    Add,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EmptyFate {
    Keep,
    Clear,
}

/// The options, consistent with each other.
pub struct SyncArgs {
    /// Those that it shares with an import.
    pub import: Args,
    pub create_only: bool,
    pub update_only: bool,
    pub lists: Lists,
    pub empties: Empties,
    pub terms: Vec<Term>,
    pub plan: Option<PathBuf>,
    pub absent_after: Option<Duration>,
    pub send_again: bool,
}

impl SyncArgs {
    /// Checks the options against each other. The error is one sentence.
    pub fn new(mut given: Sync) -> Result<Self, String> {
        let (absent_after, send_again) = given.import.for_sync()?;
        let mut import = Args::new(given.import)?;
        import.dry_run |= given.plan.is_some();
        Ok(Self {
            import,
            create_only: given.create_only,
            update_only: given.update_only,
            lists: match given.lists {
                Some(ListFate::Add) => Lists::Add,
                _ => Lists::Replace,
            },
            empties: match given.empty {
                Some(EmptyFate::Clear) => Empties::Clear,
                _ => Empties::Keep,
            },
            terms: given.terms,
            plan: given.plan,
            absent_after,
            send_again,
        })
    }

    /// Checks the options together with those of the mapping file.
    pub fn check(&self) -> Result<(), String> {
        if let Some(plan) = &self.plan
            && plan.symlink_metadata().is_ok()
        {
            let plan = escape::path(plan);
            return Err(format!("{plan} is there already, and is not replaced."));
        }
        // A value that is left out would look like an empty cell, and clear the field in Copper.
        let is_left_out = self.import.settings.unknown_values != UnknownValues::Reject;
        if self.empties == Empties::Clear && is_left_out {
            return Err(
                "--empty clear would clear the fields of unknown values that are left out: use --unknown-values reject."
                    .to_owned(),
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Command, parse};

    fn read(args: &[&str]) -> Result<SyncArgs, String> {
        let args = [&["copper", "sync"], args].concat();
        let cli = parse(args.into_iter().map(Into::into)).map_err(|error| error.to_string())?;
        match cli.command {
            Command::Sync(sync) => SyncArgs::new(*sync),
            _ => Err("another command".to_owned()),
        }
    }

    #[test]
    fn a_plan_is_a_dry_run() {
        let args =
            read(&["a.csv", "--key", "email", "--plan", "p.json", "--lists=add"]).expect("taken");
        assert!(args.import.dry_run);
        assert_eq!((args.lists, args.empties), (Lists::Add, Empties::Keep));
    }

    #[test]
    fn a_value_that_is_left_out_is_no_empty_cell() {
        for fate in ["drop", "details"] {
            let args = ["a.csv", "--key=email", "--unknown-values", fate];
            assert_eq!(read(&args).expect("taken").check(), Ok(()));
            let clears = [&args[..], &["--empty=clear"]].concat();
            let refusal = read(&clears).expect("taken").check().expect_err("refused");
            assert!(refusal.contains("--unknown-values reject"), "{refusal}");
        }
    }

    #[test]
    fn people_and_companies_have_keys_of_their_own() {
        for (kind, key) in [
            ("people", "email"),
            ("people", "cf_7"),
            ("companies", "name"),
            ("companies", "email_domain"),
            ("companies", "Row in the shop"),
        ] {
            let args = read(&["a.csv", "--entity", kind, "--key", key]).expect("taken");
            assert_eq!(args.import.entity.many, kind);
        }
    }

    #[test]
    fn what_is_not_for_a_sync_is_refused_in_words() {
        for (args, words) in [
            (&["a.csv"][..], "--key"),
            (
                &["a.csv", "--key", "email", "--upsert", "email"],
                "--upsert",
            ),
            (
                &["a.csv", "--key=email", "--chunk-size=5"],
                "not for copper sync",
            ),
            (
                &["a.csv", "--key=email", "--duplicates=first"],
                "not for copper sync",
            ),
            (
                &["a.csv", "--key=cf_7", "--entity=activities"],
                "leads, people and companies",
            ),
            (
                &["a.csv", "--key=email", "--entity=companies"],
                "email_domain",
            ),
            (
                &["a.csv", "--key=name", "--entity=people"],
                "--key takes email",
            ),
            (
                &["a.csv", "--key=email", "--create-only", "--update-only"],
                "cannot be used",
            ),
            (&["a.csv", "--key=email", "--send-again"], "--absent-after"),
            (
                &["a.csv", "--key=email", "--where=mood=good"],
                "no condition",
            ),
            (&["a.csv", "--key=title"], "--key takes"),
        ] {
            let told = read(args).err().unwrap_or_default();
            assert!(told.contains(words), "{args:?}: {told}");
        }
    }
}
