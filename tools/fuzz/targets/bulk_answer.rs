#![no_main]

use copper_crm::bulk::hostile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| hostile::bulk_answer(bytes));
