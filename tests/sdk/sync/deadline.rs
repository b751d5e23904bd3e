//! Deadlines of a sync: the handle's deadline applies to each request and each record, as in other runs. In virtual
//! time.

use std::time::Duration;

use copper_crm::{
    Copper, ErrorKind,
    bulk::StoppedBy,
    sync::{Sync, SyncOutcome},
};
use copper_crm_sandbox::{Fault, Sandbox, When};
use tokio::time::Instant;

use super::{all, record, word};
use crate::support::clock::in_virtual_time;

const DEADLINE: Duration = Duration::from_secs(5);

async fn start() -> (Sandbox, Copper) {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    (sandbox, copper)
}

#[test]
fn a_sync_that_can_not_read_copper_in_time_sends_nothing() {
    in_virtual_time(async {
        let (sandbox, copper) = start().await;
        sandbox.inject(Fault::StallBefore, When::always().of("search_leads"));
        let began = Instant::now();
        let hurried = copper.with_deadline(DEADLINE);
        let mut run = hurried.sync_leads(["jim", "pam"].map(record), Sync::by_email());
        for item in all(&mut run).await {
            let SyncOutcome::NotSent(why) = item.outcome else {
                panic!("{:?}", item.outcome)
            };
            assert_eq!(why.kind(), Some(ErrorKind::Timeout));
        }
        assert!(began.elapsed() < DEADLINE * 2);
        assert!(matches!(run.stopped_by(), Some(StoppedBy::Error(_))));
        assert!(sandbox.leads().is_empty());
    });
}

#[test]
fn what_is_in_flight_at_its_deadline_is_unknown_and_ends_no_sync() {
    in_virtual_time(async {
        let (sandbox, copper) = start().await;
        let old = (0..10).map(|n| record(&format!("old{n}")));
        all(&mut copper.sync_leads(old, Sync::by_email())).await;
        sandbox.inject(Fault::StallAfter, When::always().of("bulk_update_leads"));
        let records = (0..10).flat_map(|n| {
            let changed = record(&format!("old{n}")).title("Clerk");
            [changed, record(&format!("new{n}"))]
        });
        let hurried = copper.with_deadline(DEADLINE);
        let mut run = hurried.sync_leads(records, Sync::by_email());
        let outcomes = all(&mut run).await;
        for item in &outcomes {
            let expected = if item.index % 2 == 0 {
                "unknown"
            } else {
                "created"
            };
            assert_eq!(word(&item.outcome), expected, "{:?}", item.outcome);
        }
        assert!(run.stopped_by().is_none(), "a deadline ends no sync");
    });
}

#[test]
fn leads_that_can_not_be_read_again_in_time_are_not_changed_and_the_rest_goes_on() {
    in_virtual_time(async {
        let (sandbox, copper) = start().await;
        let old = (0..250).map(|n| record(&format!("old{n}")));
        all(&mut copper.sync_leads(old, Sync::by_email())).await;
        // The request that reads the first 200 leads again gets no answer in time.
        let again = When::nth(1).of("search_leads").containing("\"ids\"");
        sandbox.inject(Fault::StallBefore, again);
        let records = (0..250).map(|n| record(&format!("old{n}")).title("Clerk"));
        let hurried = copper.with_deadline(DEADLINE);
        let mut run = hurried.sync_leads(records, Sync::by_email());
        let outcomes = all(&mut run).await;
        let (late, rest) = outcomes.split_at(200);
        for item in late {
            let SyncOutcome::NotSent(why) = &item.outcome else {
                panic!("{:?}", item.outcome)
            };
            assert_eq!(why.kind(), Some(ErrorKind::Timeout));
        }
        assert!(rest.iter().all(|item| word(&item.outcome) == "updated"));
        assert!(run.stopped_by().is_none(), "a deadline ends no sync");
    });
}
