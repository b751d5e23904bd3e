//! The importer as a user sees it: a program with arguments, a file, two output streams, an exit status and a
//! rejects file.
//!
//! It runs as a child process. If a test needs the requests that arrived, or an error, the child's
//! environment names a sandbox of the test.

mod any_file;
mod columns;
mod dialects;
mod dry_run;
mod entities;
mod few_descriptors;
mod fields;
mod folder;
mod formats;
mod hostile_files;
mod hostile_folders;
mod hostile_texts;
mod importer;
mod interrupts;
mod journal;
mod journal_postgres;
mod mapping;
mod oauth;
mod outcomes;
mod postgres;
mod ran;
mod reconcile;
mod redis;
mod refusals;
mod rejects;
mod report;
mod resumed;
mod sample;
mod served;
mod shared_limits;
mod sync;
mod upsert;
mod where_data_lies;

use std::{fs, path::Path, process::Command};

use copper_crm_sandbox::{Arrival, Fault, Sandbox, When};
use serde_json::{Value, json};

use folder::Folder;
use importer::{Running, importer, load, run, sandbox};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data");

/// The requests that changed something, or should have.
fn sent(sandbox: &Sandbox) -> Vec<Arrival> {
    let mut all = sandbox.arrivals();
    all.retain(|arrival| {
        let operation = arrival.operation.unwrap_or_default();
        !["list_", "get_", "search_"]
            .iter()
            .any(|word| operation.starts_with(word))
    });
    all
}

/// The part of a lead that comes from the input.
fn content(lead: &Value) -> Value {
    let mut content = serde_json::Map::new();
    for field in [
        "name",
        "email",
        "phone_numbers",
        "company_name",
        "title",
        "details",
        "address",
        "tags",
        "custom_fields",
    ] {
        let mut value = lead.get(field).cloned().unwrap_or_default();
        if let Some(fields) = value.as_array_mut().filter(|_| field == "custom_fields") {
            // The account's others are there as well, without a value.
            let is_empty = |value: &Value| {
                matches!(value, Value::Null | Value::Bool(false)) || *value == json!([])
            };
            fields.retain(|field| !is_empty(&field["value"]));
        }
        content.insert(field.to_owned(), value);
    }
    content.into()
}

fn contents(sandbox: &Sandbox) -> Vec<Value> {
    sandbox.leads().iter().map(content).collect()
}

fn records(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let records = reader.records().map(|record| record.expect("a record"));
    records
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

/// The names of the leads in the sandbox. No name is there twice.
fn held(sandbox: &Sandbox) -> Vec<String> {
    let mut names: Vec<String> = sandbox
        .leads()
        .iter()
        .map(|lead| lead["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "a lead is there twice");
    names
}

/// This many leads with different names, except at some places, where Copper rejects them.
fn leads(count: usize, rejected: &[usize]) -> String {
    let mut text = String::from("name,email\n");
    for n in 0..count {
        match rejected.contains(&n) {
            true => text += &format!(" ,{n}@example.com\n"),
            false => text += &format!("Lead {n},\n"),
        }
    }
    text
}
