//! The program `copper`. Its parts are in the library.

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    copper_crm_cli::quiet_reader();
    copper_crm_cli::runtime::block_on(copper_crm_cli::run(env::args_os())).into()
}
