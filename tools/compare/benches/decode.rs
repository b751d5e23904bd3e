//! The time to read a bulk answer of ten items. `src/bin/decode.rs` counts instructions.

use copper_crm_compare::decoders::{CASES, Case, Text, Way};
use divan::Bencher;

fn main() {
    divan::main();
}

fn read(bencher: Bencher<'_, '_>, case: &str, way: Way) {
    let case: Case = CASES
        .into_iter()
        .find(|it| it.name == case)
        .expect("a case");
    let text = Text::new(case, way);
    bencher.bench_local(|| text.read());
}

const NAMES: [&str; 3] = [CASES[0].name, CASES[1].name, CASES[2].name];

#[divan::bench(args = NAMES)]
fn ours(bencher: Bencher<'_, '_>, case: &str) {
    read(bencher, case, Way::Ours);
}

#[divan::bench(args = NAMES)]
fn typed(bencher: Bencher<'_, '_>, case: &str) {
    read(bencher, case, Way::Typed);
}

#[divan::bench(args = NAMES)]
fn untagged(bencher: Bencher<'_, '_>, case: &str) {
    read(bencher, case, Way::Untagged);
}

#[divan::bench(args = NAMES)]
fn value(bencher: Bencher<'_, '_>, case: &str) {
    read(bencher, case, Way::Value);
}
