//! The input, read and checked as a whole: nothing is sent before it is known that all can be read.
//!
//! All rows are kept in memory, both as they were written, for the rejects file, and as they are sent: some
//! 200 MB for 100,000 leads, which take an hour to send. Reading the file a second time would do with
//! less, but it could have changed since it was checked.

use std::path::Path;

use csv::StringRecord;
use serde_json::{Map, Value, json};

use super::{
    cell,
    columns::{Column, Unusable},
    csv_file,
    dialect::Dialect,
    entity::Entity,
    field::{self, CUSTOM_FIELDS, NAME},
    json_file,
    lines::Lines,
    mapping::Mapping,
    note::UNKNOWN,
    problems::Problems,
    records::Records,
    text,
};

pub struct Input {
    /// What it has rows of.
    pub entity: &'static Entity,
    pub mapping: Mapping,
    /// The names of the columns as the input has them, without those of a rejects file.
    pub header: Vec<String>,
    pub rows: Vec<Row>,
    /// What is sent, one for each row.
    pub records: Records,
    pub dialect: Dialect,
    /// Columns that are told to be missing, and are not told again for each row.
    pub missing: Vec<&'static str>,
    in_doubt: Lines,
}

/// One record of the input.
pub struct Row {
    pub line: u64,
    /// As it was written, by the columns of the header; those that it lacks at the end are empty.
    pub cells: StringRecord,
}

enum Format {
    Csv,
    Json,
    JsonLines,
}

impl Input {
    pub fn new(entity: &'static Entity, mapping: Mapping) -> Self {
        Self {
            entity,
            mapping,
            header: Vec::new(),
            rows: Vec::new(),
            records: Records::none_of(entity.kind),
            dialect: Dialect::default(),
            missing: Vec::new(),
            in_doubt: Lines::default(),
        }
    }

    pub fn read(path: &Path, entity: &'static Entity, mapping: &Mapping) -> Result<Self, String> {
        let about_file = |what| format!("{} {what}.", path.display());
        let format = Format::of(path).map_err(about_file)?;
        let text = text::read(path).map_err(about_file)?;
        let mut input = Self::new(entity, mapping.clone());
        input.dialect.bom = text.bom;
        let mut problems = Problems::default();
        match format {
            Format::Csv => csv_file::read(&text.text, &mut input, &mut problems),
            Format::Json => json_file::read_array(&text.text, &mut input, &mut problems),
            Format::JsonLines => json_file::read_lines(&text.text, &mut input, &mut problems),
        }
        problems.none_or_refuse(path)?;
        Ok(input)
    }

    /// What a column is by its name.
    pub fn column(&self, name: &str) -> Result<Column, Unusable> {
        self.mapping.column(name, self.entity)
    }

    /// Tells of columns that are to have other names, and are not there.
    pub fn check_mapping(&self, line: u64, problems: &mut Problems) {
        for name in self.mapping.absent_from(&self.header) {
            problems.add(
                line,
                format!("there is no column `{name}`, as --map has it"),
            );
        }
    }

    /// Adds a row, or its problems: the cells as they were written, and by column as they are meant.
    pub fn add(
        &mut self,
        line: u64,
        written: StringRecord,
        cells: impl IntoIterator<Item = (Column, Value)>,
        problems: &mut Problems,
    ) {
        let mut record = Map::new();
        let mut refused = Vec::new();
        for (column, cell) in cells {
            let set = match column {
                Column::Field(field) => field.set(&mut record, cell),
                Column::Custom(id) => set_custom(&mut record, id, cell),
                Column::Outcome if is_unknown(&cell) => {
                    self.in_doubt.add(self.rows.len() as u64, line);
                    Ok(())
                }
                Column::Nameless if !cell::is_blank(&cell) => {
                    problems.add(line, "has something in a column without a name");
                    continue;
                }
                Column::Outcome | Column::Remark(_) | Column::LeftOut(_) | Column::Nameless => {
                    Ok(())
                }
            };
            if let Err(what) = set {
                problems.add(line, format!("`{column}` {what}"));
                refused.push(column);
            }
        }
        if self.entity.field(NAME).is_some() {
            record.entry(NAME).or_insert_with(|| "".into());
        }
        let record = Value::Object(record);
        let mut is_whole = refused.is_empty();
        for required in self.entity.required {
            let is_told = self.missing.contains(&required.column())
                || refused.iter().any(|column| required.is_given_by(*column));
            if record.pointer(required.pointer).is_none() {
                is_whole = false;
                if !is_told {
                    problems.add(line, format!("`{}` is missing", required.column()));
                }
            }
        }
        if is_whole && let Err(what) = self.records.add(record) {
            problems.add(line, what);
        }
        self.rows.push(Row {
            line,
            cells: written,
        });
    }

    /// What may be in Copper is told by what an earlier import wrote beside them: a file can
    /// be given another name.
    pub fn refuse_what_is_in_doubt(&self, path: &Path) -> Result<(), String> {
        let file = path.display();
        let many = self.entity.many;
        let records = match self.in_doubt.count {
            0 if !has_extension(path, UNKNOWN) => return Ok(()),
            0 => many.to_owned(),
            _ => format!("{many} ({})", self.in_doubt),
        };
        Err(format!(
            "{file} has {records} of which it is unknown whether they are in Copper already.\n\
            Look them up there, delete from {file} those that you find, and load the rest with \
            --accept-duplicates."
        ))
    }
}

fn set_custom(record: &mut Map<String, Value>, id: i64, cell: Value) -> Result<(), String> {
    if cell::is_blank(&cell) {
        return Ok(());
    }
    let value = json!({ "custom_field_definition_id": id, "value": cell });
    field::append(record, CUSTOM_FIELDS, value)
}

fn is_unknown(cell: &Value) -> bool {
    cell.as_str()
        .is_some_and(|outcome| outcome.trim().eq_ignore_ascii_case(UNKNOWN))
}

impl Format {
    fn of(path: &Path) -> Result<Self, String> {
        if has_extension(path, "csv") || has_extension(path, UNKNOWN) {
            Ok(Self::Csv)
        } else if has_extension(path, "json") {
            Ok(Self::Json)
        } else if has_extension(path, "jsonl") {
            Ok(Self::JsonLines)
        } else {
            Err("must be named .csv, .json or .jsonl, by what is in it".to_owned())
        }
    }
}

fn has_extension(path: &Path, name: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(name))
}
