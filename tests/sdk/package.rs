//! What a user downloads: the code, the schema, the licences, and nothing heavy. That it builds by itself
//! is tried by `scripts/package`.

use std::{fs, path::Path, process::Command};

use insta::assert_snapshot;

/// Unpacked, in bytes: about twice what it was when this was written.
const LARGEST: u64 = 2_000_000;
/// Of one file. The lock file and the schema are the largest.
const LARGEST_FILE: u64 = 300_000;

/// The files of the package, but for those that cargo makes.
fn files() -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["package", "--list", "--allow-dirty", "--quiet"])
        .output()
        .expect("cargo runs");
    let heard = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{heard}");
    let list = String::from_utf8_lossy(&output.stdout);
    let made = [".cargo_vcs_info.json", "Cargo.toml.orig"];
    list.lines()
        .map(|file| file.replace('\\', "/"))
        .filter(|file| !made.contains(&file.as_str()))
        .collect()
}

#[test]
fn the_package_holds_what_is_listed() {
    assert_snapshot!("files", files().join("\n"));
}

#[test]
fn the_package_holds_the_schema_and_the_licences_and_nothing_heavy() {
    let files = files();
    for needed in [
        "schema/copper.json",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "CHANGELOG.md",
    ] {
        assert!(files.iter().any(|file| file == needed), "{needed}");
    }
    let mut sum = 0;
    for file in files {
        let size = fs::metadata(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file));
        let size = size.expect("it is there").len();
        assert!(size <= LARGEST_FILE, "{file} has {size} bytes");
        sum += size;
    }
    assert!(sum <= LARGEST, "{sum} bytes in all");
}
