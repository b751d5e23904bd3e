//! Everything that a program can observe while it loads: the spans and events of the page `observing`,
//! complete and with all their fields, and a run's progress from another task.

mod events;

use std::{collections::BTreeSet, pin::pin, time::Duration};

use copper_crm::{
    NewLead,
    bulk::{Run, from_stream},
    schema::Idempotency,
    types::{BulkCreateLeads, LeadSearch},
};
use copper_crm_sandbox::{Fault, Sandbox, When};
use events::{Story, Told};
use futures_util::{
    StreamExt,
    future::{join_all, ready, select},
    stream,
};
use reqwest::{Method, Url};

use crate::support::clock::in_virtual_time;

const PAGE: &str = include_str!("../../../src/guide/observing.md");

fn leads(count: usize) -> impl Iterator<Item = NewLead> + Send + 'static {
    (0..count).map(|n| NewLead::named(format!("Lead {n}")))
}

fn named<'a>(told: &'a [Told], name: &'a str) -> impl Iterator<Item = &'a Told> {
    told.iter().filter(move |told| told.name == name)
}

fn requests(told: &[Told], operation: &str) -> Vec<(String, String, String)> {
    let text = |told: &Told, name| told.field(name).unwrap_or("-").to_owned();
    named(told, "request")
        .filter(|told| told.field("operation") == Some(operation))
        .map(|told| {
            (
                text(told, "attempt"),
                text(told, "first"),
                text(told, "status"),
            )
        })
        .collect()
}

fn triple(attempt: &str, first: &str, status: &str) -> (String, String, String) {
    (attempt.to_owned(), first.to_owned(), status.to_owned())
}

fn too_many() -> Fault {
    Fault::TooManyRequests {
        retry_after: Some("2".to_owned()),
    }
}

/// Everything that a run, a single call and a search log, each with a 429 or worse.
fn told() -> Vec<Told> {
    let program = || {
        in_virtual_time(async {
            let sandbox = Sandbox::start().await.expect("a sandbox");
            let copper = sandbox.copper().build().expect("a client");
            sandbox.inject(too_many(), When::nth(1));
            let mut run = copper.bulk_create_leads(leads(10));
            while run.next().await.is_some() {}
            sandbox.clear_faults();
            sandbox.inject(Fault::ResetAfter, When::nth(1));
            let mut run = copper.bulk_create_leads(leads(10));
            while run.next().await.is_some() {}
            sandbox.clear_faults();
            sandbox.inject(Fault::SizeLimit(5), When::nth(1));
            let mut run = copper.bulk_create_leads(leads(10));
            while run.next().await.is_some() {}
            sandbox.clear_faults();
            sandbox.inject(too_many(), When::nth(1));
            copper
                .create_lead(&NewLead::named("Pam"))
                .await
                .expect("a lead");
            sandbox.clear_faults();
            let search = LeadSearch::default().page_size(20);
            let mut found = copper.search_leads(search);
            while found.next().await.is_some() {}
            sandbox.inject(Fault::Refusal(401), When::always());
            let mut run = copper.bulk_create_leads(leads(10));
            while run.next().await.is_some() {}
            run.stop();
        });
    };
    Story::of(program).1
}

