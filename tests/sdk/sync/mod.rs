//! A sync against the sandbox sends only differences.

mod again;
mod cost;
mod deadline;
mod faults;
mod killed;
mod kinds;
mod memory;
mod outcomes;
mod walk;

use std::{collections::BTreeMap, env};

use copper_crm::{
    Copper, NewLead,
    sync::{Sync, SyncOutcome, SyncRecord, SyncRun, Synced},
};
use copper_crm_sandbox::Sandbox;
use serde_json::Value;

/// A record of the source.
fn record(name: &str) -> NewLead {
    NewLead::named(name).email(format!("{name}@example.com"))
}

/// The record of a number, of which the tests of large inputs make many.
fn numbered(n: usize, title: &str) -> NewLead {
    NewLead::named(format!("Lead {n}"))
        .email(format!("lead{n}@example.com"))
        .title(title)
}

/// The number in an environment variable.
fn number(name: &str, otherwise: usize) -> usize {
    env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

async fn all<R: SyncRecord>(run: &mut SyncRun<'_, R>) -> Vec<Synced<R>> {
    let mut all = Vec::new();
    while let Some(item) = run.next().await {
        assert_eq!(item.index, all.len() as u64, "in the order of the input");
        all.push(item);
    }
    all
}

/// Syncs by e-mail address, and returns one word for each outcome.
async fn sync(copper: &Copper, records: Vec<NewLead>, sync: Sync) -> Vec<&'static str> {
    let mut run = copper.sync_leads(records, sync);
    let outcomes = all(&mut run).await;
    assert_eq!(run.summary().total(), outcomes.len() as u64);
    outcomes.iter().map(|item| word(&item.outcome)).collect()
}

fn word<R: SyncRecord>(outcome: &SyncOutcome<R>) -> &'static str {
    match outcome {
        SyncOutcome::Created(_) => "created",
        SyncOutcome::Updated(_) => "updated",
        SyncOutcome::Unchanged { .. } => "unchanged",
        SyncOutcome::Rejected(_) => "rejected",
        SyncOutcome::NotSent(_) => "not sent",
        SyncOutcome::Unknown(_) => "unknown",
    }
}

/// The number of requests that arrived for each operation.
fn requests(sandbox: &Sandbox) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for arrival in sandbox.arrivals() {
        *counts
            .entry(arrival.operation.unwrap_or("none"))
            .or_default() += 1;
    }
    counts
}

/// Returns the lead with this name.
fn lead(sandbox: &Sandbox, name: &str) -> Value {
    let leads = sandbox.leads();
    let mut of_it = leads.into_iter().filter(|lead| lead["name"] == name);
    let lead = of_it.next().expect("it is there");
    assert!(of_it.next().is_none(), "{name} is there twice");
    lead
}
