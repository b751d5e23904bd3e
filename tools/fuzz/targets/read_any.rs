#![no_main]

#[path = "../checks/read.rs"]
mod read;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| read::any(bytes));
