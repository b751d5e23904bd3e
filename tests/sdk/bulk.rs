//! The bulk pipeline against the strict sandbox: one true outcome per lead, in order, whatever the sandbox
//! does. The windows of the limits are short, so nothing here takes long.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use copper_crm::{
    NewLead, Outcome,
    bulk::{Run, Settled, StoppedBy, from_stream, from_try_stream},
    limit::AppliesTo,
    types::{BulkCreateLeads, Lead},
};
use copper_crm_sandbox::{Fault, Odd, Sandbox, When};
use futures_util::{
    FutureExt,
    stream::{self, FusedStream, Stream},
};
use serde_json::{Value, json};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::support::{clock::in_virtual_time, sandbox::sandbox};

type Item = Settled<NewLead, Lead>;

fn leads(n: usize) -> impl Iterator<Item = NewLead> + Send + 'static {
    (0..n).map(|n| NewLead::named(format!("Lead {n}")))
}

/// An input that other code feeds.
fn channel() -> (UnboundedSender<NewLead>, impl Stream<Item = NewLead>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let input = stream::unfold(receiver, |mut receiver: UnboundedReceiver<_>| async {
        Some((receiver.recv().await?, receiver))
    });
    (sender, input)
}

async fn all(run: &mut Run<'_, BulkCreateLeads>) -> Vec<Item> {
    let mut items = Vec::new();
    while let Some(item) = run.next().await {
        items.push(item);
    }
    items
}

/// The names of the leads in the sandbox; a name that is there twice is listed twice.
fn held(sandbox: &Sandbox) -> Vec<String> {
    let name = |lead: &Value| lead["name"].as_str().expect("a name").to_owned();
    sandbox.leads().iter().map(name).collect()
}

/// Checks that every outcome is in order and true, and that nothing is there twice.
fn assert_true(items: &[Item], sandbox: &Sandbox) {
    let held = held(sandbox);
    let names: BTreeSet<&String> = held.iter().collect();
    assert_eq!(names.len(), held.len(), "no lead is there twice");
    for (n, item) in items.iter().enumerate() {
        assert_eq!(item.index, n as u64);
        let is_there = names.contains(&item.input.name);
        match &item.outcome {
            Outcome::Done(_) => assert!(is_there, "#{n} is done, but not there"),
            Outcome::Rejected(why) => assert!(!is_there, "#{n} is rejected, but there: {why}"),
            Outcome::NotSent(why) => assert!(!is_there, "#{n} is not sent, but there: {why}"),
            Outcome::Unknown(_) => {}
        }
    }
}

/// The sizes of the bulk requests that arrived.
fn sizes(sandbox: &Sandbox) -> Vec<usize> {
    sandbox
        .arrivals()
        .iter()
        .filter(|a| a.operation == Some("bulk_create_leads"))
        .map(|a| a.items)
        .collect()
}

#[tokio::test]
async fn every_lead_gets_its_own_outcome_in_the_order_of_the_input() {
    let (sandbox, copper) = sandbox().await;
    let name = |n: usize| {
        if n % 7 == 3 {
            " ".repeat(n % 2)
        } else {
            format!("Lead {n}")
        }
    };
    let mut run = copper.bulk_create_leads((0..205).map(|n| NewLead::named(name(n))));
    let items = all(&mut run).await;
    assert_eq!(items.len(), 205);
    for (n, item) in items.iter().enumerate() {
        assert_eq!((item.index, &item.input.name), (n as u64, &name(n)));
        match &item.outcome {
            Outcome::Done(lead) => assert_eq!(lead.name.as_ref(), Some(&name(n))),
            Outcome::Rejected(why) if n % 7 == 3 => {
                assert_eq!(
                    why.fields().into_iter().collect::<Vec<_>>(),
                    [("name".to_owned(), vec!["invalid".to_owned()])]
                );
                assert_eq!(why.to_string(), "name: invalid");
            }
            other => panic!("#{n}: {other:?}"),
        }
    }
    assert_true(&items, &sandbox);
    assert_eq!(
        run.summary().to_string(),
        "205 leads: 176 done, 29 rejected, 0 not sent, 0 unknown"
    );
    assert_eq!(sandbox.leads().len(), 176);
    assert!(run.stopped_by().is_none());
    assert_eq!(sizes(&sandbox).iter().sum::<usize>(), 205);
    assert_eq!(
        sizes(&sandbox).len(),
        21,
        "requests are as large as they may be"
    );
    assert!(run.next().await.is_none(), "a run that has ended stays so");
}

