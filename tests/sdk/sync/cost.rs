//! The requests and the time that a sync takes, for different numbers of leads that differ: with Copper's limits, in
//! virtual time. `SYNC_LEADS=50000 cargo test …` sets the number of leads; `--nocapture` prints the figures.
//! `SYNC_BESIDE` sets another number of leads: for these, it also measures upserts and single searches.

use std::time::Duration;

use copper_crm::{
    Copper, NewLead,
    bulk::MatchBy,
    sync::{Policies, Sync},
    types::{LeadSearch, LeadUpdate},
};
use copper_crm_sandbox::Sandbox;
use serde_json::json;
use tokio::time::Instant;

use super::{all, number, numbered};
use crate::support::clock::in_virtual_time;

/// An account with `count` clerks, and an input in which `percent` percent of them are managers.
async fn start(count: usize, percent: usize) -> (Sandbox, Copper, impl Iterator<Item = NewLead>) {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    for n in 0..count {
        let lead = json!({
            "name": format!("Lead {n}"), "title": "Clerk", "date_created": 1_600_000_000 + n * 60,
            "email": {"email": format!("lead{n}@example.com"), "category": "work"},
        });
        sandbox.put("leads", &lead).expect("it is put");
    }
    let copper = sandbox.copper().build().expect("a client");
    let title = move |n: usize| {
        if n % 100 < percent {
            "Manager"
        } else {
            "Clerk"
        }
    };
    let records = (0..count).map(move |n| numbered(n, title(n)));
    (sandbox, copper, records)
}

fn print(what: &str, count: usize, percent: usize, requests: usize, time: Duration) {
    let seconds = time.as_secs_f64();
    println!("{what} of {count}, {percent} % differ: {requests} requests, {seconds:.1} s");
}

#[test]
fn a_sync_costs_a_request_for_two_hundred_leads_and_one_for_ten_that_differ() {
    let count = number("SYNC_LEADS", 1_000);
    for percent in [0, 1, 10, 100] {
        in_virtual_time(async move {
            let (sandbox, copper, records) = start(count, percent).await;
            let began = Instant::now();
            let mut run = copper.sync_leads(records, Sync::by_email());
            all(&mut run).await;
            let (summary, arrivals) = (run.summary(), sandbox.arrivals());
            print("sync", count, percent, arrivals.len(), began.elapsed());
            let changed = (0..count).filter(|n| n % 100 < percent).count();
            assert_eq!(
                (summary.updated, summary.unchanged),
                (changed as u64, (count - changed) as u64)
            );
            assert!(arrivals.iter().all(|arrival| arrival.status == Some(200)));
            let pages = count.div_ceil(199) + 1;
            let most = pages + changed.div_ceil(10) + changed.div_ceil(200) + 20;
            let requests = arrivals.len();
            assert!(
                requests <= most,
                "{requests} requests, and {most} are enough"
            );
        });
    }
}

#[test]
fn upserts_and_single_searches_cost_a_request_for_each_lead() {
    let count = number("SYNC_BESIDE", 100);
    for percent in [0, 1, 10, 100] {
        in_virtual_time(async move {
            let (sandbox, copper, records) = start(count, percent).await;
            let began = Instant::now();
            let mut run = copper.upsert_leads(records, MatchBy::Email);
            while run.next().await.is_some() {}
            let requests = sandbox.arrivals().len();
            print("upsert_leads", count, percent, requests, began.elapsed());
            assert!(requests >= count);
        });
        in_virtual_time(async move {
            let (sandbox, copper, records) = start(count, percent).await;
            let began = Instant::now();
            for record in records {
                let address = record.email.as_ref().expect("it has one").email.clone();
                let mut found = copper.search_leads(LeadSearch::default().emails(address));
                let lead = found.next().await.expect("one").expect("a lead");
                let update = LeadUpdate::between(&lead, &record, &Policies::default());
                if !update.changes_nothing() {
                    copper.update_lead(lead.id, &update).await.expect("updated");
                }
            }
            let requests = sandbox.arrivals().len();
            print("single searches", count, percent, requests, began.elapsed());
            assert!(requests >= count);
        });
    }
}
