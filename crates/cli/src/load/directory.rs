//! The directory of an account, with the kinds of names that a file needs.

use std::collections::BTreeSet;

use copper_crm::{
    Copper, Error,
    directory::{Directory, DirectoryKind},
};

use crate::{
    display::escape,
    fields::{
        entity::{Entity, Kind},
        field::{Names, Place},
    },
};

/// The kinds of names that a file needs.
#[derive(Debug, Default)]
pub struct Needs {
    pub names: Vec<Names>,
    pub custom_fields: bool,
}

fn kind_of(names: Names) -> DirectoryKind {
    match names {
        Names::Status => DirectoryKind::Status,
        Names::Source => DirectoryKind::Source,
        Names::Owner => DirectoryKind::User,
        Names::ContactType => DirectoryKind::ContactType,
        Names::Pipeline => DirectoryKind::Pipeline,
        Names::Stage => DirectoryKind::Stage,
        Names::LossReason => DirectoryKind::LossReason,
    }
}

/// The kinds of names that records of one kind have, each with a request of its own.
pub fn kinds_of(entity: &Entity) -> Vec<DirectoryKind> {
    let named = entity.fields().filter_map(|field| match field.place {
        Place::Named(names, _) => Some(kind_of(names)),
        _ => None,
    });
    let kinds = named.chain(match entity.kind {
        Kind::Activities => vec![DirectoryKind::User, DirectoryKind::ActivityType],
        _ => vec![DirectoryKind::CustomField],
    });
    let kinds: BTreeSet<DirectoryKind> = kinds.collect();
    let all = DirectoryKind::ALL.into_iter();
    all.filter(|kind| kinds.contains(kind)).collect()
}

/// Reads names of these kinds. The error is in words.
pub async fn only(
    copper: &Copper,
    kinds: impl IntoIterator<Item = DirectoryKind>,
) -> Result<Directory, String> {
    let directory = copper.directory().only(kinds).await;
    directory.map_err(|error| {
        format!(
            "The account's names can't be read: {}.",
            escape::escaped(error)
        )
    })
}

/// Reads the names that are needed, and no others. If the custom fields can't be read, the form of their
/// values decides, and `note` gets the error.
pub async fn read(
    copper: &Copper,
    needs: &Needs,
    note: impl FnOnce(&Error),
) -> Result<Directory, Error> {
    let kinds = needs.names.iter().map(|names| kind_of(*names));
    let directory = copper.directory().only(kinds).await?;
    if !needs.custom_fields {
        return Ok(directory);
    }
    match copper.directory().only([DirectoryKind::CustomField]).await {
        Ok(fields) => Ok(directory.with_fields(fields.fields().iter().cloned())),
        Err(error) => {
            note(&error);
            Ok(directory)
        }
    }
}
