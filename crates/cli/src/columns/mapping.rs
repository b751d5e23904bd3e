//! The mapping of the user. `--map "Full Name=name"` renames a column, `--set tags=fair` sets a value for all
//! rows, and a mapping file contains both.
//!
//! Rejects keep the names of the input, so that they open in the program that wrote the input, and can be
//! loaded with the same mapping.

use std::{collections::BTreeMap, fmt};

use copper_crm::{directory::Directory, types::RecordType};

use super::{
    column::{Column, Unusable},
    spelling::normalized,
};
use crate::{display::command, fields::entity::Entity, read::row::Name};

/// The advice for a column that is not known.
pub const HINT: &str = "--map gives a column another name, or leaves it out";

const FORM: &str = "--map takes \"COLUMN=name\": the name of the column in FILE, and the one that is \
    known, or nothing to leave it out";
const SET_FORM: &str = "--set takes name=value: a column that is known, and the value for all rows";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    pairs: Vec<Pair>,
    constants: Vec<Constant>,
    /// By field and normalized value: the value that replaces it.
    values: BTreeMap<String, BTreeMap<String, String>>,
    /// The column with the caller's keys.
    pub reference: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pair {
    /// As it was given; None if it is from a mapping file.
    option: Option<String>,
    from: String,
    to: Target,
}

/// A value for all rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant {
    /// As it was given; None if it is from a mapping file.
    option: Option<String>,
    to: Target,
    pub value: String,
}

/// The column that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Column(Column),
    /// A custom field by its name in the account.
    Named(String),
}

/// The names that are columns: those that the program knows, and with `--live` those of the custom fields.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub entity: &'static Entity,
    pub is_live: bool,
}

/// A mapping for the columns of one file.
#[derive(Debug, Default)]
pub struct Resolved {
    /// By place: the column, and whether it comes from a mapping file.
    pub columns: BTreeMap<usize, (Column, bool)>,
    /// The columns to join, in the order of their joins.
    pub joins: Vec<Column>,
    /// The errors, one by one.
    pub problems: Vec<String>,
}

impl Mapping {
    /// Parses the values of `--map`, one for each column.
    pub fn new(given: Vec<String>, scope: Scope) -> Result<Self, String> {
        let mut mapping = Self::default();
        for text in given {
            // No known name contains a `=`.
            let (from, to) = text.rsplit_once('=').ok_or(FORM)?;
            let (from, to) = (from.trim().to_owned(), to.trim().to_owned());
            mapping.add(Some(text), from, &to, scope)?;
        }
        Ok(mapping)
    }

    fn add(
        &mut self,
        option: Option<String>,
        from: String,
        to: &str,
        scope: Scope,
    ) -> Result<(), String> {
        if from.is_empty() {
            return Err(FORM.to_owned());
        }
        let to = match to {
            "" => Target::Column(Column::LeftOut(self.pairs.len())),
            to => target("--map", to, scope)?,
        };
        if let Some(pair) = self.pairs.iter().find(|pair| pair.is_of(&from)) {
            return Err(format!("--map has the column `{}` twice", pair.from));
        }
        let same = |pair: &&Pair| pair.to == to && !to.is_repeatable();
        if let Some(pair) = self.pairs.iter().find(same) {
            let other = &pair.from;
            return Err(format!("--map makes both `{other}` and `{from}` `{to}`"));
        }
        self.pairs.push(Pair { option, from, to });
        Ok(())
    }

    /// Adds the values of `--set`.
    pub fn set(&mut self, given: Vec<String>, scope: Scope) -> Result<(), String> {
        for text in given {
            let (name, value) = text.split_once('=').ok_or(SET_FORM)?;
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            self.add_constant(Some(text), &name, value, scope)?;
        }
        Ok(())
    }

