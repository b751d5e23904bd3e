//! The header of an input: the meaning of each column, and how a row becomes a record by it.

use std::collections::{BTreeMap, HashSet};

use csv::StringRecord;
use serde_json::{Map, Value, json};

use super::{
    column::{ADDED, Added, Column, Unusable, known},
    mapping::{HINT, Mapping},
};
use crate::{
    display::problems::Problems,
    fields::{
        cell, custom,
        entity::Entity,
        field::{self, CUSTOM_FIELDS, NAME},
    },
    read::{
        format::UNKNOWN,
        row::{Cell, Name, Problem, Row},
        source::Source,
    },
};

pub struct Header {
    entity: &'static Entity,
    /// By column of the input; `None` where a problem has been told.
    places: Vec<Option<Place>>,
    /// The names of the columns in a rejects file: those of the input, without those that an earlier
    /// import added.
    pub names: Vec<String>,
    /// Columns that are told to be missing, and are not told again for each row.
    missing: Vec<&'static str>,
}

struct Place {
    /// As the input has it.
    name: String,
    column: Column,
    /// Its place among the columns of a rejects file.
    written: Option<usize>,
}

impl Header {
    /// Finds the meaning of each column, and adds what is wrong with them to the problems.
    pub fn new(
        source: &Source,
        mapping: &Mapping,
        entity: &'static Entity,
        problems: &mut Problems,
    ) -> Self {
        let mut header = Self {
            entity,
            places: Vec::new(),
            names: Vec::new(),
            missing: Vec::new(),
        };
        let mut unknown = Vec::new();
        let added = match source.names_by_row() {
            true => None,
            false => Added::place(&source.header),
        };
        let of_record = source.header.get(..added.unwrap_or(source.header.len()));
        for name in of_record.unwrap_or_default() {
            let place = match mapping.column(&name.text, entity) {
                Ok(column) => header.place(column, name, source.names_by_row(), problems),
                Err(Unusable::Unknown) if !source.names_by_row() => {
                    unknown.push(format!("`{name}`"));
                    None
                }
                Err(why) => {
                    let hint = match source.names_by_row() {
                        true => format!("; {HINT}"),
                        false => String::new(),
                    };
                    problems.add(name.line, format!("`{name}` {}{hint}", why.told(entity)));
                    None
                }
            };
            header.places.push(place);
        }
        if added.is_some() {
            let added = ADDED.map(Place::added);
            header.places.extend(added.map(Some));
        }
        if source.names_by_row() {
            header.check_keys(source, mapping, problems);
        } else {
            header.check_names(source, mapping, &unknown, problems);
        }
        header
    }

    fn place(
        &mut self,
        column: Column,
        name: &Name,
        merges: bool,
        problems: &mut Problems,
    ) -> Option<Place> {
        let mut known = self.places.iter().flatten();
        if !column.is_repeatable()
            && let Some(same) = known.find(|place| place.column == column)
        {
            if merges {
                let written = same.written;
                return Some(Place::new(name, column, written));
            }
            problems.add(name.line, twice(name, column));
            return None;
        }
        let written = column.is_of_record().then_some(self.names.len());
        if written.is_some() {
            self.names.push(name.text.clone());
        }
        Some(Place::new(name, column, written))
    }

    fn check_names(
        &mut self,
        source: &Source,
        mapping: &Mapping,
        unknown: &[String],
        problems: &mut Problems,
    ) {
        let known = known(self.entity);
        let Some(first) = source.header.first() else {
            return problems.add(1, format!("there are no column names; known are {known}"));
        };
        if unknown.len() == source.header.len() {
            // They are not told: without column names, the first line is someone's data.
            let what = format!("names no column that is known; known are {known}; {HINT}");
            problems.add(first.line, what);
        } else if !unknown.is_empty() {
            let names = unknown.join(", ");
            let what = format!("unknown columns: {names}; known are {known}; {HINT}");
            problems.add(first.line, what);
        }
        check_mapping(source, mapping, first.line, problems);
        for required in self.entity.required {
            let mut columns = self.places.iter().flatten();
            if columns.any(|place| place.column.gives(required)) {
                continue;
            }
            let (name, one) = (required.column(), self.entity.one);
            self.missing.push(name);
            if unknown.is_empty() {
                let what =
                    format!("there is no column `{name}`, without which Copper takes no {one}");
                problems.add(first.line, what);
            }
        }
    }

    /// A name that some objects lack is sent blank, but if all do, it goes by another key. All else that
    /// is missing is told row by row.
    fn check_keys(&self, source: &Source, mapping: &Mapping, problems: &mut Problems) {
        let name = self.entity.field(NAME).map(Column::Field);
        let mut columns = self.places.iter().flatten();
        if let Some(name) = name
            && !columns.any(|place| place.column == name)
            && source.rows().any(|row| row.is_ok())
        {
            let what = format!(
                "no {} has a `{name}`, without which Copper takes none",
                self.entity.one
            );
            problems.add(1, what);
        }
        if !source.header.is_empty() {
            check_mapping(source, mapping, 1, problems);
        }
    }

