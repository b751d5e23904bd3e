//! Headers that say what can't be: no time that a server names makes a program wait for ever, and none
//! speeds it up beyond its limits. In virtual time.

use std::time::Duration;

use copper_crm::{Advice, Copper, ErrorKind, NewLead};
use tokio::time::Instant;

use crate::support::{
    clock::in_virtual_time,
    wire::{Wire, answer},
};

const MINUTE: Duration = Duration::from_secs(60);

fn absurd() -> Vec<String> {
    let mut absurd: Vec<String> = [
        "0",
        "-1",
        "NaN",
        "1e308",
        "18446744073709551615",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ]
    .map(str::to_owned)
    .into();
    absurd.push("9".repeat(4_000));
    absurd
}

/// A client with the documented limits.
fn client(wire: &Wire) -> Copper {
    let builder = Copper::builder("token", "owner@example.com").base_url(&wire.url);
    builder.build().expect("a client")
}

#[test]
fn an_absurd_runtime_makes_a_run_neither_wait_nor_hurry() {
    let items = format!("[{}]", [r#"{"id":1000000}"#; 10].join(","));
    for value in absurd() {
        in_virtual_time(async {
            let header = format!("X-Runtime: {value}\r\n");
            let wire = Wire::answering_with_new_ids(answer("200 OK", &header, &items)).await;
            let start = Instant::now();
            let leads = (0..100).map(|n| NewLead::named(n.to_string()));
            let mut run = client(&wire).bulk_create_leads(leads);
            while run.next().await.is_some() {}
            assert_eq!(run.summary().done, 100, "{value:.20}");
            let took = start.elapsed();
            // Ten requests, three a second.
            let expected = Duration::from_secs(3)..MINUTE;
            assert!(expected.contains(&took), "{value:.20}: {took:?}");
        });
    }
}

#[test]
fn an_absurd_time_to_wait_is_waited_for_a_minute_at_most() {
    for value in absurd() {
        in_virtual_time(async {
            let header = format!("Retry-After: {value}\r\n");
            let busy = Wire::answering(answer("429 Too Many Requests", &header, "{}")).await;
            let start = Instant::now();
            let error = client(&busy).create_lead(&NewLead::named("Jim")).await;
            let error = error.expect_err("it never is let in");
            assert_eq!(error.kind(), ErrorKind::RateLimited, "{value:.20}");
            assert!(!error.may_have_taken_effect(), "{error}");
            assert!(start.elapsed() < 4 * MINUTE, "{value:.20}");
            // 180 in a minute.
            assert!(busy.arrived().len() < 4 * 180, "{value:.20}");
            if let Advice::RetryAfter(time) = error.advice() {
                let far = Instant::now().checked_add(time);
                assert!(far.is_some() && time <= 24 * 60 * MINUTE, "{time:?}");
            }

            let down = Wire::answering(answer("503 Unavailable", &header, "{}")).await;
            let start = Instant::now();
            let error = client(&down).get_lead(7).await.expect_err("it is down");
            assert_eq!(error.kind(), ErrorKind::Server, "{value:.20}");
            assert!(start.elapsed() < 4 * MINUTE, "{value:.20}");
        });
    }
}
