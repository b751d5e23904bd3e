//! Counts the instructions for reading a bulk answer of ten items, with valgrind's callgrind. It also
//! measures the time of each way in turns, so that other work on the machine affects all alike.
//!
//! `cargo run --release --bin decode`

use std::{
    env,
    process::Command,
    time::{Duration, Instant},
};

use copper_crm_compare::decoders::{CASES, Case, Text, WAYS, Way};

const ROUNDS: usize = 301;
const READS_A_ROUND: u32 = 50;
/// Reads of a short and of a long run under callgrind. Their difference does not include the start.
const COUNTED: [u64; 2] = [20, 120];

fn main() {
    let args: Vec<usize> = env::args()
        .skip(1)
        .filter_map(|it| it.parse().ok())
        .collect();
    if let [case, way, reads] = args[..] {
        let text = Text::new(CASES[case], WAYS[way]);
        (0..reads).for_each(|_| text.read());
        return;
    }
    println!("of typed: instructions (and time); ours of untagged");
    for (n, case) in CASES.into_iter().enumerate() {
        let counts: Vec<f64> = (0..WAYS.len())
            .filter_map(|way| instructions(n, way))
            .collect();
        let times = times(case);
        print!("{:20}", case.name);
        for (m, way) in WAYS.into_iter().enumerate() {
            let of = |list: &[f64], other: usize| match (list.get(m), list.get(other)) {
                (Some(this), Some(other)) => format!("{:.3}", this / other),
                _ => "?".to_owned(),
            };
            let typed = 1;
            print!(
                " | {way:?} {:>6} ({:>6})",
                of(&counts, typed),
                of(&times, typed)
            );
            if way == Way::Ours {
                print!(" {:>6} ({:>6})", of(&counts, 2), of(&times, 2));
            }
        }
        let thousands = counts.iter().map(|it| format!("{:.0}", it / 1e3));
        println!(
            " | thousand instructions: {}",
            thousands.collect::<Vec<_>>().join(" ")
        );
    }
}

/// The median of the rounds' times, by way.
fn times(case: Case) -> Vec<f64> {
    let texts = WAYS.map(|way| Text::new(case, way));
    let mut times = vec![Vec::new(); WAYS.len()];
    for _ in 0..ROUNDS {
        for (text, times) in texts.iter().zip(&mut times) {
            let start = Instant::now();
            (0..READS_A_ROUND).for_each(|_| text.read());
            times.push(start.elapsed());
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    };
    times.into_iter().map(median).collect()
}

/// Instructions for one read; none if there is no valgrind.
fn instructions(case: usize, way: usize) -> Option<f64> {
    let count = |reads: u64| -> Option<u64> {
        let run = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(env::current_exe().ok()?)
            .args([case.to_string(), way.to_string(), reads.to_string()])
            .output()
            .ok()?;
        let words = String::from_utf8(run.stderr).ok()?;
        let collected = words.split("Collected :").nth(1)?;
        collected.split_whitespace().next()?.parse().ok()
    };
    let [few, many] = COUNTED;
    Some((count(many)? - count(few)?) as f64 / (many - few) as f64)
}
