//! The very build script that built this crate, run on a document of a test's.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const BUILD_SCRIPT: &str = include_str!(concat!(env!("OUT_DIR"), "/build-script.path"));

/// The document that this crate was built from.
pub const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/copper.json"));

/// Runs it on the file at `schema`; what it makes goes to `out`.
pub fn run(schema: &str, out: &Path) -> Output {
    Command::new(BUILD_SCRIPT)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("OUT_DIR", out)
        .env("COPPER_CRM_SCHEMA", schema)
        .output()
        .expect("the build script runs")
}

/// Writes `text` to the folder `out` and runs it on that.
pub fn run_on(text: &str, out: &Path) -> Output {
    let schema = out.join("own.json");
    fs::write(&schema, text).expect("the schema is written");
    run(schema.to_str().expect("a plain path"), out)
}

/// The sentence with which it failed.
pub fn sentence(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let heard = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it must fail: {said}");
    assert!(
        !heard.contains("panicked"),
        "a sentence, not a backtrace: {heard}"
    );
    let error = said
        .lines()
        .find_map(|line| line.strip_prefix("cargo::error="))
        .unwrap_or_else(|| panic!("no error in {said}"));
    error.to_owned()
}
