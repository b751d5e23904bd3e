//! A random walk: syncs with faults, stops and drops at random moments, while others create and change leads. In every
//! case no lead is there twice, nothing is erased, and the outcomes are true.
//!
//! `SYNC_ROUNDS=1000 cargo test …` sets the number of rounds. `TEST_SEED=…` repeats a walk.

use std::{env, time::Duration};

use copper_crm::{
    NewLead,
    sync::{Sync, SyncOutcome},
    types::LeadUpdate,
};
use copper_crm_sandbox::{Fault, Sandbox, When};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use serde_json::json;

use super::{record, word};
use crate::support::{folder::Folder, held::held, seed::seed};

const FAULTS: [Fault; 7] = [
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::CloseAfter,
    Fault::CutOff,
    Fault::ErrorBefore(503),
    Fault::ErrorAfter(502),
    Fault::TooManyRequests { retry_after: None },
];
const OPERATIONS: [&str; 3] = ["bulk_create_leads", "bulk_update_leads", "search_leads"];
const NAMES: usize = 40;

/// The record with this number, in this version.
fn of(number: usize, version: u32) -> NewLead {
    let record = record(&format!("lead{number}")).title(format!("title {version}"));
    record.tags([format!("tag{}", version % 3)])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_nothing_is_there_twice_and_nothing_is_erased() {
    let rounds = env::var("SYNC_ROUNDS").map_or(12, |rounds| rounds.parse().expect("a number"));
    let mut chance = SmallRng::seed_from_u64(seed());
    for round in 0..rounds {
        walk(&mut chance, round).await;
    }
}

async fn walk(chance: &mut SmallRng, round: usize) {
    let lag = Duration::from_millis(if chance.random_bool(0.5) { 0 } else { 20 });
    let sandbox = Sandbox::builder()
        .scale(0.001)
        .search_lag(Duration::ZERO, lag)
        .seed(chance.random())
        .start()
        .await
        .expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let others = sandbox.copper().build().expect("a client");
    let folder = Folder::new();
    // Some leads exist before, with values in fields that no record names.
    for number in 0..chance.random_range(0..NAMES) {
        let mut lead = of(number, 0).details("theirs");
        lead.company_name = Some("Dunder Mifflin".to_owned());
        others.create_lead(&lead).await.expect("created");
    }
    tokio::time::sleep(lag).await;
    let versions: Vec<u32> = (0..NAMES).map(|_| chance.random_range(0..4)).collect();
    let records: Vec<NewLead> = versions
        .iter()
        .enumerate()
        .map(|(number, version)| of(number, *version))
        .collect();
    let journal = folder.file(format!("{round}.journal"));
    let mut ended = false;
    for start in 0..8 {
        sandbox.clear_faults();
        if start < 7 {
            for _ in 0..chance.random_range(0..3) {
                let fault = FAULTS.choose(chance).expect("one").clone();
                let operation = OPERATIONS.choose(chance).expect("one");
                sandbox.inject(fault, When::randomly(0.3).of(*operation));
            }
        }
        let absent = Duration::from_millis(300);
        let sync = Sync::by_email().absent_after(absent).send_again();
        let mut run = copper.sync_leads(records.clone(), sync).journal(&journal);
        let polled = chance.random_range(0..NAMES * 3);
        let stops = chance.random_bool(0.3);
        let mut words = Vec::new();
        while let Some(item) = run.next().await {
            if let SyncOutcome::Unchanged { id } = &item.outcome {
                let leads = sandbox.leads();
                let lead = leads
                    .iter()
                    .find(|lead| lead["id"] == id.0)
                    .expect("it is there");
                assert_eq!(lead["title"], json!(item.input.title), "unchanged is true");
                assert_eq!(lead["tags"], json!(item.input.tags), "unchanged is true");
            }
            words.push(word(&item.outcome));
            if start < 7 && words.len() > polled {
                if !stops {
                    break;
                }
                run.stop();
            }
            // Others change a field that no record names.
            if words.len() % 10 == 0 {
                let leads = sandbox.leads();
                if let Some(lead) = leads.choose(chance) {
                    let id = lead["id"].as_i64().expect("an id");
                    let update = LeadUpdate::default().details(format!("theirs {start}"));
                    let _ = others.update_lead(id, &update).await;
                }
            }
        }
        drop(run);
        // The sandbox still handles requests that were in flight.
        tokio::time::sleep(Duration::from_millis(30) + lag).await;
        held(&sandbox);
        ended = words.len() == NAMES
            && !words
                .iter()
                .any(|word| ["unknown", "not sent"].contains(word));
        if ended && start < 6 {
            break;
        }
    }
    assert!(ended, "without faults it comes to its end");
    // Each lead is there once, with the values of the source.
    assert_eq!(held(&sandbox).len(), NAMES);
    let titles = |number: usize| json!(format!("title {}", versions[number]));
    for (number, _) in versions.iter().enumerate() {
        let lead = super::lead(&sandbox, &format!("lead{number}"));
        assert_eq!(lead["title"], titles(number));
        let company = &lead["company_name"];
        assert!(company == "Dunder Mifflin" || company.is_null());
        let kept = lead["details"]
            .as_str()
            .is_some_and(|details| details.starts_with("theirs"));
        assert!(kept || company.is_null(), "nothing is erased: {lead}");
    }
}
