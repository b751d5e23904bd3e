#![no_main]

#[path = "../checks/read.rs"]
mod read;

use libfuzzer_sys::fuzz_target;

// A panic of the library that reads workbooks is caught, and no finding.
fuzz_target!(
    init: copper_crm_cli::quiet_reader(),
    |bytes: &[u8]| read::workbook(bytes)
);
