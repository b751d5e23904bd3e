//! The words of documentation and code: the field's words and not our own earlier ones, descriptions that
//! state their noun, and code in the README that needs no scrolling.

use std::{fs, path::Path, process::Command};

use copper_crm::schema;

/// Words with which a description of a noun does not begin.
const VAGUE: [&str; 6] = ["What ", "Whether ", "How ", "Why ", "Where ", "Which "];

/// The longest line of code in the README, in characters.
const LONGEST: usize = 80;

/// Words that were ours alone, with the field's word for each. They are found as whole words, in any case.
const RETIRED: [(&str, &str); 29] = [
    ("at fault", "invalid"),
    ("bookkeeping", "recovered state"),
    ("by your word", "as you said"),
    ("false hope", "failed probe"),
    ("finds fault", "validates"),
    ("fault with", "validates"),
    ("for want of", "without"),
    ("ledger", "recovered state"),
    ("halt", "stop reason"),
    ("by the caller's word", "as the caller said"),
    ("for the sake of", "because of"),
    ("gets on", "makes progress"),
    ("in spite of", "although"),
    ("of_look", "of_lookup"),
    ("on the way out", "before it is sent"),
    ("records_per_request", "effective_chunk_size"),
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

/// Files that contain this list, and texts of others.
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

/// A doc comment begins with its noun or its verb: it says "The number of" and "The reason", not "How many" and "Why".
#[test]
fn no_doc_comment_begins_with_a_question_word() {
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
            let is_vague = |text: &str| VAGUE.iter().any(|word| text.starts_with(word));
            if comment.is_some_and(is_vague) {
                found.push(format!("{name}:{}: {}", n + 1, line.trim()));
            }
        }
    }
    assert_eq!(found, [""; 0]);
}

/// The descriptions in the schema become doc comments.
#[test]
fn no_description_in_the_schema_begins_with_a_question_word() {
    let found: Vec<_> = schema::DOCUMENT
        .lines()
        .filter_map(|line| line.trim().strip_prefix("\"description\": \""))
        .filter(|text| VAGUE.iter().any(|word| text.starts_with(word)))
        .collect();
    assert!(schema::DOCUMENT.contains("\"description\": \"The "));
    assert_eq!(found, [""; 0]);
}

/// Rustdoc hides lines that begin with `# `. The sites that show a README don't.
#[test]
fn no_readme_shows_lines_that_only_rustdoc_hides() {
    for (name, text) in files() {
        if !name.ends_with("README.md") {
            continue;
        }
        let mut rust = false;
        for line in text.lines() {
            if line.starts_with("```") {
                rust = line.starts_with("```rust");
            }
            assert!(!(rust && line.starts_with("# ")), "{name}: {line}");
        }
    }
}

/// Each public method of a `Copper`, by its name.
fn methods() -> Vec<String> {
    let mut methods = Vec::new();
    for (name, text) in files() {
        if !name.starts_with("src/") || name.starts_with("src/blocking/") {
            continue;
        }
        for part in text.split("\nimpl Copper {\n").skip(1) {
            let body = part.split("\n}\n").next().unwrap_or_default();
            let lines = body.lines().filter_map(|line| {
                let line = line.strip_prefix("    pub ")?;
                line.strip_prefix("async ")
                    .unwrap_or(line)
                    .strip_prefix("fn ")
            });
            methods
                .extend(lines.filter_map(|line| Some(line.split(['(', '<']).next()?.to_owned())));
        }
    }
    methods
}

#[test]
fn each_method_of_a_client_is_a_link_on_the_front_page() {
    let page = include_str!("../../src/guide/front_page.md");
    let methods = methods();
    assert!(methods.len() > 40, "{methods:?}");
    for method in methods {
        let link = format!("[`{method}`](Copper::{method})");
        assert!(page.contains(&link), "the front page lacks {link}");
    }
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