    fn add_constant(
        &mut self,
        option: Option<String>,
        name: &str,
        value: String,
        scope: Scope,
    ) -> Result<(), String> {
        let to = target("--set", name, scope)?;
        let mut others = self.constants.iter();
        if value.is_empty() || others.any(|other| other.to == to) {
            return Err(match value.as_str() {
                "" => SET_FORM.to_owned(),
                _ => format!("--set has `{to}` twice"),
            });
        }
        self.constants.push(Constant { option, to, value });
        Ok(())
    }

    /// Adds the contents of a mapping file that the command line does not have.
    pub fn add_file(
        &mut self,
        columns: &BTreeMap<String, String>,
        constants: &BTreeMap<String, String>,
        values: &BTreeMap<String, BTreeMap<String, String>>,
        scope: Scope,
    ) -> Result<(), String> {
        for (from, to) in columns {
            let target = match to.as_str() {
                "" => None,
                to => Some(target("[columns]", to, scope)?),
            };
            let mut pairs = self.pairs.iter().filter(|pair| pair.option.is_some());
            let is_taken = |pair: &Pair| {
                pair.is_of(from) || (!pair.to.is_repeatable() && Some(&pair.to) == target.as_ref())
            };
            if !pairs.any(is_taken) {
                self.add(None, from.trim().to_owned(), to, scope)?;
            }
        }
        for (name, value) in constants {
            let to = target("[set]", name, scope)?;
            let mut given = self.constants.iter();
            if !given.any(|constant| constant.to == to) {
                self.add_constant(None, name, value.trim().to_owned(), scope)?;
            }
        }
        for (field, names) in values {
            let names = names.iter();
            let names = names.map(|(from, to)| (normalized(from), to.clone()));
            self.values.insert(normalized(field), names.collect());
        }
        Ok(())
    }

    pub fn values(&self) -> &BTreeMap<String, BTreeMap<String, String>> {
        &self.values
    }

    pub fn constants(&self) -> &[Constant] {
        &self.constants
    }

    /// Turns the names of custom fields into columns. The errors are of those that the account does not have.
    pub fn with_fields(mut self, directory: &Directory, entity: &Entity) -> (Self, Vec<String>) {
        let mut problems = Vec::new();
        let mut column = |option: &str, name: &str| {
            let record = RecordType::from(entity.one);
            match directory.custom_field_on(&record, name) {
                Ok(field) => Column::Custom(field.id.0),
                Err(error) => {
                    problems.push(format!(
                        "{option}: `{name}` is no column that is known here, and {error}"
                    ));
                    Column::LeftOut(usize::MAX)
                }
            }
        };
        for pair in &mut self.pairs {
            if let Target::Named(name) = &pair.to {
                pair.to = Target::Column(column("--map", name));
            }
        }
        for constant in &mut self.constants {
            if let Target::Named(name) = &constant.to {
                constant.to = Target::Column(column("--set", name));
            }
        }
        (self, problems)
    }

    /// Returns true if a name is to be looked up among the custom fields of the account.
    pub fn needs_custom_fields(&self) -> bool {
        let pairs = self.pairs.iter().map(|pair| &pair.to);
        let constants = self.constants.iter().map(|constant| &constant.to);
        let is_custom =
            |to: &Target| matches!(to, Target::Named(_) | Target::Column(Column::Custom(_)));
        pairs.chain(constants).any(is_custom)
    }

    /// The value that replaces one of the file, by the name of its field or its column.
    pub fn value<'v>(&'v self, field: &str, column: &str, value: &'v str) -> &'v str {
        if self.values.is_empty() {
            return value;
        }
        let names = self.values.get(&normalized(field));
        let names = names.or_else(|| self.values.get(&normalized(column)));
        let meant = names.and_then(|names| names.get(&normalized(value)));
        meant.map_or(value, String::as_str)
    }

