#![no_main]

#[path = "../checks/import.rs"]
mod import;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| import::csv(bytes));
