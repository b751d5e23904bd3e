//! The crate fits into every tokio program: either runtime, tasks, a proxy, other timeouts, and several
//! clients with one key.

use std::{sync::Arc, time::Duration};

use copper_crm::{Copper, NewLead, Outcome, bulk::from_stream, types::LeadSearch};
use copper_crm_sandbox::{Fault, Sandbox, When};
use futures_util::{StreamExt, stream};

use crate::support::wire::{Wire, answer};

fn leads(count: usize) -> impl Iterator<Item = NewLead> + Send + 'static {
    (0..count).map(|n| NewLead::named(format!("Lead {n}")))
}

/// Runs everything in tasks, which need `Send + 'static`.
async fn load_and_search() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let mut owned = copper.bulk_create_leads(leads(5));
    let owned = tokio::spawn(async move {
        while owned.next().await.is_some() {}
        owned.summary().done
    });
    let streamed = copper.bulk_create_leads(from_stream(stream::iter(leads(5))));
    let streamed = tokio::spawn(streamed.collect::<Vec<_>>());
    let own = copper.clone();
    let single = tokio::spawn(async move { own.create_lead(&NewLead::named("Pam")).await });
    assert_eq!(owned.await.expect("a task"), 5);
    assert_eq!(streamed.await.expect("a task").len(), 5);
    single.await.expect("a task").expect("a lead");
    let found = copper.search_leads(LeadSearch::default());
    let found = tokio::spawn(found.collect::<Vec<_>>());
    assert_eq!(found.await.expect("a task").len(), 11);
}

#[tokio::test(flavor = "current_thread")]
async fn it_runs_on_one_thread() {
    load_and_search().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_runs_on_many_threads() {
    load_and_search().await;
}

#[tokio::test]
async fn an_own_proxy_is_asked_for_the_host_and_never_for_loopback() {
    let proxy = Wire::answering(answer("502 Bad Gateway", "", "")).await;
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let through = |builder: copper_crm::Builder| {
        let proxy = reqwest::Proxy::all(&proxy.url).expect("a proxy");
        builder
            .http(|http| http.proxy(proxy))
            .build()
            .expect("a client")
    };
    let inside = through(sandbox.copper());
    inside
        .create_lead(&NewLead::named("Jim"))
        .await
        .expect("a lead");
    assert!(proxy.arrived().is_empty());
    let outside = Copper::builder("token", "owner@example.com").base_url("https://copper.invalid");
    let asked = through(outside).create_lead(&NewLead::named("Jim")).await;
    let error = asked.expect_err("the proxy says no");
    assert!(!error.may_have_taken_effect(), "{error}");
    let arrived = proxy.arrived().concat();
    assert!(
        arrived.starts_with("CONNECT copper.invalid:443 "),
        "{arrived}"
    );
    assert!(!arrived.contains("token"), "the proxy sees no credentials");
}

#[tokio::test]
async fn an_own_timeout_is_kept() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    sandbox.inject(Fault::StallAfter, When::nth(1));
    let copper = sandbox
        .copper()
        .http(|http| http.timeout(Duration::from_millis(200)))
        .build()
        .expect("a client");
    // With the timeout of a minute, this would take one.
    let lost = copper.create_lead(&NewLead::named("Jim")).await;
    assert!(lost.is_err_and(|error| error.may_have_taken_effect()));
}

/// A user's closure that fails in the worst way.
struct Panics;

impl reqwest::dns::Resolve for Panics {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        panic!("a fault of the user's resolver")
    }
}

#[tokio::test]
async fn a_resolver_that_panics_takes_no_lead_with_it() {
    let copper = Copper::builder("token", "owner@example.com")
        .base_url("http://localhost:9")
        .http(|http| http.dns_resolver(Arc::new(Panics)))
        .build()
        .expect("a client");
    let mut run = copper.bulk_create_leads(leads(15));
    let mut indices = Vec::new();
    while let Some(item) = run.next().await {
        assert!(matches!(item.outcome, Outcome::Unknown(_)));
        indices.push(item.index);
    }
    assert!(indices.into_iter().eq(0..15));
}

#[tokio::test(start_paused = true)]
async fn clients_that_share_a_limiter_keep_to_the_limits_together() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let one = sandbox.copper().build().expect("a client");
    let other = sandbox
        .copper()
        .limiter(one.limiter().clone())
        .build()
        .expect("a client");
    let run = |copper: Copper| {
        tokio::spawn(async move {
            copper
                .bulk_create_leads(leads(60))
                .collect::<Vec<_>>()
                .await
        })
    };
    let (first, second) = (run(one), run(other));
    first.await.expect("a task");
    second.await.expect("a task");
    assert_eq!(sandbox.leads().len(), 120);
    let refused = sandbox
        .arrivals()
        .iter()
        .filter(|it| it.status == Some(429))
        .count();
    assert_eq!(refused, 0);
}
