//! Deadlines of runs: a record that has not left by then is not sent, and says so; one in flight is in doubt. In
//! virtual time.

use std::time::Duration;

use copper_crm::{Advice, ErrorKind, NewLead, Outcome, bulk::MatchBy};
use copper_crm_sandbox::{Fault, Sandbox, When};

use crate::support::clock::in_virtual_time;

const DEADLINE: Duration = Duration::from_secs(5);

fn leads(count: usize) -> impl Iterator<Item = NewLead> + Send {
    (0..count).map(|n| NewLead::named(n.to_string()).email(format!("{n}@example.com")))
}

#[test]
fn what_only_waited_until_its_deadline_is_known_as_not_sent() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let held_back = Fault::TooManyRequests {
            retry_after: Some("60".to_owned()),
        };
        sandbox.inject(held_back, When::nth(1));
        let mut run = copper.with_deadline(DEADLINE).bulk_create_leads(leads(10));
        while let Some(item) = run.next().await {
            let Outcome::NotSent(why) = item.outcome else {
                panic!("{:?}", item.outcome);
            };
            let error = why.error().expect("an error");
            assert!(
                error.is_timeout() && !error.may_have_taken_effect(),
                "{error}"
            );
            assert_eq!(why.kind(), Some(ErrorKind::Timeout));
            assert_eq!(why.advice(), Advice::Retry);
            assert!(
                why.to_string().contains("the deadline of 5 s expired"),
                "{why}"
            );
        }
        assert_eq!(run.summary().not_sent, 10);
        assert!(run.stopped_by().is_none(), "a deadline ends no run");
        assert!(sandbox.leads().is_empty());
    });
}

#[test]
fn what_is_in_flight_at_its_deadline_is_in_doubt_and_an_upsert_may_be_sent_again() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        sandbox.inject(Fault::StallAfter, When::always());
        let copper = copper.with_deadline(DEADLINE);
        let began = tokio::time::Instant::now();
        let mut run = copper.bulk_create_leads(leads(10));
        while let Some(item) = run.next().await {
            let Outcome::Unknown(why) = item.outcome else {
                panic!("{:?}", item.outcome);
            };
            let error = why.error().expect("an error");
            assert!(
                error.is_timeout() && error.may_have_taken_effect(),
                "{error}"
            );
            assert_eq!(why.operation(), Some("bulk_create_leads"));
            assert_eq!(why.advice(), Advice::LookUp);
        }
        let took = began.elapsed();
        assert!((DEADLINE..DEADLINE * 2).contains(&took), "{took:?}");
        let mut run = copper.upsert_leads(leads(1), MatchBy::Email);
        let item = run.next().await.expect("an outcome");
        let Outcome::Unknown(why) = item.outcome else {
            panic!("{:?}", item.outcome);
        };
        assert_eq!(why.advice(), Advice::Retry, "{why}");
    });
}