/// Drops a run when all its requests have arrived. The first is never answered.
async fn dropped_in_flight(mut run: Run<'_, BulkCreateLeads>, sandbox: &Sandbox) {
    let before = sandbox.arrivals().len();
    let arrived = async {
        while sandbox.arrivals().len() < before + 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    select(pin!(run.next()), pin!(arrived)).await;
    drop(run);
    // Its tasks end at their next turn.
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[test]
fn a_dropped_run_tells_what_it_leaves_in_doubt() {
    let ((), told) = Story::of(|| {
        in_virtual_time(async {
            let sandbox = Sandbox::start().await.expect("a sandbox");
            let copper = sandbox.copper().build().expect("a client");
            sandbox.inject(Fault::StallBefore, When::nth(1));
            let run = copper.bulk_create_leads(leads(30));
            dropped_in_flight(run, &sandbox).await;
            // One that was polled to its end leaves nothing, and one that was never polled has sent nothing.
            let mut run = copper.bulk_create_leads(leads(10));
            while run.next().await.is_some() {}
            drop(run);
            drop(copper.bulk_create_leads(leads(10)));
            let mut run = copper.bulk_create_leads(leads(10));
            run.next().await;
            drop(run);
        });
    });
    for row in [
        "| `dropped` | warn | `given_out`, `not_given_out` |",
        "| `interrupted` | warn | `first`, `count`, or `operation` |",
    ] {
        assert!(PAGE.contains(row), "{row}");
    }
    let dropped: Vec<_> = named(&told, "dropped").collect();
    let counts = |at: usize| {
        let event = dropped.get(at)?;
        event.field("given_out").zip(event.field("not_given_out"))
    };
    assert_eq!(counts(0), Some(("0", "30")));
    assert_eq!(counts(1), Some(("1", "9")));
    assert_eq!(dropped.len(), 2);
    let interrupted: Vec<_> = named(&told, "interrupted")
        .map(|told| (told.field("first"), told.field("count")))
        .collect();
    assert_eq!(
        interrupted,
        [(Some("0"), Some("10"))],
        "the others were answered"
    );
}

#[test]
fn a_single_call_that_is_dropped_in_flight_says_so_if_it_may_have_taken_effect() {
    let ((), told) = Story::of(|| {
        in_virtual_time(async {
            let sandbox = Sandbox::start().await.expect("a sandbox");
            let copper = sandbox.copper().build().expect("a client");
            sandbox.inject(Fault::StallAfter, When::always());
            let second = Duration::from_secs(1);
            let lead = NewLead::named("Jim");
            let create = tokio::time::timeout(second, copper.create_lead(&lead)).await;
            let read = tokio::time::timeout(second, copper.list_lead_statuses()).await;
            assert!(create.is_err() && read.is_err(), "nothing was answered");
            sandbox.clear_faults();
            copper.create_lead(&lead).await.expect("a lead");
        });
    });
    let interrupted: Vec<_> = named(&told, "interrupted").collect();
    assert_eq!(interrupted.len(), 1, "{interrupted:?}");
    assert_eq!(interrupted[0].field("operation"), Some("create_lead"));
    assert_eq!(interrupted[0].within, ["request"]);
}

#[test]
fn every_attempt_of_every_kind_of_call_is_a_span_with_all_that_is_known_of_it() {
    let told = told();
    assert_eq!(
        requests(&told, "bulk_create_leads"),
        [
            triple("1", "0", "429"),
            triple("2", "0", "200"),
            triple("1", "0", "-"),
            triple("1", "0", "422"),
            triple("1", "0", "200"),
            triple("1", "5", "200"),
            triple("1", "0", "401"),
        ]
    );
    assert_eq!(
        requests(&told, "create_lead"),
        [triple("1", "-", "429"), triple("2", "-", "200")]
    );
    // 10 of the first run, 10 in doubt that are there, 10 in parts, and one.
    assert_eq!(
        requests(&told, "search_leads"),
        [triple("1", "-", "200"), triple("1", "-", "200")]
    );
    for request in named(&told, "request") {
        assert!(request.field("waited_ms").is_some() && request.field("took_ms").is_some());
        let answered = request.field("status").is_some();
        assert_eq!(
            request.field("request_id").is_some(),
            answered,
            "{request:?}"
        );
        let bulk = request.field("first").is_some();
        assert_eq!(request.field("count").is_some(), bulk);
        assert_eq!(request.within, if bulk { vec!["run"] } else { vec![] });
    }
    let ends: Vec<&str> = told
        .iter()
        .filter(|told| told.within.first().is_some_and(|name| name == "request"))
        .map(|told| told.name.as_str())
        .collect();
    assert_eq!(ends.len(), named(&told, "request").count());
    assert_eq!(ends.iter().filter(|end| **end == "no answer").count(), 1);
}

#[test]
fn what_is_done_about_a_failure_is_an_event_that_can_be_read_by_itself() {
    let told = told();
    let again: Vec<_> = named(&told, "sent again")
        .map(|told| {
            let field = |name| told.field(name).unwrap_or("-");
            [
                field("operation"),
                field("reason"),
                field("status"),
                field("pause_ms"),
                field("count"),
            ]
        })
        .collect();
    assert_eq!(
        again,
        [
            ["bulk_create_leads", "rate limit", "429", "2000", "10"],
            ["create_lead", "rate limit", "429", "2000", "-"],
        ]
    );
    let doubts: Vec<_> = named(&told, "in doubt")
        .map(|told| told.field("reason"))
        .collect();
    assert_eq!(doubts, [Some("no whole answer")]);
    assert_eq!(named(&told, "sent in parts").count(), 1);
    let stops: Vec<_> = named(&told, "stopped")
        .map(|told| told.field("by"))
        .collect();
    assert_eq!(stops, [Some("error")], "the first reason stands");
    let over: Vec<_> = named(&told, "over")
        .map(|told| ["done", "not_sent", "unknown"].map(|name| told.field(name).unwrap_or("-")))
        .collect();
    assert_eq!(
        over,
        [
            ["10", "0", "0"],
            ["0", "0", "10"],
            ["10", "0", "0"],
            ["0", "10", "0"]
        ]
    );
    assert_eq!(named(&told, "settled").count(), 4);
}

#[test]
fn an_outage_is_told_with_its_end() {
    let ((), told) = Story::of(|| {
        in_virtual_time(async {
            let sandbox = Sandbox::start().await.expect("a sandbox");
            let copper = sandbox.copper().build().expect("a client");
            for nth in 2..=4 {
                sandbox.inject(Fault::ResetBefore, When::nth(nth));
            }
            let mut run = copper.bulk_create_leads(leads(100));
            while run.next().await.is_some() {}
        });
    });
    let names = ["held back by an outage", "resumed after an outage"];
    assert_eq!(names.map(|name| named(&told, name).count()), [1, 1]);
    // The read that is waited for is a request too, and belongs to the run.
    let mut probes = named(&told, "request").filter(|told| told.field("count").is_none());
    assert!(probes.all(|probe| probe.within == ["run"]));
}

#[test]
fn a_request_that_waits_for_a_place_says_so() {
    let program = || {
        in_virtual_time(async {
            let sandbox = Sandbox::start().await.expect("a sandbox");
            let copper = sandbox.copper().build().expect("a client");
            sandbox.inject(Fault::StallBefore, When::always().containing("Stalled"));
            // A run sends three into the void and waits then, so six take all places until they time out.
            let stalled = join_all((0..6).map(|_| {
                let leads = (0..10).map(|_| NewLead::named("Stalled"));
                let mut run = copper.bulk_create_leads(leads).chunk_size(1);
                async move { while run.next().await.is_some() {} }
            }));
            let late = async {
                tokio::time::sleep(Duration::from_secs(20)).await;
                let mut run = copper.bulk_create_leads([NewLead::named("Late")]);
                run.next().await.expect("an outcome");
            };
            select(pin!(stalled), pin!(late)).await;
        });
    };
    let told = Story::of(program).1;
    let answered = named(&told, "request")
        .filter(|told| told.field("first").is_some() && told.field("status").is_some());
    let waited: Vec<u64> = answered
        .filter_map(|told| told.field("waited_ms")?.parse().ok())
        .collect();
    // The first of the others was given up after 60 s; the limiter alone makes nobody wait for long.
    assert!(matches!(waited[..], [30_000..=60_000]), "{waited:?}");
}

#[test]
fn nothing_is_told_that_the_page_does_not_name() {
    for told in told() {
        let row = PAGE
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", told.name)));
        let row = row.unwrap_or_else(|| panic!("{} is not on the page", told.name));
        let level = told.level.to_string().to_lowercase();
        assert!(row.contains(&level), "{} is {level}", told.name);
        let known: BTreeSet<&str> = PAGE.split('`').collect();
        for field in told.fields.keys() {
            assert!(known.contains(field.as_str()), "{}'s {field}", told.name);
        }
    }
}

#[test]
fn progress_is_seen_from_another_task_while_the_owner_is_busy() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let mut run = copper.bulk_create_leads(leads(100));
        let mut progress = run.progress();
        assert!(format!("{progress:?}").starts_with("Progress(Snapshot { settled"));
        let first = progress.changed().await.expect("the first is at once");
        assert_eq!((first.settled.total(), first.total), (0, Some(100)));
        let watcher = tokio::spawn(async move {
            let mut seen = vec![first];
            while let Some(now) = progress.changed().await {
                seen.push(now);
            }
            seen
        });
        run.next().await.expect("an outcome");
        // The owner is busy; what was in flight is settled all the same.
        let beside = run.progress();
        while beside.now().settled.total() < 20 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(run.summary().total(), 1);
        while run.next().await.is_some() {}
        assert_eq!(beside.now().settled, run.summary());
        let seen = watcher.await.expect("it watched");
        for pair in seen.windows(2) {
            assert!(pair[0].settled.total() <= pair[1].settled.total());
            assert!(pair[0].elapsed <= pair[1].elapsed && pair[0].taken <= pair[1].taken);
        }
        let last = seen.last().expect("the end");
        assert!(last.is_over && last.settled.done == 100 && last.taken == 100);
        assert_eq!(last.time_left, Some(Duration::ZERO));
        assert!(
            seen.iter()
                .any(|now| now.per_second > 0.0 && now.time_left > last.time_left)
        );
        // Who comes late is told the end, once.
        let mut late = run.progress();
        assert!(late.changed().await.is_some_and(|now| now.is_over));
        assert_eq!(late.changed().await, None);
    });
}

