//! The layers of the SDK, as the table in ARCHITECTURE.md has them. A module uses only modules that come
//! after it in the table, and calls no method of a module before it. So there are no circles of modules.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::support::files::files;

const TABLE: &str = include_str!("../../ARCHITECTURE.md");
const HEAD: &str = "| layer | modules |";

/// A module of the crate's root, or the root itself, and a file of it.
struct Source {
    module: String,
    name: String,
    /// The number of `super::` that lead to the crate's root.
    depth: usize,
    code: String,
}

/// The modules in the order of the table.
fn layers() -> Vec<String> {
    let (_, rows) = TABLE.split_once(HEAD).expect("the table");
    let rows = rows
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let modules = rows.filter_map(|row| row.split('|').nth(2));
    modules
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// The code of a file, without its comments, texts and tests.
fn code(text: &str) -> String {
    let text = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default();
    let line = |line: &str| line.split("//").next().unwrap_or_default().to_owned() + "\n";
    let text: String = text.lines().map(line).collect();
    text.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

fn sources() -> Vec<Source> {
    sources_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

fn sources_of(root: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    for path in files(root, "rs") {
        let within = path.strip_prefix(root).expect("it is in src");
        let name = within.to_string_lossy().replace('\\', "/");
        let stem = name.strip_suffix(".rs").unwrap_or(&name);
        let parts: Vec<&str> = stem.split('/').filter(|part| *part != "mod").collect();
        let is_root = parts == ["lib"];
        sources.push(Source {
            module: if is_root { "lib" } else { parts[0] }.to_owned(),
            depth: if is_root { 0 } else { parts.len() },
            code: code(&fs::read_to_string(&path).expect("a source")),
            name: name.clone(),
        });
    }
    sources
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The first names of a path or of a group of paths: `a::b` has `a`, and `{a::b, c::{d, e}}` has `a` and `c`.
fn first_names(path: &str) -> Vec<String> {
    let first = |path: &str| {
        path.split(|c| !is_word(c))
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let path = path.trim_start();
    let Some(group) = path.strip_prefix('{') else {
        return vec![first(path)];
    };
    let (mut names, mut part, mut depth) = (Vec::new(), String::new(), 1);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && c == ',') {
            names.push(first(part.trim_start()));
            part.clear();
        } else {
            part.push(c);
        }
        if depth == 0 {
            break;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The names that a file uses from the crate's root.
fn used(source: &Source) -> BTreeSet<String> {
    let mut prefixes = vec!["crate::".to_owned(), "copper_crm::".to_owned()];
    if source.depth > 0 {
        prefixes.push("super::".repeat(source.depth));
    }
    let mut names = BTreeSet::new();
    for prefix in prefixes {
        for (at, _) in source.code.match_indices(&prefix) {
            let before = source.code[..at].chars().next_back();
            if before.is_some_and(|c| is_word(c) || c == ':') {
                continue;
            }
            names.extend(first_names(&source.code[at + prefix.len()..]));
        }
    }
    names
}

/// The module that defines a name of the crate's root: the module itself, or the one that `lib.rs` exports it
/// from.
fn home(name: &str, lib: &str, modules: &BTreeSet<&str>) -> Option<String> {
    if modules.contains(name) {
        return Some(name.to_owned());
    }
    let uses = lib.match_indices("use ").map(|(at, _)| &lib[at + 4..]);
    let statements = uses.filter_map(|rest| rest.split(';').next());
    let mut homes = statements.filter_map(|path| {
        let names = path.split(|c| !is_word(c)).any(|word| word == name);
        let first = first_names(path.strip_prefix("crate::").unwrap_or(path)).remove(0);
        names.then_some(first)
    });
    homes.find(|home| modules.contains(home.as_str()))
}

#[test]
fn each_module_of_the_sdk_has_its_one_place_in_the_table() {
    let layers = layers();
    let listed: BTreeSet<_> = layers.iter().cloned().collect();
    assert_eq!(listed.len(), layers.len(), "a module is listed twice");
    let sources = sources();
    let all: BTreeSet<_> = sources.iter().map(|it| it.module.clone()).collect();
    let all: BTreeSet<_> = all.into_iter().filter(|it| it != "lib").collect();
    assert_eq!(listed, all);
}

#[test]
fn no_module_uses_one_above_it() {
    let (layers, sources) = (layers(), sources());
    let place: BTreeMap<&str, usize> = layers
        .iter()
        .enumerate()
        .map(|(n, it)| (it.as_str(), n))
        .collect();
    let modules: BTreeSet<&str> = place.keys().copied().collect();
    let lib = sources
        .iter()
        .find(|it| it.module == "lib")
        .expect("lib.rs");
    // Modules that `lib.rs` itself makes of others: their homes are where it has them from.
    let types = home("types", &lib.code, &modules).unwrap_or_else(|| "generated".to_owned());
    let mut upward = Vec::new();
    for source in sources.iter().filter(|it| it.module != "lib") {
        for name in used(source) {
            let found = match name.as_str() {
                "types" => Some(types.clone()),
                "limit" => None,
                _ => home(&name, &lib.code, &modules),
            };
            let Some(target) = found.filter(|it| *it != source.module) else {
                continue;
            };
            if place.get(target.as_str()) < place.get(source.module.as_str()) {
                upward.push(format!("{} uses {target} ({name})", source.name));
            }
        }
    }
    upward.sort();
    assert_eq!(upward, [""; 0]);
}

/// The methods of a file: the names of its functions that take `self`.
fn methods(code: &str) -> BTreeSet<&str> {
    let functions = code.split("fn ").skip(1);
    functions
        .filter_map(|rest| {
            let (name, rest) = rest.split_once(|c| !is_word(c))?;
            let arguments = rest.split(')').next()?;
            let takes_self = arguments.split(|c| !is_word(c)).any(|word| word == "self");
            takes_self.then_some(name)
        })
        .collect()
}

#[test]
fn no_module_calls_a_method_that_is_written_above_it() {
    let (layers, sources) = (layers(), sources());
    let place = |module: &str| layers.iter().position(|it| it == module);
    // The lowest place at which a method of this name is written.
    let mut lowest: BTreeMap<&str, usize> = BTreeMap::new();
    for source in &sources {
        for method in methods(&source.code) {
            let own = place(&source.module).unwrap_or_default();
            let known = lowest.entry(method).or_insert(own);
            *known = own.max(*known);
        }
    }
    // A call of the generated client has the name of the one that users make.
    let generated = place("generated").expect("it is in the table");
    let client = methods(include_str!(concat!(env!("OUT_DIR"), "/client.rs")));
    lowest.extend(client.into_iter().map(|it| (it, generated)));
    // The limiter is below all of them.
    let limiter = sources_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/limit/src"));
    for source in &limiter {
        lowest.extend(
            methods(&source.code)
                .into_iter()
                .map(|it| (it, layers.len())),
        );
    }
    let mut upward = Vec::new();
    for source in &sources {
        let Some(own) = place(&source.module) else {
            continue;
        };
        for (method, at) in &lowest {
            // A name that libraries have too says nothing.
            let called = source.code.contains(&format!(".{method}("));
            if called && *at < own && !OF_LIBRARIES.contains(method) {
                upward.push(format!("{} calls {method} of {}", source.name, layers[*at]));
            }
        }
    }
    upward.sort();
    assert_eq!(upward, [""; 0]);
}

/// Methods of the standard library, tokio and other crates with the same names as methods of upper layers.
const OF_LIBRARIES: [&str; 15] = [
    "add", "as_str", "changed", "count", "find", "finish", "front", "headers", "insert", "line",
    "lock", "next", "request", "split", "take",
];

#[test]
fn what_is_used_is_found_however_it_is_written() {
    let source = |depth, text: &str| Source {
        module: "a".to_owned(),
        name: "a/b.rs".to_owned(),
        depth,
        code: code(text),
    };
    let text = "use crate::{Error, journal::{Entry, Journal}, run};\nfn f() { super::super::chunk::g(); }\n\
        // crate::comment\nlet text = \"crate::text\";\n#[cfg(test)]\nmod tests { use crate::bulk; }";
    let found = used(&source(2, text));
    let expected = ["Error", "chunk", "journal", "run"].map(str::to_owned);
    assert_eq!(found, expected.into());
    let modules = BTreeSet::from(["client", "error"]);
    let lib = "pub use client::{Builder, Copper};\npub use error::Error;";
    assert_eq!(home("Builder", lib, &modules).as_deref(), Some("client"));
    assert_eq!(home("Error", lib, &modules).as_deref(), Some("error"));
    assert_eq!(home("Other", lib, &modules), None);
    let methods = methods("fn one(&self) {} fn two(n: u8) {} fn three(mut self) {}");
    assert_eq!(methods, BTreeSet::from(["one", "three"]));
}
