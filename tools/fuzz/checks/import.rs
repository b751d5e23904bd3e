//! The importer's files: all problems are reported shortly and without quoting a record. Rows that are read
//! can be written to a rejects file and read from it unchanged.
//!
//! The first byte may say, in a digit, the kind of the records: 1 people, 2 companies, 3 opportunities,
//! 4 activities.

use copper_crm_cli::{
    columns::{header, mapping::Mapping},
    display::problems::Problems,
    fields::{entities, entity::Entity},
    files::earlier,
    read::{
        format::Format,
        options::Options,
        source::{Source, Unreadable},
    },
    records::input::Input,
};
use csv::WriterBuilder;
use serde_json::Value;

/// The longest report about a file, in bytes.
const LONGEST: usize = 200_000;
/// A text that stands for someone's data.
const CANARY: &str = "canary";

/// A CSV file of these bytes.
pub fn csv(bytes: &[u8]) {
    let (entity, bytes) = kind_of(bytes);
    check(entity, bytes, Format::Csv);
}

/// A JSON file of these bytes, in both forms.
pub fn json(bytes: &[u8]) {
    let (entity, bytes) = kind_of(bytes);
    check(entity, bytes, Format::Json);
    check(entity, bytes, Format::JsonLines);
}

fn kind_of(bytes: &[u8]) -> (&'static Entity, &[u8]) {
    let (many, bytes) = match bytes {
        [b'1', bytes @ ..] => ("people", bytes),
        [b'2', bytes @ ..] => ("companies", bytes),
        [b'3', bytes @ ..] => ("opportunities", bytes),
        [b'4', bytes @ ..] => ("activities", bytes),
        bytes => ("leads", bytes),
    };
    (entities::named(many).expect("it is a kind"), bytes)
}

fn check(entity: &'static Entity, bytes: &[u8], format: Format) {
    let (input, problems) = read(entity, bytes, format);
    // The name of a column may be told.
    let is_named = input.as_ref().is_some_and(|input| {
        let names = &input.source().header;
        names.iter().any(|name| name.text.contains(CANARY))
    });
    let told = problems.to_string();
    assert!(told.len() <= LONGEST, "{} bytes are told", told.len());
    assert!(
        is_named || !without_keys(&told).contains(CANARY),
        "it quotes: {told}"
    );
    if !told.is_empty() {
        return;
    }
    let input = input.expect("a file without problems is read");
    let sent = values(&input);
    assert_eq!(sent.len() as u64, input.count, "one for each row");
    let ends = bytes.iter().filter(|byte| matches!(byte, b'\r' | b'\n'));
    let lines = ends.count() as u64 + 1;
    for row in input.rows() {
        let row = row.expect("a row without problems");
        assert!((1..=lines).contains(&row.line), "line {}", row.line);
        assert_eq!(input.written(&row).len(), input.columns().len());
    }
    if input.count > 0 {
        check_rejects(&input, &sent);
    }
}

fn read(entity: &'static Entity, bytes: &[u8], format: Format) -> (Option<Input>, Problems) {
    let mut problems = Problems::default();
    let options = Options {
        format: Some(format),
        ..Options::default()
    };
    let mapping = Mapping::default();
    let is_known = |name: &str| header::is_known(name, &mapping, entity);
    match Source::of_bytes(bytes, "", &options, &is_known) {
        Ok(source) => {
            let input = Input::unchecked(source, entity, &mut problems);
            (Some(input), problems)
        }
        Err(Unreadable::Line((line, what))) => {
            problems.add(line, what);
            (None, problems)
        }
        Err(Unreadable::File(what)) => {
            problems.add(1, what);
            (None, problems)
        }
    }
}

/// All rows in a rejects file are unchanged.
fn check_rejects(input: &Input, sent: &[Value]) {
    let rejects = rejects(input);
    let kept = earlier::read(&rejects, input).expect("it is known again");
    assert_eq!(kept.len(), sent.len());
    let (again, problems) = read(input.entity, rejects.as_bytes(), Format::Csv);
    assert_eq!(problems.to_string(), "", "in {rejects}");
    let again = again.expect("a file without problems is read");
    assert_eq!(values(&again), sent, "in {rejects}");
}

fn rejects(input: &Input) -> String {
    let mut writer = WriterBuilder::new()
        .delimiter(input.written_as().delimiter)
        .from_writer(Vec::new());
    writer
        .write_record(earlier::header(input))
        .expect("it is in memory");
    for (index, row) in input.rows().enumerate() {
        let (index, row) = (index.to_string(), row.expect("a row without problems"));
        let cells = input.written(&row);
        writer
            .write_record(
                cells
                    .iter()
                    .chain([index.as_str(), "rejected", "name: invalid"]),
            )
            .expect("it is in memory");
    }
    let bytes = writer.into_inner().expect("it is in memory");
    String::from_utf8(bytes).expect("it is made of text")
}

fn values(input: &Input) -> Vec<Value> {
    let value = |record| serde_json::to_value(record).expect("it is JSON");
    input.records().map(|(_, record)| value(record)).collect()
}

/// The messages, without keys of JSON in a cell that the API does not have: those may be shown.
fn without_keys(told: &str) -> String {
    let mut parts = told.split("has the key `");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| {
        told + part
            .split_once("`, which the API")
            .map_or("", |(_, after)| after)
    })
}
