//! Futures that are dropped at each of their await points: what the guide promises for each kind of them.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use copper_crm::{
    Copper, Error, NewLead,
    schema::Idempotency,
    sync::Sync,
    types::{LeadMatch, LeadSearch, LeadUpdate},
};
use copper_crm_sandbox::{Fault, Sandbox, When};
use futures_util::future::BoxFuture;
use reqwest::Method;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::{clock::in_virtual_time, held::held};

/// Polls a future until it is pending for the `nth` time, and drops it then.
async fn dropped_at<T>(nth: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut pending = 0;
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => {
            pending += 1;
            match pending >= nth {
                true => Poll::Ready(None),
                false => Poll::Pending,
            }
        }
    })
    .await
}

async fn sandbox() -> (Sandbox, Copper) {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    (sandbox, copper)
}

fn put(sandbox: &Sandbox, count: usize) {
    for n in 0..count {
        sandbox
            .put("leads", &json!({ "name": n.to_string() }))
            .expect("it is put there");
    }
}

fn searches(sandbox: &Sandbox) -> usize {
    let arrivals = sandbox.arrivals();
    let searches = arrivals
        .iter()
        .filter(|it| it.operation == Some("search_leads"));
    searches.count()
}

#[test]
fn a_search_whose_next_is_dropped_repeats_no_request_and_loses_no_lead() {
    in_virtual_time(async {
        let (sandbox, copper) = sandbox().await;
        put(&sandbox, 450);
        let search = || LeadSearch::default().page_size(50);
        for mut found in [copper.search_leads(search()), copper.all_leads(search())] {
            let before = searches(&sandbox);
            let mut names = Vec::new();
            let mut dropped = 0;
            loop {
                match dropped_at(1, found.next()).await {
                    None => {
                        dropped += 1;
                        tokio::task::yield_now().await;
                    }
                    Some(Some(lead)) => names.extend(lead.expect("a lead").name),
                    Some(None) => break,
                }
            }
            let expected: Vec<_> = (0..450).map(|n| n.to_string()).collect();
            assert_eq!(names, expected);
            assert!(dropped > 0);
            let pages = searches(&sandbox) - before;
            assert!(pages <= 10, "{pages}");
        }
    });
}

#[test]
fn a_sync_whose_next_is_dropped_sends_nothing_twice_and_loses_no_outcome() {
    in_virtual_time(async {
        let (sandbox, copper) = sandbox().await;
        let record = |n: usize| NewLead::named(n.to_string()).email(format!("{n}@example.com"));
        let mut run = copper.sync_leads((0..60).map(record), Sync::by_email());
        let mut progress = run.progress();
        let mut dropped = 0;
        while dropped_at(1, run.ready()).await.is_none() {
            dropped += 1;
            // The limiter's time goes on only while nobody has anything to do.
            sleep(Duration::from_millis(5)).await;
        }
        let mut next = 0;
        loop {
            if let Some(Some(now)) = dropped_at(1, progress.changed()).await {
                assert!(now.settled.total() >= next);
            }
            match dropped_at(1, run.next()).await {
                None => {
                    dropped += 1;
                    sleep(Duration::from_millis(5)).await;
                }
                Some(Some(item)) => {
                    assert_eq!(item.index, next);
                    next += 1;
                }
                Some(None) => break,
            }
        }
        assert!(dropped > 0);
        assert_eq!((next, run.summary().created), (60, 60));
        assert_eq!(held(&sandbox).len(), 60);
    });
}

type Call = for<'a> fn(&'a Copper, &'a NewLead) -> BoxFuture<'a, Result<(), Error>>;

/// Calls of each kind: a create, what may be repeated, what only reads, a page, one without a method, several.
fn calls() -> [(&'static str, Call); 7] {
    [
        ("create_lead", |copper, lead| {
            Box::pin(async { copper.create_lead(lead).await.map(drop) })
        }),
        ("upsert_lead", |copper, lead| {
            let by = LeadMatch::email(format!("{}@example.com", lead.name));
            Box::pin(async move { copper.upsert_lead(lead, by).await.map(drop) })
        }),
        ("update_lead", |copper, lead| {
            let update = LeadUpdate::default().title(lead.name.clone());
            Box::pin(async move { copper.update_lead(7, &update).await.map(drop) })
        }),
        ("list_lead_statuses", |copper, _| {
            Box::pin(async { copper.list_lead_statuses().await.map(drop) })
        }),
        ("search_leads_page", |copper, _| {
            Box::pin(async {
                let search = LeadSearch::default();
                copper.search_leads_page(&search).await.map(drop)
            })
        }),
        ("request", |copper, lead| {
            let body = json!({ "name": lead.name });
            Box::pin(async move {
                let once = Idempotency::NotIdempotent;
                let made = copper.request(Method::POST, "/leads", Some(&body), once);
                made.await.map(drop)
            })
        }),
        ("directory", |copper, _| {
            Box::pin(async { copper.directory().await.map(drop) })
        }),
    ]
}

#[test]
fn a_call_that_is_dropped_at_any_await_point_is_sent_once_at_most_and_keeps_no_slot() {
    for refused_first in [false, true] {
        for (name, call) in calls() {
            in_virtual_time(async {
                let (sandbox, copper) = sandbox().await;
                put(&sandbox, 1);
                let mut points = 0;
                loop {
                    let name_of_it = format!("Lead{points}");
                    let lead =
                        NewLead::named(&name_of_it).email(format!("{name_of_it}@example.com"));
                    if refused_first {
                        let retry_after = Some("1".to_owned());
                        sandbox.inject(Fault::TooManyRequests { retry_after }, When::nth(1));
                    }
                    let before = sandbox.arrivals().len();
                    let done = dropped_at(points + 1, call(&copper, &lead)).await;
                    if let Some(done) = done {
                        done.unwrap_or_else(|error| match name {
                            // There may be no lead of this id.
                            "update_lead" if error.is_not_found() => {}
                            _ => panic!("{name}: {error}"),
                        });
                        break;
                    }
                    // What has left may still arrive, and nothing else.
                    sleep(Duration::from_secs(3)).await;
                    sandbox.clear_faults();
                    let most = if refused_first { 2 } else { 1 };
                    let sent = sandbox.arrivals().len() - before;
                    assert!(name == "directory" || sent <= most, "{name}: {sent}");
                    points += 1;
                }
                assert!((1..500).contains(&points), "{name}: {points}");
                // No lead is there twice.
                held(&sandbox);
                let lead = NewLead::named("the last");
                let last = timeout(Duration::from_secs(90), copper.create_lead(&lead)).await;
                last.expect("no slot is lost").expect("a lead");
            });
        }
    }
}
