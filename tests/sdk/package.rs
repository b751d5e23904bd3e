//! Each package of the workspace contains only the code, the schema and the licences, and nothing heavy.
//! `scripts/package` checks that the packages build by themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use insta::assert_snapshot;

/// The largest size of a package, unpacked, in bytes: about twice its size when this was written.
const LARGEST: u64 = 2_000_000;
/// The largest size of one file. The lock file and the schema are the largest.
const LARGEST_FILE: u64 = 300_000;

/// The folders of all packages that are published.
fn packages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = fs::read_dir(root.join("crates")).expect("the packages");
    let crates = crates.map(|entry| entry.expect("a package").path());
    let mut packages: Vec<_> = crates.collect();
    packages.push(root.to_owned());
    packages.sort();
    packages
}

fn name(package: &Path) -> String {
    let manifest = fs::read_to_string(package.join("Cargo.toml")).expect("a manifest");
    let mut lines = manifest.lines();
    let name = lines.find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    name.expect("its name").to_owned()
}

/// The files of a package, except those that cargo adds.
fn files(package: &Path) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(package)
        .args(["package", "--list", "--allow-dirty", "--quiet", "--package"])
        .arg(name(package))
        .output()
        .expect("cargo runs");
    let heard = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{heard}");
    let list = String::from_utf8_lossy(&output.stdout);
    let made = [".cargo_vcs_info.json", "Cargo.toml.orig", "Cargo.lock"];
    list.lines()
        .map(|file| file.replace('\\', "/"))
        .filter(|file| !made.contains(&file.as_str()))
        .collect()
}

/// A package's folders with the kinds of files in each, and its other files by name.
fn contents(package: &Path) -> String {
    let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files(package) {
        let (folder, kind) = match file.split_once('/') {
            Some((folder, rest)) => (folder, rest.rsplit('.').next().unwrap_or_default()),
            None => (".", file.as_str()),
        };
        let kinds = folders.entry(folder.to_owned()).or_default();
        kinds.insert(kind.to_owned());
    }
    let line = |(folder, kinds): (String, BTreeSet<String>)| {
        let kinds: Vec<_> = kinds.into_iter().collect();
        format!("  {folder}: {}\n", kinds.join(" "))
    };
    let lines: String = folders.into_iter().map(line).collect();
    format!("{}\n{lines}", name(package))
}

#[test]
fn the_packages_hold_what_is_listed() {
    let contents: String = packages().iter().map(|it| contents(it)).collect();
    assert_snapshot!("files", contents);
}

#[test]
fn each_package_holds_its_licences_and_nothing_heavy() {
    for package in packages() {
        let (name, files) = (name(&package), files(&package));
        for needed in ["LICENSE-APACHE", "LICENSE-MIT", "README.md"] {
            assert!(files.iter().any(|it| it == needed), "{name}: {needed}");
        }
        let mut sum = 0;
        for file in files {
            let size = fs::metadata(package.join(&file)).expect("it is there");
            let size = size.len();
            assert!(size <= LARGEST_FILE, "{name}: {file} has {size} bytes");
            sum += size;
        }
        assert!(sum <= LARGEST, "{name}: {sum} bytes in all");
    }
}

#[test]
fn each_package_has_its_page_on_docs_rs_with_all_features() {
    for package in packages() {
        let manifest = fs::read_to_string(package.join("Cargo.toml")).expect("a manifest");
        let page = format!("documentation = \"https://docs.rs/{}\"", name(&package));
        let features = "[package.metadata.docs.rs]\nall-features = true\n";
        for needed in [&page, features] {
            assert!(manifest.contains(needed), "{}: {needed}", package.display());
        }
    }
}

#[test]
fn a_crate_that_several_packages_name_has_its_version_in_the_workspace() {
    let mut named: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for package in packages() {
        let manifest = fs::read_to_string(package.join("Cargo.toml")).expect("a manifest");
        let sections = manifest.split("\n[").skip(1);
        let dependencies = sections.filter(|section| {
            let (head, _) = section.split_once(']').unwrap_or_default();
            head.ends_with("dependencies") && !head.starts_with("workspace")
        });
        for line in dependencies.flat_map(str::lines) {
            if let Some((name, how)) = line.split_once(" = ")
                && !how.contains("workspace = true")
            {
                let packages = named.entry(name.to_owned()).or_default();
                packages.insert(package.clone());
            }
        }
    }
    assert!(named.contains_key("progenitor-client"), "{named:?}");
    named.retain(|_, packages| packages.len() > 1);
    assert!(named.is_empty(), "{named:?}");
}

#[test]
fn each_package_and_each_tool_says_what_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tools = fs::read_dir(root.join("tools")).expect("the tools");
    let tools = tools.map(|entry| entry.expect("a tool").path());
    for package in packages().into_iter().chain(tools) {
        let readme = package.join("README.md");
        let text = fs::read_to_string(&readme);
        let text = text.unwrap_or_else(|e| panic!("{}: {e}", readme.display()));
        assert!(text.starts_with("# "), "{}", readme.display());
    }
}

#[test]
fn the_sdk_holds_the_schema_and_the_changes() {
    let files = files(Path::new(env!("CARGO_MANIFEST_DIR")));
    for needed in ["schema/copper.json", "CHANGELOG.md"] {
        assert!(files.iter().any(|file| file == needed), "{needed}");
    }
}
