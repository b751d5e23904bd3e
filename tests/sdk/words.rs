//! The words of the documentation and the code: the field's names, not our own old ones; doc comments that state
//! their noun; and code in the README that is read without scrolling.

use std::{fs, path::Path, process::Command};

/// The longest line of code in the README, in characters.
const LONGEST: usize = 80;

/// Our own words of old, with the field's for it. Each is found as a whole word, whatever its case.
const RETIRED: [(&str, &str); 23] = [
    ("at fault", "invalid"),
    ("bookkeeping", "recovered state"),
    ("by your word", "as you said"),
    ("false hope", "failed probe"),
    ("finds fault", "validates"),
    ("fault with", "validates"),
    ("for want of", "without"),
    ("ledger", "recovered state"),
    ("halt", "stop reason"),
    ("halt", "stop reason"),
    ("has it that", "says"),
    ("is_at_fault", "is_invalid"),
    ("on its way", "in flight"),
    ("on_its_way", "in flight"),
    ("on their way", "in flight"),
    ("promise 3", "the guarantee by its name"),
    ("the house", "layout"),
    ("the room", "module"),
    ("under way", "in flight"),
    ("under_way", "in flight"),
    ("spoil", "corrupt"),
    ("verdict", "retry decision"),
    ("violence", "crash tests"),
];

/// The files in which this list itself stands, and texts of others.
fn is_exempt(file: &str) -> bool {
    let exempt = ["tests/sdk/words.rs", "tools/fuzz/corpus/", "LICENSE"];
    exempt.iter().any(|part| file.contains(part))
}

/// The files that people read, by their names from the root.
fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .output();
    let listed = listed.expect("git runs");
    assert!(listed.status.success());
    let names = String::from_utf8_lossy(&listed.stdout).into_owned();
    let is_text = |name: &&str| {
        let ends = [".rs", ".md", ".toml", ".json", ".sh"];
        ends.iter().any(|end| name.ends_with(end)) || name.starts_with("scripts/")
    };
    let text = |name: &str| Some((name.to_owned(), fs::read_to_string(root.join(name)).ok()?));
    names
        .lines()
        .filter(is_text)
        .filter(|name| !is_exempt(name))
        .filter_map(text)
        .collect()
}

fn is_letter(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// The places of a word in a text, as numbers of lines.
fn lines_with(text: &str, word: &str) -> Vec<usize> {
    let found = |line: &str| {
        line.match_indices(word).any(|(at, _)| {
            let (before, after) = (&line[..at], &line[at + word.len()..]);
            !is_letter(before.chars().next_back()) && !is_letter(after.chars().next())
        })
    };
    let lines = text.lines().enumerate();
    let with = lines.filter(|(_, line)| found(&line.to_lowercase()));
    with.map(|(n, _)| n + 1).collect()
}

#[test]
fn no_retired_word_is_in_use() {
    let files = files();
    assert!(files.len() > 200, "{}", files.len());
    let mut found = Vec::new();
    for (name, text) in &files {
        for (word, instead) in RETIRED {
            for line in lines_with(text, word) {
                found.push(format!("{name}:{line}: {word}: say {instead}"));
            }
        }
    }
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_retired_word_is_found_as_a_whole_word_in_any_case() {
    assert_eq!(lines_with("one\nOn its way\n", "on its way"), [2]);
    assert_eq!(lines_with("asphalt, halted, halt_now", "halt"), [0; 0]);
    assert_eq!(lines_with("a halt.", "halt"), [1]);
}

/// A doc comment begins with its noun or its verb.
#[test]
fn no_doc_comment_begins_with_what_or_whether() {
    let mut found = Vec::new();
    for (name, text) in files() {
        if !name.ends_with(".rs") || name.starts_with("tests/") || name.contains("/tests/") {
            continue;
        }
        for (n, line) in text.lines().enumerate() {
            let comment = line.trim_start();
            let comment = comment
                .strip_prefix("/// ")
                .or(comment.strip_prefix("//! "));
            let is_vague = |text: &str| text.starts_with("What ") || text.starts_with("Whether ");
            if comment.is_some_and(is_vague) {
                found.push(format!("{name}:{}: {}", n + 1, line.trim()));
            }
        }
    }
    assert_eq!(found, [""; 0]);
}

#[test]
fn no_line_of_code_on_the_front_pages_needs_scrolling() {
    for page in ["README.md", "src/guide/front_page.md"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page));
        let (mut fenced, mut lines) = (false, 0);
        for line in text.expect("the page").lines() {
            if line.starts_with("```") {
                fenced = !fenced;
            } else if fenced && !line.starts_with("# ") {
                lines += 1;
                assert!(line.chars().count() <= LONGEST, "{page}: {line}");
            }
        }
        assert!(lines > 10, "{page}: {lines}");
    }
}