    /// Returns true if the mapping names a column by this name.
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|pair| {
            pair.is_of(name)
                || pair
                    .parts()
                    .is_some_and(|mut parts| parts.any(|p| same(p, name)))
        })
    }

    /// The place of the column with the caller's keys. The error is in words.
    pub fn place_of_reference(&self, header: &[Name]) -> Result<Option<usize>, String> {
        let Some(name) = &self.reference else {
            return Ok(None);
        };
        match places_of(header, name).as_slice() {
            [] => Err(format!("there is no column `{name}`, as --ref has it")),
            [place] => Ok(Some(*place)),
            [place, ..] => Err(format!(
                "`{name}` is a column twice: say which by its place, as in --ref '#{}'",
                place + 1
            )),
        }
    }

    /// Finds the columns of a header. A column with exactly this name comes before `A+B` and `#3`.
    pub fn resolve(&self, header: &[Name], merges: bool) -> Resolved {
        let mut resolved = Resolved::default();
        for pair in &self.pairs {
            let places = places(header, &pair.from);
            let is_file = pair.option.is_none();
            match places.as_slice() {
                [] => {}
                [place] => {
                    resolved.add(*place, pair.to.column(), is_file, &pair.from);
                    continue;
                }
                [place, ..] if merges => {
                    resolved.add(*place, pair.to.column(), is_file, &pair.from);
                    continue;
                }
                several => {
                    let name = &pair.from;
                    let numbers: Vec<String> =
                        several.iter().map(|n| format!("#{}", n + 1)).collect();
                    resolved.problems.push(format!(
                        "`{name}` is a column twice: say which by its place, as in --map '{}={}' (there \
                        are {})",
                        numbers.first().map_or("#1", String::as_str),
                        pair.to,
                        numbers.join(" and ")
                    ));
                    continue;
                }
            }
            if let Some(place) = pair.place().filter(|place| *place < header.len()) {
                resolved.add(place, pair.to.column(), is_file, &pair.from);
                continue;
            }
            let parts = pair.parts().map(|parts| {
                let parts = parts.map(|part| match places_of(header, part).as_slice() {
                    [place] => Some(*place),
                    _ => None,
                });
                parts.collect::<Option<Vec<usize>>>()
            });
            if let Some(Some(parts)) = parts {
                let join = Column::Joined(resolved.joins.len());
                resolved.joins.push(pair.to.column());
                for place in parts {
                    resolved.add(place, join, is_file, &pair.from);
                }
                continue;
            }
            // A mapping file is for many files, and some of them lack a column.
            if !is_file {
                let what = format!("there is no column `{}`, as --map has it", pair.from);
                resolved.problems.push(what);
            }
        }
        resolved
    }

    /// The options that give the same mapping, for a command.
    pub fn options(&self) -> String {
        let maps = self.pairs.iter().filter_map(|pair| pair.option.as_ref());
        let maps = maps.map(|text| format!(" --map {}", command::quoted(text)));
        let sets = self.constants.iter();
        let sets = sets.filter_map(|constant| constant.option.as_ref());
        let sets = sets.map(|text| format!(" --set {}", command::quoted(text)));
        maps.chain(sets).collect()
    }
}

impl Resolved {
    fn add(&mut self, place: usize, column: Column, is_file: bool, from: &str) {
        if self.columns.insert(place, (column, is_file)).is_some() {
            let what = format!("`{from}` is a column that --map has twice");
            self.problems.push(what);
        }
    }
}

fn same(name: &str, other: &str) -> bool {
    name.trim().to_lowercase() == other.trim().to_lowercase()
}

fn places(header: &[Name], name: &str) -> Vec<usize> {
    let named = header.iter().enumerate();
    let named = named.filter(|(_, known)| same(&known.text, name));
    named.map(|(place, _)| place).collect()
}

/// The columns of a part of `A+B`, which may also be a place.
fn places_of(header: &[Name], part: &str) -> Vec<usize> {
    let named = places(header, part);
    match number(part).filter(|place| named.is_empty() && *place < header.len()) {
        Some(place) => vec![place],
        None => named,
    }
}

fn number(text: &str) -> Option<usize> {
    let number: usize = text.trim().strip_prefix('#')?.parse().ok()?;
    number.checked_sub(1)
}

impl Pair {
    /// Case and surrounding spaces don't matter.
    fn is_of(&self, name: &str) -> bool {
        same(&self.from, name)
    }

