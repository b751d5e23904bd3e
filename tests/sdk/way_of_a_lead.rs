//! The way of a lead, as ARCHITECTURE.md lists it: each step exists, it passes few files, and calls into none
//! of them often.

use std::{collections::BTreeMap, fs};

const FILES: usize = 20;
const CALLS_INTO_ONE_FILE: usize = 3;

/// The steps, as file and function, in order.
fn steps() -> Vec<(String, String)> {
    listed(|line| line.starts_with(|c: char| c.is_ascii_digit()))
}

/// The rules that steps ask.
fn rules() -> Vec<(String, String)> {
    listed(|line| line.starts_with("- "))
}

fn listed(is_listed: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let text = fs::read_to_string("ARCHITECTURE.md").expect("ARCHITECTURE.md");
    let (_, section) = text
        .split_once("\n## The way of a lead\n")
        .expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    section
        .lines()
        .filter(|line| is_listed(line))
        .map(|line| {
            let step = line.split('`').nth(1).expect("a step in backticks");
            let (file, function) = step.split_once("::").expect("file::function");
            (file.to_owned(), function.to_owned())
        })
        .collect()
}

#[test]
fn each_step_of_a_lead_and_each_rule_is_a_function_of_its_file() {
    let (steps, rules) = (steps(), rules());
    assert!(steps.len() > 10 && rules.len() > 5, "{steps:?}, {rules:?}");
    for (file, function) in steps.into_iter().chain(rules) {
        let text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{file}: {e}"));
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let is_there = code.split("fn ").skip(1).any(|after| {
            after.starts_with(&function) && after[function.len()..].starts_with(['(', '<'])
        });
        assert!(is_there, "{file} has no function {function}");
    }
}

/// Code that no file of the repository has: the generated client, and the endpoints.
const GENERATED: [&str; 2] = [
    include_str!(concat!(env!("OUT_DIR"), "/client.rs")),
    include_str!(concat!(env!("OUT_DIR"), "/endpoints.rs")),
];

#[test]
fn each_step_is_called_by_the_code_of_an_earlier_one() {
    let mut seen: Vec<String> = GENERATED.map(str::to_owned).into();
    for (number, (file, function)) in steps().into_iter().enumerate() {
        let calls = |code: &String| calls(code, &function);
        // The first step is the user's call, and a run is polled by its stream's `next`.
        let is_called = number == 0 || function == "poll_next" || seen.iter().any(calls);
        assert!(is_called, "no step before it calls {file}::{function}");
        seen.push(fs::read_to_string(&file).unwrap_or_else(|e| panic!("{file}: {e}")));
    }
}

/// True if the code calls a function of this name, and does not only define one.
fn calls(code: &str, function: &str) -> bool {
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(function).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + function.len()..]);
        let is_whole = !before.ends_with(is_word) && after.starts_with('(');
        is_whole && !before.ends_with("fn ")
    })
}

#[test]
fn only_a_call_counts_as_a_call() {
    assert!(calls("self.shared.sent(1)", "sent"));
    assert!(!calls("fn sent() { unsent() }", "sent"));
    assert!(!calls("let sent = 1;", "sent"));
}

#[test]
fn a_lead_passes_few_files_and_calls_into_none_of_them_often() {
    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    for (file, _) in steps() {
        *calls.entry(file).or_default() += 1;
    }
    assert!(calls.len() <= FILES, "{} files: {calls:?}", calls.len());
    for (file, calls) in calls {
        assert!(
            calls <= CALLS_INTO_ONE_FILE,
            "{file} is called into {calls} times"
        );
    }
}
