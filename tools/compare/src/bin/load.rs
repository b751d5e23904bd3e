//! The cost of the client itself, without limits and with a fast server: leads per second, CPU time,
//! allocations and memory, compared with a handwritten loop, and their growth with the input and the number
//! of runs. Each figure comes from its own process; the server is another one.
//!
//! `cargo run --release --bin load -- [speed|growth|memory] [folder for the journal]`

use std::{env, fs, io, path::PathBuf};

use copper_crm_compare::{
    plot::{Line, plot},
    server::Server,
    work::{Cost, Work},
};

const LOAD: &str = "load";
const ALLOCATIONS: &str = "allocations";
const MIMALLOC: &str = "mimalloc";
const ROUNDS: usize = 5;
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance");

fn main() -> io::Result<()> {
    let mut args = env::args().skip(1);
    let what = args.next().unwrap_or_default();
    if what == "run" {
        Work::run(args, || (0, 0));
        return Ok(());
    }
    let server = Server::canned()?;
    let url = server.base_url();
    let folder = args.next().map_or_else(env::temp_dir, PathBuf::from);
    let all = what.is_empty();
    if all || what == "speed" {
        speed(&url)?;
    }
    if all || what == "memory" {
        memory(&url, folder)?;
    }
    if all || what == "growth" {
        growth(&url)?;
    }
    Ok(())
}

/// Leads in one run, on one thread.
fn work(ours: bool, leads: u64) -> Work {
    Work {
        ours,
        on_all_cores: false,
        leads,
        runs: 1,
        journal: None,
    }
}

/// The run of the median CPU time.
fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|a, b| a.cpu_micros_a_lead.total_cmp(&b.cpu_micros_a_lead));
    costs[costs.len() / 2]
}

fn line(name: &str, cost: &Cost) {
    println!(
        "{name:38} {:8.0} leads/s {:6.2} CPU µs/lead {:6.1} MiB",
        cost.leads_a_second,
        cost.cpu_micros_a_lead,
        cost.peak_kib / 1024.0
    );
}

/// Both sides, in turns: on one thread, on all cores, and on these with another allocator.
fn speed(url: &str) -> io::Result<()> {
    println!("100,000 leads, medians of {ROUNDS} rounds in turns");
    for (where_to, on_all_cores, program) in [
        ("one thread", false, LOAD),
        ("all cores", true, LOAD),
        ("all cores, mimalloc", true, MIMALLOC),
    ] {
        let work = |ours| Work {
            on_all_cores,
            ..work(ours, 100_000)
        };
        let (mut ours, mut others) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(work(true).measure(program, url)?);
            others.push(work(false).measure(program, url)?);
        }
        let (ours, others) = (median(ours), median(others));
        println!("{where_to}");
        line("copper-crm", &ours);
        line("reqwest and Value, 16 at once", &others);
        println!(
            "ours of the loop: {:.2} in speed, {:.2} in CPU time",
            ours.leads_a_second / others.leads_a_second,
            ours.cpu_micros_a_lead / others.cpu_micros_a_lead
        );
    }
    for (name, ours) in [("copper-crm", true), ("reqwest and Value", false)] {
        let counted = work(ours, 10_000).measure(ALLOCATIONS, url)?;
        println!(
            "{name:38} {:8.1} allocations/lead, {:.0} bytes/lead",
            counted.allocations_a_lead, counted.bytes_a_lead
        );
    }
    Ok(())
}

/// Peaks of ten thousand and of a million leads.
fn memory(url: &str, folder: PathBuf) -> io::Result<()> {
    println!("\npeak memory; journals in {}", folder.display());
    for journal in [None, Some(folder.join("copper-crm-compare.journal"))] {
        let mut peaks = Vec::new();
        for leads in [10_000, 1_000_000] {
            let cost = Work {
                journal: journal.clone(),
                ..work(true, leads)
            }
            .measure(LOAD, url)?;
            let with = if journal.is_some() {
                " with a journal"
            } else {
                ""
            };
            line(&format!("{leads} leads{with}"), &cost);
            peaks.push(cost.peak_kib);
        }
        println!("{:38} {:+.1} MiB", "", (peaks[1] - peaks[0]) / 1024.0);
    }
    Ok(())
}

/// Cost by the number of leads, and by the number of runs.
fn growth(url: &str) -> io::Result<()> {
    println!("\ngrowth");
    let mut points = (Points::default(), Points::default());
    for leads in [1_000, 10_000, 100_000, 1_000_000] {
        let times = if leads > 100_000 { 1 } else { ROUNDS };
        let name = format!("{leads} leads");
        both(
            url,
            &name,
            times,
            leads,
            |ours| work(ours, leads),
            &mut points,
        )?;
    }
    let (cpu, peaks) = points;
    save("cpu-by-leads.svg", "CPU time a lead", "leads", "µs", cpu)?;
    save("memory-by-leads.svg", "Peak memory", "leads", "MiB", peaks)?;

    by_runs(url, true)?;
    let (cpu, peaks) = by_runs(url, false)?;
    save(
        "cpu-by-runs.svg",
        "CPU time a lead",
        "runs at once on one client",
        "µs",
        cpu,
    )?;
    save(
        "memory-by-runs.svg",
        "Peak memory",
        "runs at once on one client",
        "MiB",
        peaks,
    )
}

/// The points of each side.
type Points = [Vec<(f64, f64)>; 2];

/// CPU time and memory by the number of runs.
fn by_runs(url: &str, on_all_cores: bool) -> io::Result<(Points, Points)> {
    println!(
        "{}",
        if on_all_cores {
            "all cores"
        } else {
            "one thread"
        }
    );
    let mut points = (Points::default(), Points::default());
    for runs in [1, 10, 100] {
        let work = |ours| Work {
            runs,
            on_all_cores,
            ..work(ours, 200_000)
        };
        both(
            url,
            &format!("{runs} runs at once"),
            3,
            runs,
            work,
            &mut points,
        )?;
    }
    Ok(points)
}

/// Measures each side so many times, and adds the median's CPU time and memory at `x`.
fn both(
    url: &str,
    name: &str,
    times: usize,
    x: u64,
    work: impl Fn(bool) -> Work,
    (cpu, peaks): &mut (Points, Points),
) -> io::Result<()> {
    for (n, (side, ours)) in [("ours", true), ("the loop", false)]
        .into_iter()
        .enumerate()
    {
        let costs: io::Result<_> = (0..times).map(|_| work(ours).measure(LOAD, url)).collect();
        let cost = median(costs?);
        line(&format!("{name}, {side}"), &cost);
        cpu[n].push((x as f64, cost.cpu_micros_a_lead));
        peaks[n].push((x as f64, cost.peak_kib / 1024.0));
    }
    Ok(())
}

fn save(file: &str, title: &str, x: &str, y: &str, [ours, others]: Points) -> io::Result<()> {
    fs::create_dir_all(FOLDER)?;
    let lines = [
        Line {
            name: "copper-crm",
            points: ours,
        },
        Line {
            name: "reqwest and Value",
            points: others,
        },
    ];
    fs::write(format!("{FOLDER}/{file}"), plot(title, x, y, &lines))
}
