//! Deadlines: a call or a record is done in time, or its result is known. A request that has not been sent by
//! then is not sent, and says so. A request in flight is in doubt. In virtual time.

use std::time::Duration;

use copper_crm::{Advice, ErrorKind, NewLead, Outcome, bulk::MatchBy};
use copper_crm_sandbox::{Fault, Sandbox, When};
use futures_util::future::join_all;
use tokio::time::Instant;

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

fn lead(n: usize) -> NewLead {
    NewLead::named(format!("Lead {n}")).email(format!("lead{n}@example.com"))
}

#[test]
fn of_300_creates_at_once_those_that_only_waited_are_known_as_not_created() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let copper = copper.with_deadline(DEADLINE);
        let start = Instant::now();
        let leads: Vec<NewLead> = (0..300).map(lead).collect();
        let results = join_all(leads.iter().map(|lead| copper.create_lead(lead))).await;
        assert!(start.elapsed() < DEADLINE * 2);
        let (made, expired): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!((made.len(), expired.len()), (180, 120));
        for error in expired.into_iter().filter_map(Result::err) {
            assert!(
                error.is_timeout() && !error.may_have_taken_effect(),
                "{error}"
            );
            assert_eq!(error.advice(), Advice::Retry);
            assert!(
                error
                    .to_string()
                    .contains("the deadline of 5 s expired before it was sent"),
                "{error}"
            );
        }
        assert_eq!(sandbox.leads().len(), 180);
    });
}

#[test]
fn a_deadline_that_expires_in_flight_leaves_a_create_in_doubt_and_a_read_not() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        sandbox.inject(Fault::StallAfter, When::always());
        let copper = sandbox.copper().build().expect("a client");
        let copper = copper.with_deadline(DEADLINE);
        let start = Instant::now();
        let error = copper.create_lead(&lead(1)).await.expect_err("it stalls");
        assert!(
            start.elapsed() < DEADLINE * 2,
            "not the timeout of a request"
        );
        assert!(
            error.is_timeout() && error.may_have_taken_effect(),
            "{error}"
        );
        assert_eq!(error.advice(), Advice::LookUp);
        let error = copper.list_lead_statuses().await.expect_err("it stalls");
        assert!(
            error.is_timeout() && !error.may_have_taken_effect(),
            "{error}"
        );
    });
}

#[test]
fn retries_count_for_the_deadline() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let limited = || Fault::TooManyRequests {
            retry_after: Some("30".to_owned()),
        };
        sandbox.inject(limited(), When::always());
        let copper = sandbox.copper().build().expect("a client");
        let copper = copper.with_deadline(DEADLINE);
        let error = copper
            .create_lead(&lead(1))
            .await
            .expect_err("it is refused");
        assert!(
            error.is_timeout() && !error.may_have_taken_effect(),
            "{error}"
        );
        assert_eq!(sandbox.arrivals().len(), 1);
    });
}

#[test]
fn in_a_run_what_expires_unsent_is_not_sent_and_what_is_in_flight_is_unknown() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        // Nothing is left of the minute's budget.
        let others: Vec<NewLead> = (0..180).map(lead).collect();
        for made in join_all(others.iter().map(|lead| copper.create_lead(lead))).await {
            made.expect("within the limits");
        }
        let hurried = copper.with_deadline(DEADLINE);
        let mut run = hurried.bulk_create_leads((200..225).map(lead));
        let mut count = 0;
        while let Some(item) = run.next().await {
            count += 1;
            let Outcome::NotSent(why) = item.outcome else {
                panic!("#{} is {:?}", item.index, item.outcome)
            };
            assert_eq!(why.kind(), Some(ErrorKind::Timeout));
            assert_eq!(why.advice(), Advice::Retry);
        }
        assert_eq!((count, sandbox.leads().len()), (25, 180));
        assert!(run.stopped_by().is_none(), "it stops no run");

        tokio::time::sleep(Duration::from_secs(61)).await;
        sandbox.inject(Fault::StallAfter, When::nth(1).of("bulk_create_leads"));
        let mut run = hurried.bulk_create_leads((300..320).map(lead));
        let mut kinds = Vec::new();
        while let Some(item) = run.next().await {
            match item.outcome {
                Outcome::Done(_) => kinds.push('D'),
                Outcome::Unknown(why) => {
                    assert_eq!(why.kind(), Some(ErrorKind::Timeout));
                    kinds.push('U');
                }
                other => panic!("{other:?}"),
            }
        }
        let kinds: String = kinds.into_iter().collect();
        assert_eq!(kinds, "U".repeat(10) + &"D".repeat(10));
    });
}
