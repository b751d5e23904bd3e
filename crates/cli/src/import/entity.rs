//! What kind of records a file is of: its columns, and what Copper wants of it. Each kind has a table
//! in a file of its own; all else is the same for all.

use super::{
    activity::ACTIVITIES,
    columns::Column,
    company::COMPANIES,
    field::{Field, NAME},
    lead::LEADS,
    opportunity::OPPORTUNITIES,
    person::PEOPLE,
};

#[derive(Debug)]
pub struct Entity {
    pub kind: Kind,
    pub one: &'static str,
    pub many: &'static str,
    /// Those for tables first.
    pub fields: &'static [&'static [Field]],
    pub required: &'static [Required],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Leads,
    People,
    Companies,
    Opportunities,
    Activities,
}

/// What Copper takes no record without.
#[derive(Debug)]
pub struct Required {
    /// Any of these columns gives it.
    pub columns: &'static [&'static str],
    /// Where it is in the record.
    pub pointer: &'static str,
}

/// A blank one is sent, as Copper decides which names it takes.
pub const NAMED: Required = Required {
    columns: &[NAME],
    pointer: "/name",
};

static ALL: [&Entity; 5] = [&LEADS, &PEOPLE, &COMPANIES, &OPPORTUNITIES, &ACTIVITIES];

impl Entity {
    pub fn all() -> impl Iterator<Item = &'static Self> {
        ALL.into_iter()
    }

    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|entity| entity.many == name)
    }

    pub fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().copied().flatten()
    }

    /// The field of a column, by any of its names.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.names.contains(&name))
    }
}

impl Required {
    /// The column to tell of.
    pub fn column(&self) -> &'static str {
        self.columns.first().copied().unwrap_or_default()
    }

    pub fn is_given_by(&self, column: Column) -> bool {
        match column {
            Column::Field(field) => self.columns.iter().any(|name| field.names.contains(name)),
            _ => false,
        }
    }
}
