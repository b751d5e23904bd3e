//! Synonyms of columns, by the data in `synonyms.txt`.

use std::{collections::HashMap, sync::LazyLock};

use super::spelling::{normalized, numbered};
use crate::fields::entity::Entity;

const DATA: &str = include_str!("synonyms.txt");
const BUSINESS: &str = "business address prefix";
const HOME: &str = "home address prefix";

/// The parts of an address, and the names of the fields for those of a home address.
const ADDRESS: [(&str, &str); 5] = [
    ("street", "home_street"),
    ("city", "home_city"),
    ("state", "home_state"),
    ("postal_code", "home_postal_code"),
    ("country", "home_country"),
];

static SYNONYMS: LazyLock<Synonyms> = LazyLock::new(|| Synonyms::parse(DATA));

/// The field for a name, and how certain that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    pub field: &'static str,
    /// The place of the name in the data: of two columns for one field, the one with the lower rank is used.
    pub rank: usize,
    /// The number in the name, as in `Phone 2 - Value`.
    pub number: Option<u32>,
}

#[derive(Default)]
struct Synonyms {
    /// By kind of records (or None for all) and by name: the field and its rank.
    names: HashMap<(Option<&'static str>, String), (&'static str, usize)>,
    business: Vec<String>,
    home: Vec<String>,
}

/// The meaning of a name for a kind of records; None if it is not a synonym.
pub fn meaning(name: &str, entity: &Entity) -> Option<Meaning> {
    let name = normalized(name);
    let (pattern, number) = numbered(&name);
    let known = SYNONYMS
        .find(&name, entity)
        .or_else(|| SYNONYMS.find(&pattern, entity))
        .or_else(|| SYNONYMS.find(pattern.trim_end_matches('#'), entity))
        .or_else(|| SYNONYMS.of_address(&pattern, entity));
    let (field, rank) = known?;
    // The second of several similar columns comes after the first.
    let rank = rank + number.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    Some(Meaning {
        field,
        rank,
        number,
    })
}

/// The number of names in the data.
pub fn count() -> usize {
    SYNONYMS.names.len()
}

impl Synonyms {
    fn parse(data: &'static str) -> Self {
        let mut synonyms = Self::default();
        // Room for the numbers of similar columns.
        let mut rank = 0;
        for line in data.lines().filter(|line| !line.starts_with('#')) {
            let Some((field, names)) = line.split_once(':') else {
                continue;
            };
            for name in names.split(',') {
                let name = pattern(name);
                rank += 1_000;
                match field {
                    BUSINESS => synonyms.business.push(name),
                    HOME => synonyms.home.push(name),
                    field => {
                        let (kind, field) = match field.split_once('/') {
                            Some((kind, field)) => (Some(kind), field),
                            None => (None, field),
                        };
                        let names = &mut synonyms.names;
                        names.entry((kind, name)).or_insert((field, rank));
                    }
                }
            }
        }
        synonyms
    }

    fn find(&self, name: &str, entity: &Entity) -> Option<(&'static str, usize)> {
        let of = |kind| self.names.get(&(kind, name.to_owned())).copied();
        let found = of(Some(entity.many)).or_else(|| of(None))?;
        let is_known = entity.field(found.0).is_some() || PSEUDO.contains(&found.0);
        is_known.then_some(found)
    }

    /// A part of an address after a word that says which address: `Business City`.
    fn of_address(&self, pattern: &str, entity: &Entity) -> Option<(&'static str, usize)> {
        let part = |rest: &str| {
            let own = ADDRESS
                .into_iter()
                .find(|(part, _)| normalized(part) == rest);
            let field = match own {
                Some((part, _)) => part,
                None => self.find(rest, entity)?.0,
            };
            ADDRESS.into_iter().find(|(part, _)| *part == field)
        };
        let after = |prefixes: &[String]| {
            let rests = prefixes.iter().enumerate();
            let mut rests =
                rests.filter_map(|(n, prefix)| Some((n, pattern.strip_prefix(prefix)?)));
            rests.find_map(|(n, rest)| Some((n, part(rest.trim_end_matches('#'))?)))
        };
        entity.field("street")?;
        let business = after(&self.business).map(|(n, (part, _))| (part, n));
        let found = business.or_else(|| after(&self.home).map(|(n, (_, home))| (home, n)));
        let last = (self.names.len() + 1) * 1_000;
        found.map(|(field, n)| (field, last + n * 1_000))
    }
}

/// Fields that are not a part of a record by themselves.
pub const PSEUDO: [&str; 1] = [PHONE_KIND];
/// The kind of the phone number with the same number: `Phone 1 - Type`.
pub const PHONE_KIND: &str = "phone_kind";

/// The normalized form of a name in the data, which keeps its `#`.
fn pattern(name: &str) -> String {
    let parts: Vec<String> = name.split('#').map(normalized).collect();
    parts.join("#")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{company::COMPANIES, entities::ENTITIES, lead::LEADS};

    fn field(name: &str) -> Option<&'static str> {
        meaning(name, &LEADS).map(|meaning| meaning.field)
    }

    #[test]
    fn names_of_other_systems_and_languages_are_known() {
        for (name, known) in [
            ("E-mail 1 - Value", "email"),
            ("Address 1 - City", "city"),
            ("Business Postal Code", "postal_code"),
            ("Default Address Address1", "street"),
            ("Home Street", "home_street"),
            ("Home Country/Region", "home_country"),
            ("Business Phone 2", "phone"),
            ("Phone 2 - Type", "phone_kind"),
            ("Vorname", "first_name"),
            ("Société", "company"),
            ("Correo electrónico", "email"),
            ("Mailing City", "city"),
            ("Person Linkedin Url", "linkedin"),
            ("STATE/REGION", "state"),
        ] {
            assert_eq!(field(name), Some(known), "{name}");
        }
        for name in ["Id", "IsDeleted", "Company Name for Emails", "Order #", ""] {
            assert_eq!(field(name), None, "{name}");
        }
    }

    #[test]
    fn a_kind_of_records_has_names_of_its_own() {
        let firm = meaning("Firma", &COMPANIES).expect("it is known");
        assert_eq!(firm.field, "name");
    }

    #[test]
    fn each_line_of_the_data_is_of_a_field_that_some_kind_has() {
        for (kind, name) in SYNONYMS.names.keys() {
            let (field, _) = SYNONYMS.names[&(*kind, name.clone())];
            let of_kind = |entity: &&&Entity| kind.is_none_or(|kind| entity.many == kind);
            let has = ENTITIES
                .iter()
                .filter(of_kind)
                .any(|entity| entity.field(field).is_some());
            assert!(has || PSEUDO.contains(&field), "{field}");
            assert!(!name.is_empty(), "{field} has an empty name");
        }
        assert!(count() > 400, "{}", count());
    }
}
