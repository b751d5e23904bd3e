//! The importer's files: all problems are told, shortly and without quoting a record; and what is read can
//! be written into a rejects file and read from there as the same.
//!
//! The first byte may say, in a digit, the kind of the records: 1 people, 2 companies, 3 opportunities,
//! 4 activities.

use copper_crm_cli::{
    display::problems::Problems,
    fields::{entities, entity::Entity},
    files::earlier,
    read::{
        source::{Format, Source},
        text::{self, Text},
    },
    records::input::Input,
};
use csv::WriterBuilder;
use serde_json::Value;

/// The most that is told of a file, in bytes.
const LONGEST: usize = 200_000;
/// What stands for someone's data.
const CANARY: &str = "canary";

/// A CSV file of these bytes.
pub fn csv(bytes: &[u8]) {
    if let Some((entity, text)) = text_of(bytes) {
        check(entity, &text, Format::Csv, may_be_a_column(&text));
    }
}

/// A JSON file of these bytes, in both forms.
pub fn json(bytes: &[u8]) {
    if let Some((entity, text)) = text_of(bytes) {
        let is_named = may_be_a_key(&text);
        check(entity, &text, Format::Json, is_named);
        check(entity, &text, Format::JsonLines, is_named);
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
    Some((entities::named(many)?, text.text))
}

fn check(entity: &'static Entity, text: &str, format: Format, is_named: bool) {
    let (input, problems) = read(entity, text, format);
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
    let lines = text.split(['\r', '\n']).count() as u64;
    for row in input.rows() {
        let row = row.expect("a row without problems");
        assert!((1..=lines).contains(&row.line), "line {}", row.line);
        assert_eq!(input.written(&row).len(), input.columns().len());
    }
    if input.count > 0 {
        check_rejects(&input, &sent);
    }
}

fn read(entity: &'static Entity, text: &str, format: Format) -> (Option<Input>, Problems) {
    let mut problems = Problems::default();
    match Source::new(Text::from(text), format) {
        Ok(source) => {
            let input = Input::new(source, entity, &Default::default(), &mut problems);
            (Some(input), problems)
        }
        Err((line, what)) => {
            problems.add(line, what);
            (None, problems)
        }
    }
}

/// All rows in a rejects file are what they were.
fn check_rejects(input: &Input, sent: &[Value]) {
    let rejects = rejects(input);
    let kept = earlier::read(&rejects, input).expect("it is known again");
    assert_eq!(kept.len(), sent.len());
    let (again, problems) = read(input.entity, &rejects, Format::Csv);
    assert_eq!(problems.to_string(), "", "in {rejects}");
    let again = again.expect("a file without problems is read");
    assert_eq!(values(&again), sent, "in {rejects}");
}

fn rejects(input: &Input) -> String {
    let mut writer = WriterBuilder::new()
        .delimiter(input.dialect().delimiter)
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
