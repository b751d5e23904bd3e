//! A sync in a process of its own that is killed by SIGKILL at random moments, while faults occur and others create and
//! change leads. The next start continues, no lead is there twice, nothing is erased, and `Unchanged` is true.
//!
//! `SYNC_KILLS=1000 cargo test …` sets the number of rounds.

use std::{
    env,
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use copper_crm::{
    Copper, NewLead,
    limit::{AppliesTo, Limit},
    sync::{Sync, SyncOutcome},
    types::LeadUpdate,
};
use copper_crm_sandbox::{Fault, Sandbox, When};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use serde_json::json;
use tokio::time::sleep;

use super::{record, word};
use crate::support::{folder::Folder, held::held, seed::seed};

/// The name of the test below. The child process runs only this test.
const CHILD: &str = "sync::killed::a_child_syncs_what_it_is_told_to";
const JOURNAL: &str = "SYNC_CHILD_JOURNAL";
const REPORT: &str = "SYNC_CHILD_REPORT";
const SEED: &str = "SYNC_CHILD_SEED";
const LEADS: usize = 120;
/// The most starts of a round. No round should need as many.
const MOST_STARTS: usize = 30;
const FAULTS: [Fault; 5] = [
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::CutOff,
    Fault::ErrorBefore(503),
    Fault::ErrorAfter(502),
];
const OPERATIONS: [&str; 3] = ["bulk_create_leads", "bulk_update_leads", "search_leads"];

/// The record number `n` of the input for this seed.
fn of(n: usize, seed: u64) -> NewLead {
    let version = SmallRng::seed_from_u64(seed ^ n as u64).random_range(0..4);
    record(&format!("lead{n}")).title(format!("title {version}"))
}

/// The work of the child process. Does nothing in other processes.
#[tokio::test]
async fn a_child_syncs_what_it_is_told_to() {
    let Some(journal) = env::var_os(JOURNAL) else {
        return;
    };
    let told = |name| env::var(name).expect("the parent says it");
    let limits = [AppliesTo::All, AppliesTo::Bulk].map(|applies_to| Limit {
        applies_to,
        requests: 1_000,
        window: Duration::from_millis(1),
    });
    let copper = Copper::builder(told("COPPER_ACCESS_TOKEN"), told("COPPER_USER_EMAIL"))
        .base_url(told("COPPER_BASE_URL"))
        .limits(limits)
        .build()
        .expect("a client");
    let seed = told(SEED).parse().expect("a number");
    let report: PathBuf = told(REPORT).into();
    let report = OpenOptions::new().create(true).append(true).open(report);
    let mut report = report.expect("the report");
    let absent = Duration::from_millis(500);
    let sync = Sync::by_email().absent_after(absent).send_again();
    let records = (0..LEADS).map(|n| of(n, seed));
    let mut run = copper.sync_leads(records, sync).journal(journal);
    while let Some(item) = run.next().await {
        let id = match &item.outcome {
            SyncOutcome::Created(lead) => lead.id.0,
            SyncOutcome::Updated(updated) => updated.record.id.0,
            SyncOutcome::Unchanged { id } => id.0,
            _ => 0,
        };
        let line = format!(
            "{} {} {id}\n",
            item.index,
            word(&item.outcome).replace(' ', "-")
        );
        report.write_all(line.as_bytes()).expect("it is written");
    }
    report.write_all(b"end\n").expect("it is written");
}

fn child(sandbox: &Sandbox, journal: &Path, report: &Path, seed: u64) -> Child {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command
        .args(["--exact", CHILD, "--nocapture", "--test-threads=1"])
        .env("COPPER_BASE_URL", sandbox.base_url())
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email())
        .env(JOURNAL, journal)
        .env(REPORT, report)
        .env(SEED, seed.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command.spawn().expect("a child")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_is_killed_at_any_moment_is_carried_to_its_end() {
    let rounds = env::var("SYNC_KILLS").map_or(3, |rounds| rounds.parse().expect("a number"));
    let first = seed();
    let (mut starts, mut kills) = (0, 0);
    for seed in (first..).take(rounds) {
        println!("TEST_SEED={seed} SYNC_KILLS=1");
        let (of_it, killed) = round(seed).await;
        starts += of_it;
        kills += killed;
    }
    println!("{rounds} rounds, {starts} starts, {kills} of them killed");
}

async fn round(seed: u64) -> (usize, usize) {
    let mut chance = SmallRng::seed_from_u64(seed);
    let lag = Duration::from_millis(if chance.random_bool(0.5) { 0 } else { 20 });
    let limit = |applies_to| Limit {
        applies_to,
        requests: 1_000_000,
        window: Duration::from_secs(1),
    };
    let sandbox = Sandbox::builder()
        .limits([AppliesTo::All, AppliesTo::Bulk].map(limit))
        .search_lag(Duration::ZERO, lag)
        .seed(chance.random())
        .start()
        .await
        .expect("a sandbox");
    let others = sandbox.copper().build().expect("a client");
    for n in 0..chance.random_range(0..LEADS) {
        let lead = json!({
            "name": format!("lead{n}"), "title": "title 0", "company_name": "theirs", "details": "theirs",
            "email": {"email": format!("lead{n}@example.com"), "category": "work"},
        });
        sandbox.put("leads", &lead).expect("put");
    }
    // A sync does not see leads that the search does not show yet.
    sleep(lag).await;
    let folder = Folder::new();
    let (journal, report) = (folder.file("journal"), folder.file("report"));
    let (mut starts, mut kills, mut to_kill) = (0, 0, chance.random_range(1..=4));
    loop {
        starts += 1;
        assert!(starts <= MOST_STARTS, "it does not come to an end");
        sandbox.clear_faults();
        if to_kill > 0 {
            let fault = FAULTS.choose(&mut chance).expect("one").clone();
            let operation = OPERATIONS.choose(&mut chance).expect("one");
            sandbox.inject(fault, When::randomly(0.2).of(*operation));
        }
        let _ = fs::remove_file(&report);
        let mut child = child(&sandbox, &journal, &report, seed);
        let after = sandbox.arrivals().len() + chance.random_range(0..30);
        let killed = loop {
            if child.try_wait().expect("the child").is_some() {
                break false;
            }
            if to_kill > 0 && sandbox.arrivals().len() >= after {
                sleep(Duration::from_millis(chance.random_range(0..4))).await;
                child.kill().expect("it is killed");
                child.wait().expect("it is dead");
                to_kill -= 1;
                kills += 1;
                break true;
            }
            meddle(&sandbox, &others, &mut chance).await;
            sleep(Duration::from_millis(1)).await;
        };
        // The sandbox still handles requests that were in flight.
        sleep(Duration::from_millis(100) + lag).await;
        let told = fs::read_to_string(&report).unwrap_or_default();
        check(&sandbox, &told, seed);
        let ended = told.ends_with("end\n");
        assert!(killed || ended, "the child ends well");
        let is_open = told.contains("unknown") || told.contains("not-sent");
        // If nothing is left to send, a start may end before it can be killed.
        if ended && !is_open {
            break;
        }
    }
    let held = held(&sandbox);
    for n in 0..LEADS {
        let wanted = of(n, seed);
        assert!(held.contains_key(&wanted.name), "{} is there", wanted.name);
        let lead = super::lead(&sandbox, &wanted.name);
        assert_eq!(lead["title"], json!(wanted.title));
        let was_there = lead["company_name"] == "theirs";
        let kept = lead["details"]
            .as_str()
            .is_some_and(|text| text.starts_with("theirs"));
        assert!(!was_there || kept, "nothing is erased: {lead}");
    }
    (starts, kills)
}

/// Creates leads that are in no input, and changes fields that no record names, as others would.
async fn meddle(sandbox: &Sandbox, others: &Copper, chance: &mut SmallRng) {
    if chance.random_bool(0.02) {
        let name = format!("other{}", chance.random::<u64>());
        let _ = others.create_lead(&record(&name)).await;
    }
    if chance.random_bool(0.02)
        && let Some(lead) = sandbox.leads().choose(chance)
    {
        let update = LeadUpdate::default().details(format!("theirs {}", chance.random::<u32>()));
        let _ = others
            .update_lead(lead["id"].as_i64().expect("an id"), &update)
            .await;
    }
}

/// Checks that the reported outcomes are true: each lead is there once, and changed and unchanged leads have the title
/// of the input.
fn check(sandbox: &Sandbox, told: &str, seed: u64) {
    let held = held(sandbox);
    for line in told.lines().filter(|line| *line != "end") {
        let mut words = line.split(' ');
        let mut next = || words.next().unwrap_or_default();
        let (Ok(n), outcome, id) = (next().parse(), next(), next()) else {
            continue;
        };
        let wanted = of(n, seed);
        if ["created", "updated", "unchanged"].contains(&outcome) {
            assert_eq!(
                held.get(&wanted.name).map(i64::to_string).as_deref(),
                Some(id)
            );
            assert_eq!(
                super::lead(sandbox, &wanted.name)["title"],
                json!(wanted.title)
            );
        }
    }
}
