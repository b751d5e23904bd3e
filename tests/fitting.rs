//! Fits in wherever tokio runs: either runtime, tasks, a proxy, own certificates, own timeouts, and
//! several clients with one key.

#[path = "support/wire.rs"]
mod wire;

use std::{sync::Arc, time::Duration};

use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::from_stream,
    sandbox::{Fault, Sandbox, When},
    types::LeadSearch,
};
use futures_util::{StreamExt, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{TlsAcceptor, rustls};
use wire::{Wire, answer};

fn leads(count: usize) -> impl Iterator<Item = NewLead> + Send + 'static {
    (0..count).map(|n| NewLead::named(format!("Lead {n}")))
}

/// Everything in tasks of its own, which is what makes it `Send + 'static`.
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
async fn an_own_root_certificate_is_taken() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.expect("a key"))
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream
                .write_all(answer("200 OK", "", "[]").as_bytes())
                .await;
            let _ = stream.shutdown().await;
        }
    });
    let builder = || {
        Copper::builder("token", "owner@example.com").base_url(format!("https://localhost:{port}"))
    };
    let stranger = builder().build().expect("a client");
    let refused = stranger.list_lead_statuses().await;
    assert!(refused.is_err(), "nobody trusts it");
    let copper = builder()
        .root_certificates(made.cert.pem())
        .build()
        .expect("a client");
    let statuses = copper.list_lead_statuses().await;
    assert!(statuses.expect("it is trusted").is_empty());
    let none = builder().root_certificates("not a certificate").build();
    let refusal = none.expect_err("there is none in it").to_string();
    assert!(
        refusal.contains("no root certificate can be read"),
        "{refusal}"
    );
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

/// A user's part that fails in the worst way.
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
