//! The program `copper`: `copper import FILE` loads a file, `copper sandbox` serves a Copper to test on.

#![allow(missing_docs)]

mod import;
mod sandbox;

use std::{env, process::ExitCode};

#[tokio::main]
async fn main() -> ExitCode {
    let mut args = env::args_os().skip(1).peekable();
    let command = args.next().unwrap_or_default();
    match command.to_str() {
        Some("import") => import::main(args).await,
        Some("sandbox") => sandbox::main(args.map(|arg| arg.to_string_lossy().into_owned())).await,
        _ => {
            eprintln!("copper import FILE, or copper sandbox; each has --help");
            ExitCode::from(2)
        }
    }
}
