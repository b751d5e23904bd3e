//! The cost of a sync in requests, by how many leads differ. `SYNC_LEADS=50000 cargo test …` counts them for so
//! many leads, and prints them with `--nocapture`.

use std::env;

use copper_crm::{NewLead, sync::Sync};
use copper_crm_sandbox::Sandbox;
use serde_json::json;

use super::all;

fn record(n: usize, title: &str) -> NewLead {
    NewLead::named(format!("Lead {n}"))
        .email(format!("lead{n}@example.com"))
        .title(title)
}

#[tokio::test]
async fn a_sync_costs_a_request_for_two_hundred_leads_and_one_for_ten_that_differ() {
    let count: usize =
        env::var("SYNC_LEADS").map_or(1_000, |count| count.parse().expect("a number"));
    for percent in [0, 1, 10, 100] {
        let sandbox = Sandbox::builder()
            .scale(0.01)
            .start()
            .await
            .expect("a sandbox");
        for n in 0..count {
            let lead = json!({
                "name": format!("Lead {n}"), "title": "Clerk", "date_created": 1_600_000_000 + n * 60,
                "email": {"email": format!("lead{n}@example.com"), "category": "work"},
            });
            sandbox.put("leads", &lead).expect("it is put");
        }
        let copper = sandbox.copper().build().expect("a client");
        let differs = |n: usize| n % 100 < percent;
        let records = (0..count).map(|n| record(n, if differs(n) { "Manager" } else { "Clerk" }));
        let mut run = copper.sync_leads(records, Sync::by_email());
        all(&mut run).await;
        let (summary, requests) = (run.summary(), sandbox.arrivals().len());
        let changed = (0..count).filter(|n| differs(*n)).count();
        assert_eq!(
            (summary.updated, summary.unchanged),
            (changed as u64, (count - changed) as u64)
        );
        let pages = count.div_ceil(199) + 1;
        let most = pages + changed.div_ceil(10) + changed.div_ceil(200) + 20;
        assert!(
            requests <= most,
            "{requests} requests, and {most} are enough"
        );
        println!("{percent} % differ: {requests} requests");
    }
}
