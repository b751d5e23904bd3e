//! The importer's files: all that is wrong is told, shortly and without quoting a record; and what is
//! read can be written into a rejects file and read from there as the same.
//!
//! The first byte may say, in a digit, what there is in it: 1 people, 2 companies, 3 opportunities,
//! 4 activities.

#![allow(dead_code, unused_imports, reason = "the importer uses more of it")]

#[path = "../../../crates/cli/src/import/activity.rs"]
mod activity;
#[path = "../../../crates/cli/src/import/cell.rs"]
mod cell;
#[path = "../../../crates/cli/src/import/columns.rs"]
mod columns;
#[path = "../../../crates/cli/src/import/command.rs"]
mod command;
#[path = "../../../crates/cli/src/import/company.rs"]
mod company;
#[path = "../../../crates/cli/src/import/csv_file.rs"]
mod csv_file;
#[path = "../../../crates/cli/src/import/custom.rs"]
mod custom;
#[path = "../../../crates/cli/src/import/dialect.rs"]
mod dialect;
#[path = "../../../crates/cli/src/import/earlier.rs"]
mod earlier;
#[path = "../../../crates/cli/src/import/entity.rs"]
mod entity;
#[path = "../../../crates/cli/src/import/field.rs"]
mod field;
#[path = "../../../crates/cli/src/import/input.rs"]
mod input;
#[path = "../../../crates/cli/src/import/json_file.rs"]
mod json_file;
#[path = "../../../crates/cli/src/import/lead.rs"]
mod lead;
#[path = "../../../crates/cli/src/import/lines.rs"]
mod lines;
#[path = "../../../crates/cli/src/import/mapping.rs"]
mod mapping;
#[path = "../../../crates/cli/src/import/note.rs"]
mod note;
#[path = "../../../crates/cli/src/import/opportunity.rs"]
mod opportunity;
#[path = "../../../crates/cli/src/import/person.rs"]
mod person;
#[path = "../../../crates/cli/src/import/problems.rs"]
mod problems;
#[path = "../../../crates/cli/src/import/records.rs"]
mod records;
#[path = "../../../crates/cli/src/import/sheet.rs"]
mod sheet;
#[path = "../../../crates/cli/src/import/text.rs"]
mod text;

use csv::WriterBuilder;
use entity::Entity;
use input::Input;
use problems::Problems;
use records::Records;
use serde::Serialize;
use serde_json::Value;

/// The most that is told of a file, in bytes.
const LONGEST: usize = 200_000;
/// What stands for someone's data.
const CANARY: &str = "canary";

type Read = fn(&str, &mut Input, &mut Problems);

/// A CSV file of these bytes.
pub fn csv(bytes: &[u8]) {
    if let Some((entity, text)) = text_of(bytes) {
        check(entity, &text, csv_file::read, may_be_a_column(&text));
    }
}

/// A JSON file of these bytes, in both forms.
pub fn json(bytes: &[u8]) {
    if let Some((entity, text)) = text_of(bytes) {
        let is_named = may_be_a_key(&text);
        check(entity, &text, json_file::read_array, is_named);
        check(entity, &text, json_file::read_lines, is_named);
    }
}

fn text_of(bytes: &[u8]) -> Option<(&'static Entity, String)> {
    let (many, bytes) = match bytes {
        [b'1', bytes @ ..] => ("people", bytes),
        [b'2', bytes @ ..] => ("companies", bytes),
        [b'3', bytes @ ..] => ("opportunities", bytes),
        [b'4', bytes @ ..] => ("activities", bytes),
        bytes => ("leads", bytes),
    };
    let text = text::decode(bytes.to_vec()).ok()?;
    Some((Entity::named(many)?, text.text))
}

fn check(entity: &'static Entity, text: &str, read: Read, is_named: bool) {
    let (mut input, mut problems) = (Input::new(entity, Default::default()), Problems::default());
    read(text, &mut input, &mut problems);
    let told = problems.to_string();
    assert!(told.len() <= LONGEST, "{} bytes are told", told.len());
    assert!(
        is_named || !without_keys(&told).contains(CANARY),
        "it quotes: {told}"
    );
    if !told.is_empty() {
        return;
    }
    let sent = values(&input.records);
    assert_eq!(sent.len(), input.rows.len(), "one for each row");
    let lines = text.split(['\r', '\n']).count() as u64;
    for row in &input.rows {
        assert!((1..=lines).contains(&row.line), "line {}", row.line);
        assert!(row.cells.len() <= input.header.len());
    }
    if !input.rows.is_empty() {
        check_rejects(&input, &sent);
    }
}

/// What all rows are in a rejects file is what they were.
fn check_rejects(input: &Input, sent: &[Value]) {
    let rejects = rejects(input);
    let notes = earlier::read(&rejects, input).expect("it is known again");
    assert_eq!(notes.len(), sent.len());
    let (mut again, mut problems) = (
        Input::new(input.entity, Default::default()),
        Problems::default(),
    );
    csv_file::read(&rejects, &mut again, &mut problems);
    assert_eq!(problems.to_string(), "", "in {rejects}");
    assert_eq!(values(&again.records), sent, "in {rejects}");
}

fn rejects(input: &Input) -> String {
    let mut writer = WriterBuilder::new()
        .delimiter(input.dialect.delimiter)
        .from_writer(Vec::new());
    writer
        .write_record(sheet::header(input))
        .expect("it is in memory");
    for (index, row) in input.rows.iter().enumerate() {
        let index = index.to_string();
        let cells = sheet::cells(row, input.header.len());
        writer
            .write_record(cells.chain([index.as_str(), "rejected", "name: invalid"]))
            .expect("it is in memory");
    }
    let bytes = writer.into_inner().expect("it is in memory");
    String::from_utf8(bytes).expect("it is made of text")
}

fn values(records: &Records) -> Vec<Value> {
    fn values(records: &[impl Serialize]) -> Vec<Value> {
        let value = |record| serde_json::to_value(record).expect("it is JSON");
        records.iter().map(value).collect()
    }
    match records {
        Records::Leads(all) => values(all),
        Records::People(all) => values(all),
        Records::Companies(all) => values(all),
        Records::Opportunities(all) => values(all),
        Records::Activities(all) => values(all),
    }
}

/// What is told, but for keys of JSON in a cell that are none of the API's: they are told.
fn without_keys(told: &str) -> String {
    let mut parts = told.split("has the key `");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| {
        told + part
            .split_once("`, which the API")
            .map_or("", |(_, after)| after)
    })
}

/// Whether the canary may be in the name of a column, which may be told.
fn may_be_a_column(text: &str) -> bool {
    let text = text.trim_start_matches(['\r', '\n']);
    let line = text.split(['\r', '\n']).next().unwrap_or_default();
    line.contains(CANARY) || line.contains('"')
}

fn may_be_a_key(text: &str) -> bool {
    let follows = |rest: &str| {
        let after = rest.split_once('"').map(|(_, after)| after.trim_start());
        after.is_some_and(|after| after.starts_with(':'))
    };
    text.contains('\\') || text.split(CANARY).skip(1).any(follows)
}
