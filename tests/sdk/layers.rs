//! The layers of the SDK, as the table in ARCHITECTURE.md has them. A module uses only modules that come
//! after it in the table, and calls no method of a module before it. So there are no circles of modules.
//! The other packages have no table, and no circles either.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::support::files::files;

const TABLE: &str = include_str!("../../ARCHITECTURE.md");
const HEAD: &str = "| layer | modules |";
/// The names of the SDK's root. The generated code and the guide's programs call it as users do.
const SDK: [&str; 2] = ["crate", "copper_crm"];

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

/// The code of a file, without its comments, texts and tests, and with spaces only between words.
fn code(text: &str) -> String {
    let mut code = String::new();
    write_code(text.parse().expect("Rust"), &mut code);
    code
}

fn write_code(tokens: TokenStream, code: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_hash = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
        if is_hash && tokens.peek().is_some_and(is_for_tests) {
            // The item that follows the attribute.
            let _ = tokens.by_ref().find(ends_an_item);
            continue;
        }
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                code.push_str(open);
                write_code(group.stream(), code);
                code.push_str(close);
            }
            TokenTree::Ident(word) => {
                if code.ends_with(is_word) {
                    code.push(' ');
                }
                code.push_str(&word.to_string());
            }
            TokenTree::Punct(punct) => code.push(punct.as_char()),
            TokenTree::Literal(_) => code.push_str("\"\""),
        }
    }
}

/// `[cfg(test)]`, also together with other conditions.
fn is_for_tests(attribute: &TokenTree) -> bool {
    let text = attribute.to_string().replace([' ', '\n'], "");
    let conditions = ["[cfg(test", "[cfg(all(test", "[cfg(any(test"];
    conditions.iter().any(|it| text.starts_with(it))
}

fn ends_an_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    sources_of(&root().join("src"))
}

/// The folders with the code of the other packages.
fn other_packages() -> Vec<PathBuf> {
    let packages = fs::read_dir(root().join("crates")).expect("the packages");
    packages
        .map(|entry| entry.expect("a package").path().join("src"))
        .collect()
}

fn sources_of(root: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    for path in files(root, "rs") {
        let within = path.strip_prefix(root).expect("it is in src");
        let name = within.to_string_lossy().replace('\\', "/");
        let stem = name.strip_suffix(".rs").unwrap_or(&name);
        let parts: Vec<&str> = stem.split('/').filter(|part| *part != "mod").collect();
        let is_root = parts == ["lib"] || parts == ["main"];
        sources.push(Source {
            module: parts[0].to_owned(),
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

/// The names that a file uses from the crate's root, which has these names.
fn used(source: &Source, root: &[&str]) -> BTreeSet<String> {
    let mut prefixes: Vec<_> = root.iter().map(|name| format!("{name}::")).collect();
    if source.depth > 0 {
        prefixes.push("super::".repeat(source.depth));
    }
    let mut names = BTreeSet::new();
    for prefix in prefixes {
        for (at, _) in source.code.match_indices(&prefix) {
            let before = &source.code[..at];
            if before.ends_with(is_word) || before.ends_with("::") {
                continue;
            }
            // A module within a file is one step further from the root.
            let path = source.code[at + prefix.len()..].trim_start_matches("super::");
            names.extend(first_names(path));
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
        for name in used(source, &SDK) {
            let found = match name.as_str() {
                "types" => Some(types.clone()),
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

#[test]
fn no_other_package_has_a_circle_of_modules() {
    for package in other_packages() {
        let sources = sources_of(&package);
        let lib = sources.iter().find(|it| it.module == "lib");
        let lib = &lib.expect("lib.rs").code;
        let modules: BTreeSet<&str> = sources.iter().map(|it| it.module.as_str()).collect();
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for source in &sources {
            let names = used(source, &["crate"]);
            let homes = names.iter().filter_map(|name| home(name, lib, &modules));
            let others = homes.filter(|home| *home != source.module);
            uses.entry(source.module.clone())
                .or_default()
                .extend(others);
        }
        assert_eq!(circles(uses), [""; 0], "{}", package.display());
    }
}

/// The modules that form circles, and those that use them: what is left when modules that use no other one
/// are taken away again and again.
fn circles(mut uses: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    loop {
        let before: BTreeSet<String> = uses.keys().cloned().collect();
        uses.retain(|_, used| !used.is_disjoint(&before));
        if uses.len() == before.len() {
            return uses.into_keys().collect();
        }
    }
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
    let limiter = sources_of(&root().join("crates/limit/src"));
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
            let called = ["(", "::<"].map(|after| format!(".{method}{after}"));
            let called = called.iter().any(|call| source.code.contains(call));
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
        // crate::comment\nlet (text, url) = (\"crate::text\", \"https://host\"); let quote = '\"';\n\
        fn h() { crate\n::item::read::<crate::Secret>() }\n\
        #[cfg(test)]\nuse crate::bulk;\n#[cfg(all(test, unix))] mod tests { use crate::bulk; }\n\
        mod within { use super::super::super::Within; }\n\
        fn after(one: crate::First) -> crate::Last { self.one::<u8>() }";
    let found = used(&source(2, text), &SDK);
    let expected = [
        "Error", "First", "Last", "Secret", "Within", "chunk", "item", "journal", "run",
    ];
    assert_eq!(found, expected.map(str::to_owned).into());
    assert!(code(text).contains("self.one::<u8>()"), "{}", code(text));
    let modules = BTreeSet::from(["client", "error"]);
    let lib = "pub use client::{Builder, Copper};\npub use error::Error;";
    assert_eq!(home("Builder", lib, &modules).as_deref(), Some("client"));
    assert_eq!(home("Error", lib, &modules).as_deref(), Some("error"));
    assert_eq!(home("Other", lib, &modules), None);
    let methods = methods("fn one(&self) {} fn two(n: u8) {} fn three(mut self) {}");
    assert_eq!(methods, BTreeSet::from(["one", "three"]));
    let uses = |all: &[(&str, &str)]| {
        let one = |(by, used): &(&str, &str)| ((*by).to_owned(), [(*used).to_owned()].into());
        circles(all.iter().map(one).collect())
    };
    assert_eq!(uses(&[("a", "b"), ("b", "c")]), [""; 0]);
    assert_eq!(
        uses(&[("a", "b"), ("b", "c"), ("c", "b"), ("d", "e")]),
        ["a", "b", "c"]
    );
}
