//! The same build script that built this crate, run on a document of a test.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The document that this crate was built from.
pub const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/copper.json"));

/// The program. Cargo keeps it in a folder next to the one that it wrote to, and older ones next to it.
fn program() -> PathBuf {
    let builds = Path::new(env!("OUT_DIR")).ancestors().nth(2);
    let builds = fs::read_dir(builds.expect("a folder of builds")).expect("its folders");
    let built = builds.filter_map(|folder| {
        let folder = folder.ok()?;
        let name = folder.file_name();
        let ours = name
            .to_str()?
            .starts_with(concat!(env!("CARGO_PKG_NAME"), "-"));
        let program = folder.path().join("build-script-build");
        let built = program.metadata().ok()?.modified().ok()?;
        ours.then_some((built, program))
    });
    built.max().expect("a build script").1
}

/// Runs it on the file at `schema`, with output to `out`.
pub fn run(schema: &str, out: &Path) -> Output {
    Command::new(program())
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
