//! The program `copper`. Its parts are in the library.

use std::{env, process::ExitCode};

#[tokio::main]
async fn main() -> ExitCode {
    copper_crm_cli::quiet_reader();
    copper_crm_cli::run(env::args_os()).await.into()
}
