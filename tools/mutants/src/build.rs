//! Cargo, and its messages.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

/// The errors of a build, with all places that they name.
#[derive(Debug)]
pub struct Fault {
    what: String,
    pub places: Vec<(String, Range<usize>)>,
}

impl Fault {
    /// The mutants in the lines that are shown of it.
    pub fn shown(&self) -> impl Iterator<Item = usize> {
        let asked = self.what.split("__mutant(").skip(1);
        asked.filter_map(|rest| rest.split_once(')')?.0.parse().ok())
    }
}

fn messages(tree: &Path, command: &str, arguments: &[String]) -> Vec<Value> {
    let output = Command::new("cargo")
        .current_dir(tree)
        .args([command, "--message-format=json"])
        .args(arguments)
        .args((command == "test").then_some("--no-run"))
        .env("RUSTFLAGS", "-Awarnings")
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

pub fn check(tree: &Path, arguments: &[String]) -> Vec<Fault> {
    // The library is enough: its tests are its own, and the others are not changed.
    let mut lib = arguments.to_vec();
    lib.retain(|argument| argument == "--all-features" || argument.starts_with("--package="));
    lib.extend(["--lib".to_owned(), "--profile=test".to_owned()]);
    let messages = messages(tree, "check", &lib);
    let errors = messages.iter().filter_map(|message| {
        let message = message.get("message")?;
        (message["level"] == "error"
            && message["spans"].as_array().is_some_and(|it| !it.is_empty()))
        .then(|| Fault {
            what: message["rendered"].to_string(),
            places: places(message),
        })
    });
    errors.collect()
}

fn places(message: &Value) -> Vec<(String, Range<usize>)> {
    let offset = |value: &Value| value.as_u64().map_or(0, |at| at as usize);
    let spans = message["spans"].as_array().into_iter().flatten();
    spans
        .map(|span| {
            let file = span["file_name"].as_str().unwrap_or_default().to_owned();
            (file, offset(&span["byte_start"])..offset(&span["byte_end"]))
        })
        .collect()
}

/// The test programs, in the order in which they are asked for.
pub fn programs(tree: &Path, arguments: &[String]) -> Vec<PathBuf> {
    let messages = messages(tree, "test", arguments);
    for message in &messages {
        if message["message"]["level"] == "error" {
            panic!(
                "{}",
                message["message"]["rendered"].as_str().unwrap_or_default()
            );
        }
    }
    let mut programs: Vec<(usize, PathBuf)> = Vec::new();
    for message in messages
        .iter()
        .filter(|message| message["profile"]["test"] == true)
    {
        if let Some(path) = message["executable"].as_str() {
            let name = message["target"]["name"].as_str().unwrap_or_default();
            let asked = |what: &str| arguments.iter().position(|argument| argument == what);
            let place = asked(name).or_else(|| asked("--lib"));
            programs.push((place.unwrap_or(0), PathBuf::from(path)));
        }
    }
    programs.sort();
    programs.into_iter().map(|(_, path)| path).collect()
}
