//! The columns that the importer knows by name: those of the records that it loads, and those of a rejects
//! file.
//!
//! There are two families: flat columns for people who fill in tables, and those of Copper's API, whose cells
//! contain JSON. A row of either family can be written in the other, so a CSV of rejects loses nothing of a
//! JSON input.

use std::fmt;

use super::spelling::normalized;

use crate::{
    fields::{
        entity::{Entity, Required},
        field::{CUSTOM_FIELDS, Field, NAME, Names, Place},
    },
    read::{json::inner_name, row::Name},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Field(&'static Field),
    /// `cf_<id>`, with the id of the field's definition.
    Custom(i64),
    /// A column that an earlier import added. It is not sent.
    Added(Added),
    /// A part of the joined column with this number.
    Joined(usize),
    /// The kind of the phone number with the same number in its name.
    PhoneKind,
    /// A column that is not known; the settings say how to treat it.
    Unknown,
    /// A column that the user leaves out, with its number among those.
    LeftOut(usize),
    /// A column without a name, which a program writes by one separator too many.
    Nameless,
}

const CUSTOM: &str = "cf_";

/// The columns that an import adds to a rejects file. They count as its own only if all three are the last
/// ones. A column of the user's with such a name is an ordinary column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    Index,
    /// It can say that a record is in doubt.
    Outcome,
    Reason,
}

/// In their order in the file.
pub const ADDED: [Added; 3] = [Added::Index, Added::Outcome, Added::Reason];

impl Added {
    pub fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Outcome => "outcome",
            Self::Reason => "reason",
        }
    }

    /// The place of the first of them in a header; None if it is not that of a rejects file.
    pub fn place(header: &[Name]) -> Option<usize> {
        let place = header.len().checked_sub(ADDED.len())?;
        let names = header.get(place..)?.iter().map(|name| name.text.trim());
        names.eq(ADDED.map(Self::name)).then_some(place)
    }
}

/// The reason why a column can't be used.
#[derive(Debug, PartialEq, Eq)]
pub enum Unusable {
    Unknown,
    CustomId,
}

impl Column {
    /// Case and surrounding spaces don't matter, because people type these names.
    pub fn named(name: &str, entity: &Entity) -> Result<Self, Unusable> {
        let name = inner_name(name).trim().to_lowercase();
        if let Some(id) = name.strip_prefix(CUSTOM)
            && has_custom_fields(entity)
        {
            return match id.parse() {
                Ok(id) if id > 0 => Ok(Self::Custom(id)),
                _ => Err(Unusable::CustomId),
            };
        }
        match name.as_str() {
            "" => Ok(Self::Nameless),
            name => entity.field(name).map(Self::Field).ok_or(Unusable::Unknown),
        }
    }

    /// The column whose name differs only in spelling.
    pub fn spelled(name: &str, entity: &Entity) -> Option<Self> {
        let own = normalized(name);
        let is_own = |field: &&Field| field.names.iter().any(|name| normalized(name) == own);
        let field = entity.fields().find(is_own).map(Self::Field);
        let id = || own.strip_prefix("cf").and_then(|id| id.parse().ok());
        let custom = || id().filter(|id| *id > 0 && has_custom_fields(entity));
        field.or_else(|| custom().map(Self::Custom))
    }

    /// Returns true for records that have custom fields.
    pub fn takes_custom(entity: &Entity) -> bool {
        has_custom_fields(entity)
    }

    /// The kind of names in the column, if Copper wants their ids.
    pub fn names(self) -> Option<Names> {
        match self {
            Self::Field(field) => match field.place {
                Place::Named(names, _) => Some(names),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn gives(self, required: &Required) -> bool {
        match self {
            Self::Field(field) => {
                required.is_given_by(field)
                    || (matches!(field.place, Place::NamePart(_)) && required.column() == NAME)
            }
            _ => false,
        }
    }

    /// Returns true for a column of the record, sent or not, and false for one that an earlier import added.
    pub fn is_of_record(self) -> bool {
        !matches!(self, Self::Added(_))
    }

    /// Returns true if a file can have several such columns.
    pub fn is_repeatable(self) -> bool {
        match self {
            Self::Field(field) => field.takes_several(),
            Self::Custom(_) | Self::Added(_) => false,
            _ => true,
        }
    }
}

fn has_custom_fields(entity: &Entity) -> bool {
    entity.field(CUSTOM_FIELDS).is_some()
}

/// The names of all columns that can be sent.
pub fn known(entity: &Entity) -> String {
    let names: Vec<&str> = entity
        .fields()
        .flat_map(|field| field.names)
        .copied()
        .collect();
    let custom = match has_custom_fields(entity) {
        true => " and cf_<id>",
        false => "",
    };
    format!("{}{custom}", names.join(", "))
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.name()),
            Self::Custom(id) => write!(f, "{CUSTOM}{id}"),
            Self::Added(added) => f.write_str(added.name()),
            _ => Ok(()),
        }
    }
}

impl Unusable {
    /// The reason, in words that follow the column's name.
    pub fn told(&self, entity: &Entity) -> String {
        match self {
            Self::Unknown => format!(
                "is no column that is known here; known are {}",
                known(entity)
            ),
            Self::CustomId => {
                "must be cf_ and the number of the custom field's definition, such as \
                cf_100764"
                    .to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{activity::ACTIVITIES, lead::LEADS};

    #[test]
    fn case_and_spaces_of_a_name_do_not_matter() {
        assert_eq!(Column::named(" E-Mail", &LEADS), Err(Unusable::Unknown));
        let email = LEADS.field("email").map(Column::Field);
        assert_eq!(Column::spelled(" E-Mail", &LEADS), email);
        let email = LEADS.field("email").map(Column::Field);
        assert_eq!(Column::named(" EMAIL ", &LEADS).ok(), email);
        assert_eq!(Column::named("CF_7", &LEADS), Ok(Column::Custom(7)));
        assert_eq!(Column::named(" ", &LEADS), Ok(Column::Nameless));
        assert_eq!(Column::named("properties.EMAIL", &LEADS).ok(), email);
        let other = Column::named("account.email", &LEADS);
        assert_eq!(other, Err(Unusable::Unknown));
    }

    #[test]
    fn a_custom_field_needs_the_id_of_its_definition() {
        for name in [
            "cf_",
            "cf_abc",
            "cf_-1",
            "cf_0",
            "cf_1.5",
            "cf_99999999999999999999",
        ] {
            let column = Column::named(name, &LEADS);
            assert_eq!(column, Err(Unusable::CustomId), "{name}");
        }
    }

    #[test]
    fn only_what_has_custom_fields_takes_them() {
        let column = Column::named("cf_7", &ACTIVITIES);
        assert_eq!(column, Err(Unusable::Unknown));
        assert!(!known(&ACTIVITIES).contains("cf_"));
        assert!(known(&LEADS).ends_with(" and cf_<id>"));
    }
}
