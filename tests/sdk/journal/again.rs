//! Started again with the same input: what is settled comes back, what is in doubt is said to be, and
//! the rest is sent.

use std::time::Duration;

use copper_crm::{
    Outcome,
    bulk::from_stream,
    limit::{AppliesTo, Limit},
};
use copper_crm_sandbox::{Fault, Sandbox, When};
use futures_util::stream::{self, StreamExt};

use super::{Desk, Ended, child, holds, leads, until};

/// What [`interrupted`] knows of the first 20 leads.
const KNOWN: &str = "dddrdddddduuuuuddrdd";

/// A start that was dropped when it had taken 25 leads from its input: ten are settled, five are under
/// way, five more are settled, and five were refused.
async fn interrupted() -> Desk {
    let desk = Desk::new().await;
    let stalled = When::always().containing("\"Lead 10\"");
    desk.sandbox.inject(Fault::StallAfter, stalled);
    let refused = When::always().containing("\"Lead 20\"");
    desk.sandbox.inject(Fault::Refusal(403), refused);
    let input = stream::iter(leads(25)).chain(stream::pending());
    let mut run = desk.run(from_stream(input));
    let items = until(&mut run, || {
        let last = desk.has("answered 15 5") && desk.has("refused 20 5");
        last && desk.has_arrived(10, 5) && desk.has("answered 0 5") && desk.has("answered 5 5")
    })
    .await;
    assert!(items.len() <= 10, "the third request has no answer");
    drop(run);
    desk.sandbox.clear_faults();
    desk
}

#[tokio::test]
async fn only_what_is_not_settled_is_sent() {
    let desk = interrupted().await;
    let before = desk.sandbox.arrivals().len();
    let ended = desk.start(leads(40)).await;
    assert_eq!(ended.letters(), format!("{KNOWN}DDDDRDDDDDDRDDDDDDRD"));
    let sent: Vec<_> = desk.sandbox.arrivals().split_off(before);
    assert_eq!(sent.iter().map(|arrival| arrival.items).sum::<usize>(), 20);
    assert!((0..20).all(|n| !sent.iter().any(|arrival| holds(arrival, n))));
    assert!(ended.stopped_by.is_none());
}

#[tokio::test]
async fn what_comes_from_the_journal_says_what_it_can() {
    let desk = interrupted().await;
    let ended = desk.start(leads(40)).await;
    for (n, item) in ended.items.iter().enumerate().take(20) {
        assert!(item.from_journal);
        assert_eq!(item.input.name, child::name(n));
        match &item.outcome {
            Outcome::Done(lead) => assert_eq!(lead.name, None, "the journal does not know it"),
            Outcome::Rejected(why) => {
                assert_eq!(why.to_string(), "status_id: refused in an earlier start")
            }
            Outcome::Unknown(why) => assert_eq!(
                why.to_string(),
                "an earlier start sent it, and the journal has no clear answer to it"
            ),
            Outcome::NotSent(why) => panic!("#{n}: {why}"),
        }
    }
}

#[tokio::test]
async fn a_run_that_is_complete_sends_nothing_and_says_the_same() {
    let desk = interrupted().await;
    let second = desk.start(leads(40)).await;
    let (arrived, written) = (desk.sandbox.arrivals().len(), desk.written());
    for _ in 0..3 {
        let mut run = desk.run(leads(40));
        let progress = run.progress();
        let again = Ended::of(&mut run, Vec::new()).await;
        desk.check(&again.items);
        assert_eq!(progress.now().settled.total(), 40);
        assert_eq!(progress.now().per_second, 0.0, "nothing is settled anew");
        assert_eq!(again.words(), second.words());
        assert!(again.items.iter().all(|item| item.from_journal));
        assert!(again.stopped_by.is_none());
    }
    assert_eq!(desk.sandbox.arrivals().len(), arrived);
    assert_eq!(desk.written(), written);
}

#[tokio::test]
async fn an_input_that_has_grown_has_only_its_new_part_sent() {
    let desk = Desk::new().await;
    desk.start(leads(13)).await;
    assert_eq!(desk.sizes(), [3, 5, 5]);
    let ended = desk.start(leads(20)).await;
    assert_eq!(ended.letters(), "dddrddddddrddDDDDRDD");
    assert_eq!(desk.sizes(), [2, 3, 5, 5, 5]);
}

#[tokio::test]
async fn the_size_of_requests_may_change_between_starts() {
    for size in [1, 3, 7, 10] {
        let desk = interrupted().await;
        let mut run = desk.run(leads(40)).chunk_size(size);
        let ended = Ended::of(&mut run, Vec::new()).await;
        desk.check(&ended.items);
        assert_eq!(
            ended.letters(),
            format!("{KNOWN}DDDDRDDDDDDRDDDDDDRD"),
            "{size}"
        );
    }
}

#[tokio::test]
async fn parts_of_a_request_that_was_too_large_are_known_one_by_one() {
    let desk = Desk::new().await;
    let stalled = When::always().containing("[{\"name\":\"Lead 7\"");
    desk.sandbox.inject(Fault::StallAfter, stalled);
    desk.sandbox.inject(Fault::SizeLimit(2), When::always());
    let mut run = desk.run(leads(10));
    until(&mut run, || {
        desk.has_arrived(7, 2) && desk.has("answered 4 1")
    })
    .await;
    drop(run);
    let before = desk.sandbox.arrivals().len();
    let ended = desk.start(leads(10)).await;
    assert_eq!(ended.letters(), "dddrddduuD");
    let sent = desk.sandbox.arrivals().split_off(before);
    assert_eq!(sent.iter().map(|arrival| arrival.items).sum::<usize>(), 1);
}

#[tokio::test]
async fn a_request_that_was_refused_and_halved_goes_on_where_it_was() {
    let desk = Desk::new().await;
    let culprit = When::always().containing("\"Lead 4\"");
    desk.sandbox.inject(Fault::Refusal(400), culprit);
    let stalled = When::always().containing("\"Lead 8\"");
    desk.sandbox.inject(Fault::StallBefore, stalled);
    let mut run = desk.run(leads(10));
    until(&mut run, || {
        desk.has("answered 4 1") && desk.has("sending 5 5")
    })
    .await;
    drop(run);
    assert!(desk.has("answered 4 1 rejected"));
    desk.sandbox.clear_faults();
    let ended = desk.start(leads(10)).await;
    assert_eq!(ended.letters(), "dddrruuuuu");
    let Outcome::Rejected(why) = &ended.items[4].outcome else {
        panic!("it is rejected")
    };
    assert_eq!(why.to_string(), "Copper refused it in an earlier start");
}

#[tokio::test]
async fn what_an_earlier_start_sent_a_moment_ago_is_counted_by_the_limiter() {
    let limit = Limit {
        applies_to: AppliesTo::All,
        requests: 2,
        window: Duration::from_secs(3),
    };
    let sandbox = Sandbox::builder().limits([limit]).start().await;
    let mut desk = Desk::at(sandbox.expect("a sandbox"));
    for start in 0..3 {
        let mut run = desk.run(leads(40));
        // What the starts before have settled comes back at once.
        for _ in 0..10 * (start + 1) {
            run.next().await.expect("an outcome");
        }
        drop(run);
        // As a new process would have it: another limiter, which knows nothing.
        desk.copper = desk.sandbox.copper().build().expect("a client");
    }
    assert!(
        desk.sandbox.arrivals().len() >= 4,
        "several starts have sent"
    );
    assert_eq!(desk.sandbox.summary().limited, 0);
}