    /// The record of a row, in the form of Copper's API, or all its problems. There are none for a field
    /// whose column is missing: that is told once, for the header.
    pub fn record(&self, row: &Row) -> Result<Value, Vec<Problem>> {
        let mut record = Map::new();
        let mut problems = Vec::new();
        let mut refused = Vec::new();
        let mut filled = HashSet::new();
        for (cell, place) in row.cells.iter().zip(&self.places) {
            let Some(Place {
                name,
                column,
                written,
            }) = place.as_ref().filter(|_| *cell != Cell::EMPTY)
            else {
                continue;
            };
            if written.is_some() && !filled.insert(written) {
                problems.push((row.line, format!("`{name}` is there twice")));
                continue;
            }
            let set = match column {
                Column::Field(field) => field.set(&mut record, value(cell)),
                Column::Custom(id) => set_custom(&mut record, *id, cell),
                Column::Nameless if !cell.is_blank() => {
                    let what = "has something in a column without a name";
                    problems.push((row.line, what.to_owned()));
                    continue;
                }
                Column::Added(_) | Column::LeftOut(_) | Column::Nameless => Ok(()),
            };
            if let Err(what) = set {
                problems.push((row.line, format!("`{column}` {what}")));
                refused.push(*column);
            }
        }
        if self.entity.field(NAME).is_some() {
            record.entry(NAME).or_insert_with(|| "".into());
        }
        let record = Value::Object(record);
        let mut is_whole = refused.is_empty();
        for required in self.entity.required {
            let is_told = self.missing.contains(&required.column())
                || refused.iter().any(|column| column.gives(required));
            if record.pointer(required.pointer).is_some() {
                continue;
            }
            is_whole = false;
            if !is_told {
                let what = format!("`{}` is missing", required.column());
                problems.push((row.line, what));
            }
        }
        match is_whole && problems.is_empty() {
            true => Ok(record),
            false => Err(problems),
        }
    }

    /// The lists and the address of a record that an update replaces as a whole, each with the names of its
    /// columns.
    pub fn replaced_whole(&self) -> BTreeMap<&'static str, Vec<&str>> {
        let mut replaced: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for place in self.places.iter().flatten() {
            if let Column::Field(field) = place.column
                && let Some(key) = field.replaced_whole()
            {
                replaced.entry(key).or_default().push(&place.name);
            }
        }
        replaced
    }

    /// The cells of a row in a rejects file, as they were written in the input.
    pub fn written(&self, row: &Row) -> StringRecord {
        let mut cells = vec![String::new(); self.names.len()];
        for (cell, place) in row.cells.iter().zip(&self.places) {
            if let Some(Place {
                column,
                written: Some(written),
                ..
            }) = place
                && let Some(written) = cells.get_mut(*written)
                && *cell != Cell::EMPTY
            {
                *written = as_text(*column, cell);
            }
        }
        cells.into()
    }

    /// Returns true if an earlier import left it unknown whether the record of this row is in Copper.
    pub fn is_in_doubt(&self, row: &Row) -> bool {
        row.cells.iter().zip(&self.places).any(|(cell, place)| {
            let outcome = cell.as_text().filter(|_| {
                place
                    .as_ref()
                    .is_some_and(|place| place.column == Column::Added(Added::Outcome))
            });
            outcome.is_some_and(|outcome| outcome.trim().eq_ignore_ascii_case(UNKNOWN))
        })
    }
}

impl Place {
    fn added(added: Added) -> Self {
        Self {
            name: added.name().to_owned(),
            column: Column::Added(added),
            written: None,
        }
    }

    fn new(name: &Name, column: Column, written: Option<usize>) -> Self {
        Self {
            name: name.to_string(),
            column,
            written,
        }
    }
}

/// Tells of columns that are to have other names, and are not there.
fn check_mapping(source: &Source, mapping: &Mapping, line: u64, problems: &mut Problems) {
    for name in mapping.absent_from(&source.header) {
        let what = format!("there is no column `{name}`, as --map has it");
        problems.add(line, what);
    }
}

/// Two columns that are the same, by one name or by two.
fn twice(name: &Name, column: Column) -> String {
    let is_by_one_name = name.text.trim().eq_ignore_ascii_case(&column.to_string());
    match is_by_one_name {
        true => format!("`{name}` is a column twice; {HINT}"),
        false => format!("`{name}` is a second column `{column}`; {HINT}"),
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => text.as_str().into(),
        Cell::Typed(value) => value.clone(),
    }
}

fn set_custom(record: &mut Map<String, Value>, id: i64, cell: &Cell) -> Result<(), String> {
    let value = match cell {
        Cell::Text(text) => custom::from_cell(text.clone()),
        Cell::Typed(value) => value.clone(),
    };
    if cell::is_blank(&value) {
        return Ok(());
    }
    if !custom::has_cell(&value) {
        return Err(
            "is too long a number to be written to a table; put it in quotes, as text".to_owned(),
        );
    }
    let value = json!({ "custom_field_definition_id": id, "value": value });
    field::append(record, CUSTOM_FIELDS, value)
}

fn as_text(column: Column, cell: &Cell) -> String {
    match (cell, column) {
        (Cell::Text(text), _) => text.clone(),
        (Cell::Typed(value), Column::Custom(_)) => custom::to_cell(value),
        (Cell::Typed(Value::String(text)), _) => text.clone(),
        (Cell::Typed(value), _) => value.to_string(),
    }
}