#[tokio::test]
async fn a_run_of_nothing_ends_at_once_and_sends_nothing() {
    let (sandbox, copper) = sandbox().await;
    let mut run = copper.bulk_create_leads([]);
    assert!(run.next().await.is_none());
    assert_eq!(
        run.summary().to_string(),
        "0 leads: 0 done, 0 rejected, 0 not sent, 0 unknown"
    );
    assert!(sandbox.arrivals().is_empty());
}

#[tokio::test]
async fn the_size_of_requests_can_be_chosen() {
    let (sandbox, copper) = sandbox().await;
    let mut run = copper.bulk_create_leads(leads(10)).chunk_size(4);
    assert_eq!(run.effective_chunk_size(), 4);
    assert_true(&all(&mut run).await, &sandbox);
    assert_eq!(sizes(&sandbox), [4, 4, 2]);
    let mut run = copper
        .bulk_create_leads([NewLead::named("a"), NewLead::named("b")])
        .chunk_size(0);
    assert_eq!(all(&mut run).await.len(), 2);
    assert_eq!(sizes(&sandbox)[3..], [1, 1]);
}

#[tokio::test]
async fn a_smaller_size_limit_is_learned_once_and_costs_no_lead() {
    let (sandbox, copper) = sandbox().await;
    sandbox.inject(Fault::SizeLimit(4), When::from(3));
    let mut run = copper.bulk_create_leads(leads(200));
    let items = all(&mut run).await;
    assert_true(&items, &sandbox);
    assert_eq!(run.summary().done, 200);
    let refused = sizes(&sandbox)
        .into_iter()
        .skip(2)
        .filter(|size| *size > 4)
        .count();
    assert!(
        (1..=16).contains(&refused),
        "only requests that were in flight are refused: {refused}"
    );
}

#[tokio::test]
async fn a_larger_chunk_than_copper_takes_is_cut_to_its_limit() {
    let (sandbox, copper) = sandbox().await;
    let mut run = copper.bulk_create_leads(leads(60)).chunk_size(25);
    assert_true(&all(&mut run).await, &sandbox);
    assert_eq!(run.summary().done, 60);
    assert!(
        sizes(&sandbox)
            .into_iter()
            .all(|size| size == 25 || size <= 10)
    );
}

#[tokio::test]
async fn one_lead_for_which_whole_requests_are_refused_costs_only_itself() {
    for status in [400, 413, 422] {
        let (sandbox, copper) = sandbox().await;
        sandbox.inject(
            Fault::Refusal(status),
            When::always().containing("Lead 17\""),
        );
        let mut run = copper.bulk_create_leads(leads(40));
        let items = all(&mut run).await;
        assert_true(&items, &sandbox);
        assert_eq!(
            run.summary().to_string(),
            "40 leads: 39 done, 1 rejected, 0 not sent, 0 unknown"
        );
        let Outcome::Rejected(why) = &items[17].outcome else {
            panic!("{status}")
        };
        assert_eq!(why.error().and_then(|error| error.status()), Some(status));
    }
}

#[tokio::test]
async fn what_leaves_it_in_doubt_is_unknown_and_never_sent_again() {
    for fault in [
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::CloseAfter,
        Fault::ErrorAfter(502),
        Fault::ErrorBefore(500),
        Fault::Refusal(408),
        Fault::Refusal(409),
        Fault::Refusal(302),
        Fault::CutOff,
        Fault::TooShort,
        Fault::TooLong,
        Fault::EmptyBody,
        Fault::InvalidUtf8,
    ] {
        let (sandbox, copper) = sandbox().await;
        sandbox.inject(fault.clone(), When::nth(2));
        let mut run = copper.bulk_create_leads(leads(50));
        let items = all(&mut run).await;
        assert_true(&items, &sandbox);
        assert_eq!(
            run.summary().to_string(),
            "50 leads: 40 done, 0 rejected, 0 not sent, 10 unknown",
            "{fault:?}"
        );
        assert_eq!(sizes(&sandbox).len(), 5, "{fault:?}");
    }
}

