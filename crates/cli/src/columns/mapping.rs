//! The mapping of the command line: `--map "Full Name=name"` gives a column another name.
//!
//! Rejects keep the names of the input, so that they open in the program that it came from, and are loaded
//! with the same mapping.

use super::column::{Column, Unusable};
use crate::{display::command, fields::entity::Entity, read::row::Name};

/// The advice for a column that is not known.
pub const HINT: &str = "--map gives a column another name, or leaves it out";

const FORM: &str = "--map takes \"COLUMN=name\": the name of the column in FILE, and the one that is \
    known, or nothing to leave it out";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping(Vec<Pair>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pair {
    /// As it was given.
    text: String,
    from: String,
    to: Column,
}

impl Mapping {
    /// Parses the values of `--map`, one for each column.
    pub fn new(told: Vec<String>, entity: &'static Entity) -> Result<Self, String> {
        let mut pairs: Vec<Pair> = Vec::new();
        for text in told {
            // No name that is known has a `=`.
            let (from, to) = text.rsplit_once('=').ok_or(FORM)?;
            let (from, to) = (from.trim().to_owned(), to.trim());
            if from.is_empty() {
                return Err(FORM.to_owned());
            }
            let to = match to {
                "" => Column::LeftOut(pairs.len()),
                to => target(to, entity)?,
            };
            if let Some(pair) = pairs.iter().find(|pair| pair.is_of(&from)) {
                return Err(format!("--map has the column `{}` twice", pair.from));
            }
            if let Some(pair) = pairs.iter().find(|pair| pair.to == to) {
                let other = &pair.from;
                return Err(format!("--map makes both `{other}` and `{from}` `{to}`"));
            }
            pairs.push(Pair { text, from, to });
        }
        Ok(Self(pairs))
    }

    /// The meaning of a column of the input.
    pub fn column(&self, name: &str, entity: &'static Entity) -> Result<Column, Unusable> {
        match self.0.iter().find(|pair| pair.is_of(name)) {
            Some(pair) => Ok(pair.to),
            None => Column::named(name, entity),
        }
    }

    /// The mapped columns that the input lacks.
    pub fn absent_from(&self, header: &[Name]) -> impl Iterator<Item = &str> {
        let absent = self.0.iter();
        let absent = absent.filter(|pair| !header.iter().any(|name| pair.is_of(&name.text)));
        absent.map(|pair| pair.from.as_str())
    }

    /// The options that give the same mapping, to be added to a command.
    pub fn options(&self) -> String {
        let options = self.0.iter().map(|pair| &pair.text);
        options
            .map(|text| format!(" --map {}", command::quoted(text)))
            .collect()
    }
}

impl Pair {
    /// Case and the spaces around a name don't matter.
    fn is_of(&self, name: &str) -> bool {
        self.from.to_lowercase() == name.trim().to_lowercase()
    }
}

fn target(name: &str, entity: &'static Entity) -> Result<Column, String> {
    Column::named(name, entity).map_err(|why| format!("--map: `{name}` {}", why.told(entity)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::lead::LEADS;

    fn mapping(told: &[&str]) -> Result<Mapping, String> {
        let told = told.iter().map(|&text| text.to_owned());
        Mapping::new(told.collect(), &LEADS)
    }

    #[test]
    fn a_column_is_what_it_is_mapped_to_whatever_it_would_be_by_its_name() {
        let mapping = mapping(&["Full Name = NAME", "a=b=cf_7", "title="]).expect("a mapping");
        let column = |name| mapping.column(name, &LEADS);
        let name = LEADS.field("name").map(Column::Field);
        assert_eq!(column(" FULL name ").ok(), name);
        assert_eq!(column("a=b"), Ok(Column::Custom(7)));
        assert_eq!(column("Title"), Ok(Column::LeftOut(2)));
        assert_eq!(
            column("email").ok(),
            LEADS.field("email").map(Column::Field)
        );
        assert_eq!(column("Mobil"), Err(Unusable::Unknown));
    }

    #[test]
    fn a_mapping_that_can_not_be_meant_is_refused_in_words() {
        for (told, words) in [
            (&["Full Name"][..], "--map takes \"COLUMN=name\""),
            (&[" =name"], "--map takes \"COLUMN=name\""),
            (
                &["A=nme"],
                "--map: `nme` is no column that is known here; known are name,",
            ),
            (
                &["A=reason"],
                "--map: `reason` is no column that is known here",
            ),
            (&["A=cf_x"], "--map: `cf_x` must be cf_ and"),
            (&["A=name", "B=Name"], "--map makes both `A` and `B` `name`"),
            (
                &["A=company", "B=company_name"],
                "makes both `A` and `B` `company`",
            ),
            (&["A=name", " a=title"], "--map has the column `A` twice"),
        ] {
            let told = mapping(told).expect_err("a refusal");
            assert!(told.contains(words), "{told}");
        }
        assert!(mapping(&["A=", "B="]).is_ok());
    }

    #[test]
    fn columns_that_are_not_there_are_known() {
        let mapping = mapping(&["A=name", "B="]).expect("a mapping");
        let header = ["a ", "c"].map(|text| Name {
            line: 1,
            text: text.to_owned(),
        });
        assert_eq!(mapping.absent_from(&header).collect::<Vec<_>>(), ["B"]);
        assert_eq!(mapping.options(), " --map A=name --map B=");
    }
}
