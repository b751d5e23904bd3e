//! `copper export`: writes all leads, people or companies of the account to a file that import and sync can read.

pub mod columns;
pub mod shown;
pub mod table;

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Seek},
    path::Path,
};

use copper_crm::{
    Copper,
    directory::{Directory, DirectoryKind},
    types::{Company, Lead, Person},
};
use tempfile::tempfile;

use crate::load::{directory, sharing};
use crate::{
    args::export::{Format, Kind, Options},
    criteria::Criteria,
    display::{
        escape::{self, escaped},
        is_written, print, say,
    },
    files::output,
};
use columns::Columns;
use shown::Shown;
use table::Table;

const ALL_WRITTEN: u8 = 0;
const FAILED: u8 = 1;
const UNUSABLE: u8 = 2;

/// Runs the command and returns its exit status.
pub async fn run(options: Options) -> u8 {
    match options.entity {
        Kind::Leads => export::<Lead>(options).await,
        Kind::People => export::<Person>(options).await,
        Kind::Companies => export::<Company>(options).await,
    }
}

/// The kinds of names that replace ids.
fn names(kind: Kind) -> BTreeSet<DirectoryKind> {
    let own: &[DirectoryKind] = match kind {
        Kind::Leads => &[DirectoryKind::Status, DirectoryKind::Source],
        Kind::People | Kind::Companies => &[DirectoryKind::ContactType],
    };
    let shared = [DirectoryKind::CustomField, DirectoryKind::User];
    own.iter().copied().chain(shared).collect()
}

async fn export<T: Shown>(options: Options) -> u8 {
    let copper = sharing::copper(&options.connection);
    let (copper, format) = match (copper, options.format()) {
        (Ok(copper), Ok(format)) => (copper, format),
        (_, Err(why)) | (Err(why), _) => return unusable(why),
    };
    if !options.is_standard_output() && options.file.symlink_metadata().is_ok() {
        let file = escape::path(&options.file);
        return unusable(format!("{file} is there already, and is not replaced."));
    }
    let directory = match directory::only(&copper, names(options.entity)).await {
        Ok(directory) => directory,
        Err(why) => return unusable(why),
    };
    let search = match search::<T>(&options, &directory) {
        Ok(search) => search,
        Err(why) => return unusable(why),
    };
    let written = match options.is_standard_output() {
        // A workbook can only be written to a file. From there it is copied to the output.
        true => match tempfile() {
            Ok(file) => write::<T>(&copper, search, &directory, format, file)
                .await
                .map(|(count, file)| (count, Some(file))),
            Err(error) => Err(error.to_string()),
        },
        false => to_file::<T>(&copper, search, &directory, format, &options.file)
            .await
            .map(|count| (count, None)),
    };
    let (count, to_copy) = match written {
        Ok(written) => written,
        Err(why) => {
            say(format_args!("{}.", escaped(why)));
            say("Nothing was written.");
            return FAILED;
        }
    };
    let many = T::Search::MANY;
    match to_copy.map(copy_out) {
        None => print(format_args!("{count} {many}")),
        // A copy that fails is told at the end.
        Some(copied) => {
            if is_written(copied) {
                say(format_args!("{count} {many}"));
            }
        }
    }
    ALL_WRITTEN
}

fn unusable(why: String) -> u8 {
    say(why);
    say("Nothing was written.");
    UNUSABLE
}

fn search<T: Shown>(options: &Options, directory: &Directory) -> Result<T::Search, String> {
    let mut search = T::Search::default();
    for term in &options.terms {
        let added = term.add(&mut search, directory);
        added.map_err(|error| format!("--where: {}.", escaped(error)))?;
    }
    Ok(search)
}

/// Writes the file under another name, and renames it when it is complete.
async fn to_file<T: Shown>(
    copper: &Copper,
    search: T::Search,
    directory: &Directory,
    format: Format,
    path: &Path,
) -> Result<u64, String> {
    let cannot = |error: &io::Error| format!("{} can't be written: {error}", path.display());
    let file = output::new_in(output::folder(path)).map_err(|error| cannot(&error))?;
    let to = file.reopen().map_err(|error| cannot(&error))?;
    let (count, to) = write::<T>(copper, search, directory, format, to).await?;
    to.sync_all().map_err(|error| cannot(&error))?;
    file.persist_noclobber(path)
        .map_err(|error| cannot(&error.error))?;
    Ok(count)
}

/// Writes all records. Returns their number, and the output.
async fn write<T: Shown>(
    copper: &Copper,
    search: T::Search,
    directory: &Directory,
    format: Format,
    file: File,
) -> Result<(u64, File), String> {
    let cannot = |error: io::Error| format!("the table can't be written: {error}");
    let columns = Columns::new::<T>(directory);
    let to = file.try_clone().map_err(cannot)?;
    let mut table = Table::new(format, to, columns.names()).map_err(cannot)?;
    let mut records = T::all(copper, search);
    let (mut count, mut unreadable) = (0, 0_u64);
    while let Some(record) = records.next().await {
        let record = record.map_err(|error| format!("Copper can't be read: {error}"))?;
        unreadable += u64::from(columns.lacks(&record));
        table.add(&columns.row(&record)).map_err(cannot)?;
        count += 1;
    }
    table.end().map_err(cannot)?;
    if unreadable > 0 {
        say(format_args!(
            "{unreadable} {} have a field of a form that is not known: its cell is empty.",
            T::Search::MANY
        ));
    }
    Ok((count, file))
}

fn copy_out(mut file: File) -> io::Result<u64> {
    file.rewind()?;
    io::copy(&mut file, &mut io::stdout())
}
