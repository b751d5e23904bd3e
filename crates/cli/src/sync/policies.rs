//! The rules for the changes that a sync of a file may make. The columns of the file are the fields that it names.

use std::str::FromStr;

use copper_crm::{
    sync::{Empties, Policies, SyncField},
    types::Address,
};

use crate::{
    args::sync::SyncArgs,
    columns::column::Column,
    fields::field::{Field, Place},
    records::input::Input,
    sync::kind::Kind,
};

/// The category of a cell that names none.
const WORK: &str = "work";
const ADDRESS: &str = "address";

pub fn of(args: &SyncArgs, input: &Input) -> Policies {
    let header = input.header();
    let named = header.columns().filter_map(|column| match column {
        Column::Custom(id) => Some(SyncField::Custom(id.into())),
        Column::Field(field) if field.category().is_some() => None,
        Column::Field(field) => match field.place {
            Place::Key(key) | Place::List(key) | Place::Named(_, key) => {
                SyncField::from_str(key).ok()
            }
            // Each part of an address is named by itself, and a name is never cleared.
            Place::Within(..) | Place::Home(_) | Place::NamePart(_) => None,
        },
        _ => None,
    });
    let policies = Policies::default()
        .lists(args.lists)
        .empties(args.empties)
        .naming(named)
        .types_of(header.directory())
        .default_category(WORK);
    header
        .columns()
        .fold(policies, |policies, column| match column {
            Column::Field(field) => with_category(policies, field),
            _ => policies,
        })
}

/// The policies with a column for one category of a list. Such a column does not name the entries of other categories.
fn with_category(policies: Policies, field: &Field) -> Policies {
    match (field.place, field.category()) {
        (Place::List(key), Some(category)) => match SyncField::from_str(key) {
            Ok(list) => policies.by_category(list, [category]),
            Err(_) => policies,
        },
        _ => policies,
    }
}

/// The parts of an address that have a column in the file, if empty cells clear.
pub fn named_parts(args: &SyncArgs, input: &Input) -> Vec<&'static str> {
    if args.empties != Empties::Clear {
        return Vec::new();
    }
    let parts = input.header().columns().filter_map(|column| match column {
        Column::Field(field) => match field.place {
            Place::Within(ADDRESS, part) => Some(part),
            _ => None,
        },
        _ => None,
    });
    parts.collect()
}

/// Returns the record with an empty text for each of these parts of the address that the row does not have.
pub fn with_empty_parts<K: Kind>(mut record: K, parts: &[&'static str]) -> K {
    if parts.is_empty() {
        return record;
    }
    let address = record.address().get_or_insert_with(Address::default);
    for part in parts {
        let part = match *part {
            "street" => &mut address.street,
            "city" => &mut address.city,
            "state" => &mut address.state,
            "postal_code" => &mut address.postal_code,
            "country" => &mut address.country,
            _ => continue,
        };
        part.get_or_insert_default();
    }
    record
}