#[tokio::test]
async fn what_was_refused_for_its_rate_is_sent_again() {
    for retry_after in [Some("0".to_owned()), None] {
        let (sandbox, copper) = sandbox().await;
        sandbox.inject(Fault::TooManyRequests { retry_after }, When::nth(2));
        let mut run = copper.bulk_create_leads(leads(50));
        assert_true(&all(&mut run).await, &sandbox);
        assert_eq!(run.summary().done, 50);
    }
}

#[test]
fn after_a_refusal_for_the_rate_no_other_chunk_is_sent_until_the_pause_is_over() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let retry_after = Some("20".to_owned());
        sandbox.inject(Fault::TooManyRequests { retry_after }, When::nth(1));
        let mut run = copper.bulk_create_leads(leads(12)).chunk_size(1);
        assert_true(&all(&mut run).await, &sandbox);
        assert_eq!(run.summary().done, 12);
        let times: Vec<_> = sandbox.arrivals().iter().map(|a| a.at).collect();
        let end = times[0] + Duration::from_secs(20);
        let early = times.iter().filter(|at| **at < end).count();
        let limits = copper.limiter().limits();
        let bulk = limits.iter().find(|it| it.applies_to == AppliesTo::Bulk);
        // Those were on the wire before the answer: a window of the limit at most.
        let most = bulk.expect("a limit of bulk requests").requests as usize;
        assert!(early <= most, "{times:?}");
    });
}

#[test]
fn what_is_refused_for_its_rate_for_too_long_is_not_sent_and_the_rest_is() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let refused = Fault::TooManyRequests { retry_after: None };
        sandbox.inject(refused, When::always().containing("\"Lead 13\""));
        let mut run = copper.bulk_create_leads(leads(50));
        let items = all(&mut run).await;
        assert_true(&items, &sandbox);
        for item in &items {
            let refused = (10..20).contains(&item.index);
            let not_sent = matches!(item.outcome, Outcome::NotSent(_));
            assert_eq!(not_sent, refused, "#{}: {:?}", item.index, item.outcome);
        }
        assert_eq!(run.summary().done, 40);
        assert!(run.stopped_by().is_none());
    });
}

#[tokio::test]
async fn what_never_left_for_want_of_a_connection_is_sent_again() {
    let (sandbox, copper) = sandbox().await;
    sandbox.pause().await;
    let mut run = copper.bulk_create_leads(leads(50));
    let open_again = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        sandbox.resume().expect("the port is free");
    };
    let (items, ()) = tokio::join!(all(&mut run), open_again);
    assert_true(&items, &sandbox);
    assert_eq!(run.summary().done, 50);
}

#[tokio::test]
async fn what_all_later_requests_would_get_too_stops_the_run() {
    for fault in [
        Fault::Refusal(401),
        Fault::Refusal(403),
        Fault::Refusal(404),
        Fault::Redirect("http://127.0.0.1:9/".into()),
    ] {
        let (sandbox, copper) = sandbox().await;
        sandbox.inject(fault.clone(), When::from(3));
        let mut run = copper.bulk_create_leads(leads(500));
        let items = all(&mut run).await;
        assert_true(&items, &sandbox);
        assert_eq!(items.len(), 500);
        assert_eq!(
            run.summary().to_string(),
            "500 leads: 20 done, 0 rejected, 480 not sent, 0 unknown",
            "{fault:?}"
        );
        let Some(StoppedBy::Error(why)) = run.stopped_by() else {
            panic!("{fault:?}")
        };
        assert!(why.status().is_some());
        assert!(sizes(&sandbox).len() <= 2 + 16, "{fault:?}");
    }
}

