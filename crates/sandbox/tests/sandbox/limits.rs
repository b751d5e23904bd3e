//! Both rate limits, with windows that are too long to end in a test, or too short to wait for.

use std::time::Duration;

use copper_crm::limit::AppliesTo;
use copper_crm_sandbox::{Delay, Fault, Network, Sandbox, When};

use crate::{Program, until};

/// A minute becomes more than an hour.
const FROZEN: f64 = 100.0;

#[tokio::test]
async fn the_fourth_bulk_request_of_a_second_is_refused_and_single_ones_are_not() {
    let sandbox = Sandbox::builder().scale(FROZEN).start().await.unwrap();
    let program = Program::of(&sandbox);
    for name in ["a", "b", "c"] {
        assert_eq!(program.bulk(&[name]).await.status, 200);
    }
    let refused = program.bulk(&["d"]).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, None));
    assert_eq!(program.get("/lead_statuses").await.status, 200);
    assert_eq!(sandbox.leads().len(), 3);
    assert_eq!(sandbox.summary().limited, 1);
}

#[tokio::test]
async fn the_181st_request_of_a_minute_is_refused_whatever_it_is() {
    let sandbox = Sandbox::builder().scale(FROZEN).start().await.unwrap();
    let program = Program::of(&sandbox);
    for _ in 0..180 {
        assert_ne!(program.get("/leads/1").await.status, 429);
    }
    assert_eq!(program.get("/leads/1").await.status, 429);
    assert_eq!(program.get("/nothing").await.status, 429);
    assert_eq!(program.bulk(&["a"]).await.status, 429);
}

#[tokio::test]
async fn a_window_frees_by_itself() {
    let sandbox = Sandbox::builder().scale(0.05).start().await.unwrap();
    let program = Program::of(&sandbox);
    let mut refused = 0;
    while sandbox.leads().len() < 8 {
        refused += usize::from(program.bulk(&["a"]).await.status == 429);
    }
    assert_eq!(sandbox.summary().limited, refused);
    let accepted: Vec<_> = sandbox
        .arrivals()
        .into_iter()
        .filter(|arrival| arrival.status == Some(200))
        .map(|arrival| arrival.at)
        .collect();
    assert!(
        accepted
            .windows(4)
            .all(|four| four[3] - four[0] >= Duration::from_millis(50)),
        "{accepted:?}"
    );
}

#[tokio::test]
async fn limits_are_scaled_and_told() {
    let sandbox = Sandbox::builder().scale(0.01).start().await.unwrap();
    let limits: Vec<_> = sandbox
        .limits()
        .iter()
        .map(|limit| (limit.applies_to, limit.requests, limit.window))
        .collect();
    assert_eq!(
        limits,
        [
            (AppliesTo::All, 180, Duration::from_millis(600)),
            (AppliesTo::Bulk, 3, Duration::from_millis(10))
        ]
    );
    assert!(Sandbox::builder().scale(0.0).start().await.is_err());
}

#[tokio::test]
async fn a_network_delays_but_loses_nothing_and_the_runtime_is_told_truly() {
    let network = Network {
        work: Delay::of(30, 5),
        ..Network::lan()
    };
    let sandbox = Sandbox::builder()
        .network(network)
        .seed(3)
        .start()
        .await
        .unwrap();
    let program = Program::of(&sandbox);
    let reply = program.bulk(&["a"]).await;
    assert!(reply.header("x-runtime").unwrap().parse::<f64>().unwrap() >= 0.03);
    // There and back to connect, there for the request.
    assert!(sandbox.arrivals()[0].at >= Duration::from_millis(15));
}

#[tokio::test]
async fn a_request_that_has_arrived_is_worked_on_though_its_client_has_left() {
    let network = Network {
        work: Delay::of(300, 0),
        ..Network::none()
    };
    let sandbox = Sandbox::builder().network(network).start().await.unwrap();
    let program = Program::of(&sandbox);
    let request = program
        .request(reqwest::Method::POST, "/leads")
        .body(r#"{"name":"a"}"#);
    let client = tokio::spawn(request.send());
    until("the request has arrived", || sandbox.arrivals().len() == 1).await;
    client.abort();
    until("the lead is created", || sandbox.leads().len() == 1).await;
}

#[tokio::test]
async fn the_scale_shortens_a_retry_after_as_well() {
    let sandbox = Sandbox::builder().scale(0.1).start().await.unwrap();
    let program = Program::of(&sandbox);
    let retry_after = Some("60".to_owned());
    sandbox.inject(Fault::TooManyRequests { retry_after }, When::nth(1));
    let reply = program.get("/lead_statuses").await;
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (429, Some("6"))
    );
}
