//! Generates the client, the types and the constants that the handwritten layer uses from
//! `schema/copper.json`, so that no limit, path or field name is written twice.
//!
//! `document` checks what the generator would not check, `client` runs progenitor, and `calls`, `constants` and
//! `endpoints` write the rest. Every failure is one sentence that names the file and the place in it.

#[path = "schema/codegen/calls.rs"]
mod calls;
#[path = "schema/codegen/client.rs"]
mod client;
#[path = "schema/codegen/constants.rs"]
mod constants;
#[path = "schema/codegen/constructors.rs"]
mod constructors;
#[path = "schema/codegen/document.rs"]
mod document;
#[path = "schema/codegen/endpoints.rs"]
mod endpoints;
#[path = "schema/codegen/extensions.rs"]
mod extensions;
#[path = "schema/codegen/operations.rs"]
mod operations;
#[path = "schema/codegen/other_tools.rs"]
mod other_tools;
#[path = "schema/codegen/readers.rs"]
mod readers;
#[path = "schema/codegen/sets.rs"]
mod sets;
#[path = "schema/codegen/setters.rs"]
mod setters;

use std::{env, fs, path::PathBuf, process::exit};

use document::Document;

/// The variable with which a user builds with their own copy of the schema.
const OVERRIDE: &str = "COPPER_CRM_SCHEMA";

fn main() {
    if let Err(why) = build() {
        println!("cargo::error={}", why.replace('\n', " "));
        exit(1);
    }
}

fn build() -> Result<(), String> {
    for input in ["build.rs", "schema/codegen"] {
        println!("cargo::rerun-if-changed={input}");
    }
    println!("cargo::rerun-if-env-changed={OVERRIDE}");
    let path = schema_path()?;
    println!("cargo::rerun-if-changed={}", path.display());

    let name = path.display().to_string();
    let text =
        fs::read_to_string(&path).map_err(|e| format!("{name}: the schema can't be read: {e}"))?;
    let in_file = |why: String| format!("{name}: {why}");
    let document = Document::read(&text).map_err(in_file)?;
    let generated = client::generate(&document).map_err(in_file)?;
    let constants = constants::generate(&document).map_err(in_file)?;
    let endpoints = endpoints::generate(&document).map_err(in_file)?;

    let out =
        PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set; run this through cargo")?);
    let write = |file: &str, text: &str| {
        fs::write(out.join(file), text).map_err(|e| format!("{file} can't be written: {e}"))
    };
    write("types.rs", &generated.types)?;
    write("client.rs", &generated.client)?;
    write("calls.rs", &generated.calls.calls)?;
    write("blocking_calls.rs", &generated.calls.blocking)?;
    write("constants.rs", &constants)?;
    write("endpoints.rs", &endpoints)?;
    write("copper.json", &text)
}

fn schema_path() -> Result<PathBuf, String> {
    let Some(own) = env::var_os(OVERRIDE).filter(|value| !value.is_empty()) else {
        // Relative, so that no path of this machine becomes a part of the build's fingerprint.
        return Ok(PathBuf::from("schema/copper.json"));
    };
    let own = PathBuf::from(own);
    if own.is_absolute() {
        Ok(own)
    } else {
        Err(format!(
            "{OVERRIDE} is `{}`: give an absolute path, for a relative one would be looked up in this crate's own folder",
            own.display()
        ))
    }
}