#[tokio::test]
async fn an_odd_item_costs_only_itself() {
    let is_done = |outcome: &Outcome<Lead>| matches!(outcome, Outcome::Done(_));
    let is_unknown = |outcome: &Outcome<Lead>| matches!(outcome, Outcome::Unknown(_));
    let is_rejected = |outcome: &Outcome<Lead>| matches!(outcome, Outcome::Rejected(_));
    type Is = fn(&Outcome<Lead>) -> bool;
    let cases: [(Odd, Is); 6] = [
        (Odd::Item(Value::Null), is_unknown),
        (Odd::Item(json!(3)), is_unknown),
        (Odd::Id(json!("seven")), is_unknown),
        (Odd::Id(json!(-7)), is_unknown),
        (
            Odd::Field {
                name: "tags".into(),
                value: json!("no list"),
            },
            is_done,
        ),
        (Odd::FailureWithId, is_rejected),
    ];
    for (odd, expected) in cases {
        let (sandbox, copper) = sandbox().await;
        sandbox.inject(
            Fault::OddItem {
                at: 4,
                odd: odd.clone(),
            },
            When::nth(1),
        );
        let mut run = copper.bulk_create_leads(leads(20));
        let items = all(&mut run).await;
        assert_true(&items, &sandbox);
        for (n, item) in items.iter().enumerate() {
            let as_expected = if n == 4 {
                expected(&item.outcome)
            } else {
                is_done(&item.outcome)
            };
            assert!(as_expected, "{odd:?} #{n}: {:?}", item.outcome);
        }
    }
}

#[tokio::test]
async fn a_stop_settles_what_is_under_way_and_gives_back_the_rest() {
    let (sandbox, copper) = sandbox().await;
    let mut run = copper.bulk_create_leads(leads(500));
    let handle = run.stop_handle();
    let mut items = Vec::new();
    while let Some(item) = run.next().await {
        if item.index == 33 {
            handle.stop();
        }
        items.push(item);
    }
    assert_eq!(items.len(), 500);
    assert_true(&items, &sandbox);
    let summary = run.summary();
    assert_eq!((summary.rejected, summary.unknown), (0, 0));
    assert_eq!(summary.done as usize, sandbox.leads().len());
    assert!((34..=500 - 10).contains(&summary.done), "{summary}");
    assert!(matches!(run.stopped_by(), Some(StoppedBy::Caller)));
}

#[tokio::test]
async fn a_run_that_is_stopped_before_it_starts_sends_nothing() {
    let (sandbox, copper) = sandbox().await;
    let mut run = copper.bulk_create_leads(leads(30));
    run.stop();
    assert_true(&all(&mut run).await, &sandbox);
    assert_eq!(run.summary().not_sent, 30);
    assert!(sandbox.arrivals().is_empty());
}

#[tokio::test]
async fn a_stream_is_an_input_too() {
    let (sandbox, copper) = sandbox().await;
    let mut run = copper.bulk_create_leads(from_stream(stream::iter(leads(25))));
    assert_true(&all(&mut run).await, &sandbox);
    assert_eq!(run.summary().done, 25);
}

#[tokio::test]
async fn an_input_that_fails_loses_nothing_of_what_came_before() {
    let (sandbox, copper) = sandbox().await;
    let rows = leads(25)
        .map(Ok)
        .chain([Err("row 26 is torn")])
        .chain(leads(5).map(Ok));
    let mut run = copper.bulk_create_leads(from_try_stream(stream::iter(rows)));
    assert_true(&all(&mut run).await, &sandbox);
    assert_eq!(run.summary().done, 25);
    let Some(StoppedBy::Input(why)) = run.stopped_by() else {
        panic!("it must say why")
    };
    assert_eq!(why.to_string(), "row 26 is torn");
}

#[tokio::test]
async fn an_input_that_waits_for_outcomes_is_not_waited_for() {
    let (sandbox, copper) = sandbox().await;
    let (sender, input) = channel();
    let mut run = copper.bulk_create_leads(from_stream(input));
    for round in 0..5 {
        for n in 0..3 {
            sender
                .send(NewLead::named(format!("Lead {round}-{n}")))
                .expect("the run listens");
        }
        for _ in 0..3 {
            assert!(matches!(
                run.next().await.expect("an outcome").outcome,
                Outcome::Done(_)
            ));
        }
    }
    drop(sender);
    assert!(run.next().await.is_none());
    assert_eq!(sandbox.leads().len(), 15);
}