    /// The place in `#3`.
    fn place(&self) -> Option<usize> {
        number(&self.from)
    }

    /// The parts of `A+B`.
    fn parts(&self) -> Option<impl Iterator<Item = &str>> {
        self.from
            .contains('+')
            .then(|| self.from.split('+').map(str::trim))
    }
}

impl Target {
    /// The column; one that is not known for a custom field that was not looked up.
    fn column(&self) -> Column {
        match self {
            Self::Column(column) => *column,
            Self::Named(_) => Column::Unknown,
        }
    }

    fn is_repeatable(&self) -> bool {
        match self {
            Self::Column(column) => column.is_repeatable(),
            Self::Named(_) => false,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(column) => column.fmt(f),
            Self::Named(name) => f.write_str(name),
        }
    }
}

impl Constant {
    pub fn column(&self) -> Column {
        self.to.column()
    }
}

fn target(option: &str, name: &str, scope: Scope) -> Result<Target, String> {
    let Scope { entity, is_live } = scope;
    let column = match Column::named(name, entity) {
        Err(Unusable::Unknown) => match Column::spelled(name, entity) {
            Some(column) => Ok(column),
            None => Err(Unusable::Unknown),
        },
        Ok(Column::Nameless) => Err(Unusable::Unknown),
        other => other,
    };
    let has_fields = Column::takes_custom(entity);
    match column {
        Ok(column) => Ok(Target::Column(column)),
        Err(Unusable::Unknown) if is_live && has_fields && !name.is_empty() => {
            Ok(Target::Named(name.to_owned()))
        }
        Err(why) => {
            let hint = match why {
                Unusable::Unknown if has_fields && !is_live => {
                    "; with --live, also the names of the account's custom fields"
                }
                _ => "",
            };
            Err(format!("{option}: `{name}` {}{hint}", why.told(entity)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::lead::LEADS;

    const TRIAL: Scope = Scope {
        entity: &LEADS,
        is_live: false,
    };

    fn mapping(given: &[&str]) -> Result<Mapping, String> {
        let given = given.iter().map(|&text| text.to_owned());
        Mapping::new(given.collect(), TRIAL)
    }

    fn header(names: &[&str]) -> Vec<Name> {
        let names = names.iter().map(|text| Name {
            line: 1,
            text: (*text).to_owned(),
        });
        names.collect()
    }

    fn field(name: &str) -> Column {
        Column::Field(LEADS.field(name).expect("a field"))
    }

    #[test]
    fn a_column_is_what_it_is_mapped_to_whatever_it_would_be_by_its_name() {
        let mapping = mapping(&["Full Name = NAME", "a=b=cf_7", "title="]).expect("a mapping");
        let resolved = mapping.resolve(&header(&[" FULL name ", "a=b", "Title", "email"]), false);
        let columns: Vec<_> = resolved.columns.into_iter().collect();
        assert_eq!(
            columns,
            [
                (0, (field("name"), false)),
                (1, (Column::Custom(7), false)),
                (2, (Column::LeftOut(2), false)),
            ]
        );
        assert!(resolved.problems.is_empty());
    }

    #[test]
    fn columns_are_joined_and_named_by_their_places() {
        let mapping = mapping(&["First+#2=name", "#3=phone", "a+b=title"]).expect("a mapping");
        let resolved = mapping.resolve(&header(&["first", "Last", "x", "A+B"]), false);
        assert_eq!(resolved.joins, [field("name")]);
        let columns: Vec<_> = resolved
            .columns
            .values()
            .map(|(column, _)| *column)
            .collect();
        assert_eq!(
            columns,
            [
                Column::Joined(0),
                Column::Joined(0),
                field("phone"),
                field("title"), // It is called exactly so.
            ]
        );
    }

    #[test]
    fn one_of_two_alike_columns_must_be_named_by_its_place() {
        let mapping = mapping(&["Phone=phone"]).expect("a mapping");
        let header = header(&["name", "Phone", "phone "]);
        let resolved = mapping.resolve(&header, false);
        assert!(resolved.columns.is_empty());
        let what = &resolved.problems[0];
        assert!(
            what.contains("--map '#2=phone' (there are #2 and #3)"),
            "{what}"
        );
    }

    #[test]
    fn a_mapping_that_can_not_be_meant_is_refused_in_words() {
        for (given, words) in [
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
            let told = mapping(given).expect_err("a refusal");
            assert!(told.contains(words), "{told}");
        }
        assert!(mapping(&["A=", "B="]).is_ok());
        assert!(mapping(&["A=phone", "B=phone"]).is_ok(), "a lead has many");
    }

    #[test]
    fn a_custom_field_is_named_as_in_the_account_once_that_is_known() {
        let told = mapping(&["Shoe=Size"]).expect_err("no account");
        assert!(
            told.ends_with("with --live, also the names of the account's custom fields"),
            "{told}"
        );
        let live = Scope {
            is_live: true,
            ..TRIAL
        };
        let given = ["Shoe=Size", "Hat=Sise"].map(str::to_owned);
        let mut mapping = Mapping::new(given.into(), live).expect("a mapping");
        mapping
            .set(vec!["size =Large".to_owned()], live)
            .expect("a constant");
        assert!(mapping.needs_custom_fields());
        let field = copper_crm::directory::Field::new(7, "Size", "Dropdown");
        let directory = Directory::default().with_fields([field]);
        let (mapping, problems) = mapping.with_fields(&directory, &LEADS);
        let resolved = mapping.resolve(&header(&["shoe"]), true);
        assert_eq!(resolved.columns.get(&0), Some(&(Column::Custom(7), false)));
        assert_eq!(mapping.constants()[0].column(), Column::Custom(7));
        let told = "--map: `Sise` is no column that is known here, and no custom field is called \"Sise\"; \
            did you mean \"Size\"? valid names: \"Size\"";
        assert_eq!(problems, [told]);
    }

    #[test]
    fn columns_that_are_not_there_are_known() {
        let mapping = mapping(&["A=name", "B="]).expect("a mapping");
        let resolved = mapping.resolve(&header(&["a ", "c"]), false);
        assert_eq!(
            resolved.problems,
            ["there is no column `B`, as --map has it"]
        );
        assert_eq!(mapping.options(), " --map A=name --map B=");
    }

    #[test]
    fn a_constant_is_for_a_known_column_once() {
        let set = |given: &[&str]| {
            let mut mapping = Mapping::default();
            let given = given.iter().map(|&text| text.to_owned());
            mapping
                .set(given.collect(), TRIAL)
                .map(|()| mapping.options())
        };
        assert_eq!(set(&["tags=a=b; c"]).as_deref(), Ok(" --set 'tags=a=b; c'"));
        for given in [&["tags"][..], &["tags="], &["tgs=a"], &["tags=a", "Tags=b"]] {
            assert!(set(given).is_err(), "{given:?}");
        }
    }

    #[test]
    fn the_command_line_comes_before_the_file() {
        let mut mapping = mapping(&["A=name"]).expect("a mapping");
        let texts = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        };
        let columns = texts(&[
            ("a", "title"),
            ("B", "name"),
            ("C", "phone"),
            ("gone", "email"),
        ]);
        let values = BTreeMap::from([("status".to_owned(), texts(&[("Working", "Contacted")]))]);
        mapping
            .add_file(&columns, &texts(&[("tags", "fair")]), &values, TRIAL)
            .expect("a mapping");
        let resolved = mapping.resolve(&header(&["A", "B", "C"]), false);
        let columns: Vec<_> = resolved.columns.into_iter().collect();
        assert_eq!(
            columns,
            [(0, (field("name"), false)), (2, (field("phone"), true))]
        );
        assert!(resolved.problems.is_empty(), "a file may lack a column");
        assert_eq!(mapping.value("status", "Stage", "WORKING"), "Contacted");
        assert_eq!(mapping.value("status", "Stage", "New"), "New");
    }
}
