//! An import in a process of its own, which can be killed. The process is this very test program, told
//! by its environment to be the child, and it writes each outcome into a file as soon as it has it: what
//! a killed process has written is there all the same.

use std::{
    env,
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::Reconcile,
    limit::{AppliesTo, Limit},
    types::{Email, Lead, LeadStatusId},
};
use copper_crm_sandbox::Sandbox;

use super::place::Place;

/// The test below, by which the test program becomes the child.
const TEST: &str = "support::child::a_child_imports_what_it_is_told_to";
const LIMITS: &str = "CHILD_LIMITS";
const JOURNAL: &str = "CHILD_JOURNAL";
const REPORT: &str = "CHILD_REPORT";
const LEADS: &str = "CHILD_LEADS";
const CHUNK: &str = "CHILD_CHUNK";
/// By which of `email`, `tag` and `field` the child looks up what is in doubt; not at all where it is absent.
pub const RECONCILE: &str = "CHILD_RECONCILE";
/// Longer than the search of any sandbox lags whose imports are reconciled.
const ABSENT: Duration = Duration::from_millis(300);

/// The `n`th lead of every input. Some are such that Copper rejects them, for their status.
pub fn lead(n: usize) -> NewLead {
    NewLead {
        status_id: is_rejected(n).then_some(LeadStatusId(9)),
        ..NewLead::named(name(n))
    }
}

pub fn name(n: usize) -> String {
    format!("Lead {n}")
}

pub fn is_rejected(n: usize) -> bool {
    n % 7 == 3
}

/// A child that imports so many leads in requests of `chunk`.
pub fn command(
    sandbox: &Sandbox,
    journal: &Place,
    report: &Path,
    leads: usize,
    chunk: usize,
) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program"));
    let limits: Vec<_> = sandbox.limits().iter().map(told_limit).collect();
    command
        .args(["--exact", TEST, "--nocapture", "--test-threads=1"])
        .env("COPPER_BASE_URL", sandbox.base_url())
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email())
        .env(LIMITS, limits.join(","))
        .env(JOURNAL, journal.told())
        .env(REPORT, report)
        .env(LEADS, leads.to_string())
        .env(CHUNK, chunk.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

fn reconciliation(way: &str) -> Reconcile {
    let way = match way {
        "email" => Reconcile::by_email(),
        "tag" => Reconcile::by_tag("import"),
        _ => Reconcile::by_custom_field(7, |lead: &NewLead| lead.name.clone()),
    };
    way.absent_after(ABSENT).send_again()
}

/// What the child does. Nothing where this process is no child.
#[tokio::test]
async fn a_child_imports_what_it_is_told_to() {
    let Some(journal) = env::var_os(JOURNAL) else {
        return;
    };
    let told = |name| env::var(name).expect("the parent says it");
    let number = |name| told(name).parse::<usize>().expect("a number");
    let report: PathBuf = told(REPORT).into();
    let mut report = OpenOptions::new()
        .create(true)
        .append(true)
        .open(report)
        .expect("the report");
    let way = env::var(RECONCILE).ok();
    let with_email = way.as_deref() == Some("email");
    let leads = (0..number(LEADS)).map(move |n| NewLead {
        email: with_email.then(|| Email::new(format!("{n}@example.com"))),
        ..lead(n)
    });
    let mut run = copper()
        .bulk_create_leads(leads)
        .chunk_size(number(CHUNK))
        .journal(Place::heard(journal));
    if let Some(way) = way {
        run = run.reconcile(reconciliation(&way));
    }
    while let Some(item) = run.next().await {
        let line = format!("{} {}\n", item.index, word(&item.outcome));
        report.write_all(line.as_bytes()).expect("it is written");
    }
    let stopped = run.stopped_by().map(|by| format!(" {by}"));
    let line = format!("end{}\n", stopped.unwrap_or_default());
    report.write_all(line.as_bytes()).expect("it is written");
}

fn copper() -> Copper {
    let told = |name| env::var(name).expect("the parent says it");
    Copper::builder(told("COPPER_ACCESS_TOKEN"), told("COPPER_USER_EMAIL"))
        .base_url(told("COPPER_BASE_URL"))
        .limits(told(LIMITS).split(',').filter_map(limit))
        .build()
        .expect("a client")
}

fn told_limit(limit: &Limit) -> String {
    let bulk = limit.applies_to == AppliesTo::Bulk;
    format!("{bulk} {} {}", limit.requests, limit.window.as_micros())
}

fn limit(told: &str) -> Option<Limit> {
    let mut words = told.split(' ');
    let applies_to = match words.next()? {
        "true" => AppliesTo::Bulk,
        _ => AppliesTo::All,
    };
    Some(Limit {
        applies_to,
        requests: words.next()?.parse().ok()?,
        window: Duration::from_micros(words.next()?.parse().ok()?),
    })
}

/// An outcome in few words, the same for the same outcome of any start.
pub fn word(outcome: &Outcome<Lead>) -> String {
    match outcome {
        Outcome::Done(lead) => format!("done {}", *lead.id),
        Outcome::Rejected(why) => {
            let fields: Vec<_> = why.fields().into_keys().collect();
            format!("rejected {}", fields.join(","))
        }
        Outcome::NotSent(_) => "not-sent".to_owned(),
        Outcome::Unknown(_) => "unknown".to_owned(),
    }
}