#[tokio::test]
async fn an_input_that_has_nothing_yet_is_waited_for() {
    let (_sandbox, copper) = sandbox().await;
    let (sender, input) = channel();
    let mut run = copper.bulk_create_leads(from_stream(input));
    for name in ["Jim", "Pam"] {
        assert!(run.next().now_or_never().is_none(), "more may come");
        sender.send(NewLead::named(name)).expect("the run listens");
        let item = run.next().await.expect("an outcome");
        assert!(matches!(item.outcome, Outcome::Done(_)));
    }
    drop(sender);
    assert!(run.next().await.is_none());
}

#[tokio::test]
async fn input_is_taken_no_faster_than_it_is_sent() {
    let (sandbox, _) = sandbox().await;
    sandbox.inject(Fault::StallBefore, When::nth(1));
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let input = leads(100_000).inspect(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    // The first chunk never settles, so no outcome can come, and the others wait for their turn.
    let copper = sandbox
        .copper()
        .http(|http| http.timeout(Duration::from_secs(2)))
        .build()
        .expect("a client");
    let mut run = copper.bulk_create_leads(input);
    let first = run.next().await.expect("an outcome");
    assert!(matches!(first.outcome, Outcome::Unknown(_)));
    assert_eq!(
        taken.load(Ordering::Relaxed),
        160,
        "16 chunks are unsettled at most"
    );
    assert_eq!(sizes(&sandbox).len(), 16);
}

#[tokio::test]
async fn a_caller_who_takes_long_over_an_outcome_loses_no_answer() {
    let (sandbox, _) = sandbox().await;
    let copper = sandbox
        .copper()
        .http(|http| http.timeout(Duration::from_millis(300)))
        .build()
        .expect("a client");
    let mut run = copper.bulk_create_leads(leads(100));
    while let Some(item) = run.next().await {
        if item.index == 0 {
            // Longer than a request may take; what is in flight must not be timed by it.
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
        assert!(
            matches!(item.outcome, Outcome::Done(_)),
            "{:?}",
            item.outcome
        );
    }
    assert_eq!(sandbox.leads().len(), 100);
}

#[tokio::test]
async fn a_dropped_run_sends_nothing_more() {
    let (sandbox, copper) = sandbox().await;
    let mut run = copper.bulk_create_leads(leads(1_000));
    for _ in 0..20 {
        run.next().await.expect("an outcome");
    }
    drop(run);
    // What follows on the same limiter passes after anything the run might still send.
    let mut after = copper.bulk_create_leads([NewLead::named("after")]);
    assert_eq!(all(&mut after).await.len(), 1);
    let arrived = sizes(&sandbox);
    assert_eq!(arrived.last(), Some(&1));
    assert!(arrived.len() <= 2 + 16 + 1, "{}", arrived.len());
}

#[test]
fn what_waits_for_its_permit_when_its_run_is_dropped_is_never_sent() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let mut run = copper.bulk_create_leads(leads(1_000));
        for _ in 0..30 {
            run.next().await.expect("an outcome");
        }
        let arrived = sizes(&sandbox).len();
        drop(run);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(sizes(&sandbox).len(), arrived);
    });
}

#[tokio::test]
async fn a_run_is_terminated_once_all_its_outcomes_are_given_out() {
    let (_sandbox, copper) = sandbox().await;
    let mut run = copper.bulk_create_leads(leads(15));
    for _ in 0..15 {
        assert!(!run.is_terminated());
        run.next().await.expect("an outcome");
    }
    assert!(run.next().await.is_none() && run.is_terminated());
}

#[tokio::test]
async fn the_debug_of_a_run_says_how_far_it_is() {
    let (_sandbox, copper) = sandbox().await;
    let mut run = copper.bulk_create_leads(leads(3));
    assert_eq!(all(&mut run).await.len(), 3);
    let shown = format!("{run:?}");
    assert!(
        shown.contains("bulk_create_leads") && shown.contains("done: 3"),
        "{shown}"
    );
}