#[test]
fn progress_ends_when_its_run_is_dropped_and_counts_what_a_stop_leaves() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let mut run = copper.bulk_create_leads(leads(1_000));
        let mut progress = run.progress();
        run.next().await.expect("an outcome");
        drop(run);
        while let Some(now) = progress.changed().await {
            assert!(!now.is_over);
        }

        let input = from_stream(stream::iter(leads(200)).filter(|_| ready(true)));
        let run = copper.bulk_create_leads(input);
        let progress = run.progress();
        assert_eq!(
            (progress.now().total, progress.now().time_left),
            (None, None)
        );
        let mut run = run.expected(200);
        assert_eq!(progress.now().total, Some(200));
        run.next().await.expect("an outcome");
        run.stop_handle().stop();
        while run.next().await.is_some() {}
        assert_eq!(progress.now().settled, run.summary());
        assert!(run.summary().not_sent > 0 && progress.now().taken == 200);
    });
}

#[test]
fn a_request_has_the_names_of_opentelemetry_for_an_http_client() {
    let (port, told) = Story::of(|| {
        in_virtual_time(async {
            let sandbox = Sandbox::start().await.expect("a sandbox");
            let copper = sandbox.copper().build().expect("a client");
            sandbox.inject(Fault::ErrorBefore(503), When::nth(1));
            let gone = copper.get_lead(7).await.expect_err("there is none");
            assert!(gone.is_not_found());
            sandbox.inject(Fault::ResetBefore, When::nth(1).of("create_lead"));
            let lost = copper.create_lead(&NewLead::named("Pam")).await;
            assert!(lost.is_err());
            // One that is in no schema.
            let account = copper.request(Method::GET, "/account", None, Idempotency::Safe);
            account.await.expect("the account");
            let url: Url = sandbox.base_url().parse().expect("a URL");
            url.port().expect("a port").to_string()
        })
    });
    let fields = |told: &Told| {
        [
            "otel.name",
            "http.request.method",
            "url.template",
            "http.request.resend_count",
            "http.response.status_code",
            "error.type",
        ]
        .map(|name| told.field(name).unwrap_or("-").to_owned())
    };
    let requests: Vec<_> = named(&told, "request").collect();
    let expected = [
        ["GET /leads/{id}", "GET", "/leads/{id}", "0", "503", "503"],
        ["GET /leads/{id}", "GET", "/leads/{id}", "1", "404", "404"],
        ["POST /leads", "POST", "/leads", "0", "-", "no whole answer"],
        ["GET", "GET", "-", "0", "200", "-"],
    ];
    assert_eq!(
        requests.iter().map(|it| fields(it)).collect::<Vec<_>>(),
        expected
    );
    for request in requests {
        assert_eq!(request.field("otel.kind"), Some("client"));
        assert_eq!(request.field("server.address"), Some("127.0.0.1"));
        assert_eq!(request.field("server.port"), Some(port.as_str()));
    }
}
