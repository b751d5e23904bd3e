//! The rules for the changes that a sync of a file may make. The columns of the file are the fields that it names. An
//! object names only the fields whose keys it has.

use std::{
    collections::HashMap,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use copper_crm::{
    sync::{Empties, Policies, SyncField},
    types::Address,
};

use crate::{
    args::sync::SyncArgs,
    columns::column::Column,
    fields::field::{Field, Place},
    read::row::Row,
    records::input::Input,
    sync::kind::Kind,
};

/// The category of a cell that names none.
const WORK: &str = "work";
const ADDRESS: &str = "address";

/// The columns that a row has. The columns of the file come first.
fn columns<'i>(input: &'i Input, absent: &'i [bool]) -> impl Iterator<Item = Column> + 'i {
    let columns = input.header().columns().enumerate();
    let has = |(place, _): &(usize, Column)| absent.get(*place) != Some(&true);
    columns.filter(has).map(|(_, column)| column)
}

/// The policies for all rows, or for a row that lacks some columns.
pub fn of(args: &SyncArgs, input: &Input, absent: &[bool]) -> Policies {
    let header = input.header();
    let named = columns(input, absent).filter_map(|column| match column {
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
    columns(input, absent).fold(policies, |policies, column| match column {
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

/// The policies of each row, if empty cells clear. Rows that lack the same columns share them.
#[derive(Clone, Default)]
pub struct RowPolicies(Arc<Mutex<Kinds>>);

#[derive(Default)]
struct Kinds {
    /// The place of the policies for each set of columns that rows lack.
    places: HashMap<Vec<bool>, u32>,
    policies: Vec<Arc<Policies>>,
    /// The place of the policies of each row.
    of_rows: Vec<u32>,
}

impl RowPolicies {
    pub fn add(&self, args: &SyncArgs, input: &Input, row: &Row) {
        let mut kinds = self.lock();
        let place = match kinds.places.get(&row.absent) {
            Some(place) => *place,
            None => {
                let place = u32::try_from(kinds.policies.len()).unwrap_or(u32::MAX);
                kinds.policies.push(Arc::new(of(args, input, &row.absent)));
                kinds.places.insert(row.absent.clone(), place);
                place
            }
        };
        kinds.of_rows.push(place);
    }

    /// The policies of a row; those that change nothing for a row that was not added.
    pub fn get(&self, row: u64) -> Arc<Policies> {
        let kinds = self.lock();
        let place = usize::try_from(row)
            .ok()
            .and_then(|row| kinds.of_rows.get(row).copied());
        let place = place.and_then(|place| usize::try_from(place).ok());
        let policies = place.and_then(|place| kinds.policies.get(place));
        policies.map(Arc::clone).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Kinds> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The parts of an address for which a row has a column, if empty cells clear.
pub fn named_parts(args: &SyncArgs, input: &Input, absent: &[bool]) -> Vec<&'static str> {
    if args.empties != Empties::Clear {
        return Vec::new();
    }
    let parts = columns(input, absent).filter_map(|column| match column {
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