#[tokio::test]
async fn single_calls_go_ahead_of_a_bulk_run_and_both_keep_to_the_limits() {
    let (sandbox, copper) = sandbox().await;
    let mut run = copper.bulk_create_leads(leads(300));
    let first = run.next().await.expect("an outcome");
    let Outcome::Done(lead) = first.outcome else {
        panic!("it is done")
    };
    let calls = async {
        for _ in 0..20 {
            assert_eq!(
                copper.get_lead(lead.id).await.expect("the lead").id,
                lead.id
            );
        }
    };
    let (items, ()) = tokio::join!(all(&mut run), calls);
    assert_eq!(items.len(), 299);
    assert_eq!(run.summary().done, 300);
    let refused = sandbox
        .arrivals()
        .iter()
        .filter(|arrival| arrival.status == Some(429))
        .count();
    assert_eq!(refused, 0, "the sandbox counts strictly");
}

#[tokio::test]
async fn several_runs_share_the_limits_and_mix_nothing_up() {
    let (sandbox, copper) = sandbox().await;
    let runs = (0..8).map(|r| {
        let copper = copper.clone();
        tokio::spawn(async move {
            let mut run =
                copper.bulk_create_leads((0..45).map(move |n| NewLead::named(format!("{r}: {n}"))));
            let items = all(&mut run).await;
            for (n, item) in items.iter().enumerate() {
                let Outcome::Done(lead) = &item.outcome else {
                    panic!("{:?}", item.outcome)
                };
                assert_eq!(lead.name, Some(format!("{r}: {n}")));
            }
            items.len()
        })
    });
    for run in runs.collect::<Vec<_>>() {
        assert_eq!(run.await.expect("it ran"), 45);
    }
    assert_eq!(
        held(&sandbox).into_iter().collect::<BTreeSet<_>>().len(),
        8 * 45
    );
}

#[tokio::test]
async fn a_wait_for_an_outcome_that_is_dropped_loses_none() {
    let sandbox = Sandbox::builder()
        .scale(0.01)
        .start()
        .await
        .expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let leads = (0..60).map(|n| NewLead::named(n.to_string()));
    let mut run = copper.bulk_create_leads(leads);
    let mut progress = run.progress();
    let (mut next, mut dropped) = (0, 0);
    loop {
        tokio::select! {
            biased;
            () = tokio::task::yield_now() => dropped += 1,
            now = progress.changed() => assert!(now.is_none_or(|now| now.taken >= next)),
            item = run.next() => match item {
                Some(item) => {
                    assert_eq!(item.index, next);
                    next += 1;
                }
                None => break,
            },
        }
    }
    assert_eq!(next, 60);
    assert!(dropped > 0);
}

#[tokio::test]
async fn each_outcome_tells_which_of_the_four_it_is() {
    let sandbox = Sandbox::builder().scale(0.01).start();
    let sandbox = sandbox.await.expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let lost = When::nth(2).of("bulk_create_leads");
    sandbox.inject(Fault::ErrorAfter(502), lost);
    // Copper rejects a name that is blank.
    let leads = ["Jim", " ", "Pam"].map(NewLead::named);
    let mut run = copper.bulk_create_leads(leads).chunk_size(2);
    let mut stopped = copper.bulk_create_leads([NewLead::named("Ann")]);
    stopped.stop();
    let mut outcomes = Vec::new();
    while let Some(item) = run.next().await {
        outcomes.push(item.outcome);
    }
    outcomes.push(stopped.next().await.expect("an outcome").outcome);
    let which = outcomes.iter().map(|outcome| {
        [
            outcome.is_done(),
            outcome.is_rejected(),
            outcome.is_unknown(),
            outcome.is_not_sent(),
        ]
    });
    let expected: [[bool; 4]; 4] = std::array::from_fn(|n| std::array::from_fn(|is| is == n));
    assert_eq!(which.collect::<Vec<_>>(), expected);
    let records = outcomes
        .into_iter()
        .map(|outcome| outcome.done().and_then(|lead| lead.name));
    let expected = [Some("Jim".to_owned()), None, None, None];
    assert_eq!(records.collect::<Vec<_>>(), expected);
}
