//! The crate without its feature `rustls-ring`, which leaves TLS to the user. It is a separate program
//! because it needs a separate build: `.ci/run` runs it with `--no-default-features`. With the feature it is
//! empty.
#![cfg(not(feature = "rustls-ring"))]

use std::{future, future::poll_fn};

use copper_crm::{Builder, Copper, Error};

fn build(change: impl FnOnce(Builder) -> Builder) -> Result<Copper, Error> {
    change(Copper::builder("the API key", "owner@example.com")).build()
}

#[test]
fn https_without_any_tls_is_told_at_once() {
    let why = build(|builder| builder).expect_err("no TLS").to_string();
    assert!(why.contains("`rustls-ring`"), "{why}");
}

#[test]
fn plain_http_and_a_tls_of_ones_own_need_no_feature() {
    assert!(build(|builder| builder.base_url("http://127.0.0.1:9")).is_ok());
    assert!(build(|builder| builder.http(|client| client)).is_ok());
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_over_https_without_tls() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = server.local_addr().expect("an address");
    let copper = build(|builder| {
        builder
            .base_url(format!("https://{address}"))
            .http(|client| client)
    });
    let error = copper
        .expect("the user answers for TLS")
        .get_lead(1)
        .await
        .expect_err("no TLS");
    assert!(error.is_not_connected(), "{error}");
    let heard = poll_fn(|task| server.poll_accept(task));
    tokio::select! {
        biased;
        _ = heard => panic!("a connection was made"),
        () = future::ready(()) => {}
    }
}
