//! Faults of connections: refused, closed, stale and stalled ones. All end with the sandbox.

use std::time::Duration;

use copper_crm_sandbox::{Fault, Sandbox, When};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{Program, until};

/// With windows so short that these tests never wait for the limits.
async fn quick() -> Sandbox {
    Sandbox::builder().scale(1e-6).start().await.unwrap()
}

#[tokio::test]
async fn a_paused_sandbox_refuses_new_connections_and_closes_the_existing_ones() {
    let sandbox = quick().await;
    let program = Program::of(&sandbox);
    for name in ["a", "b"] {
        assert_eq!(program.bulk(&[name]).await.status, 200);
        sandbox.pause().await;
        assert!(
            program
                .try_bulk(&["refused"])
                .await
                .err()
                .unwrap()
                .is_connect()
        );
        sandbox.resume().unwrap();
        sandbox.resume().unwrap();
    }
    assert_eq!(program.bulk(&["c"]).await.status, 200);
    assert_eq!(sandbox.leads().len(), 3);
}

#[tokio::test]
async fn a_request_gets_its_response_before_its_fault_closes_the_port() {
    let sandbox = quick().await;
    let program = Program::of(&sandbox);
    sandbox.inject(Fault::Refuse(Duration::from_secs(3_600)), When::nth(1));
    assert_eq!(program.bulk(&["a"]).await.status, 200);
    assert!(
        program
            .try_bulk(&["refused"])
            .await
            .err()
            .unwrap()
            .is_connect()
    );
    sandbox.resume().unwrap();
    assert_eq!(program.bulk(&["b"]).await.status, 200);
    assert_eq!(sandbox.leads().len(), 2);
}

#[tokio::test]
async fn a_port_that_a_fault_has_shut_opens_by_itself() {
    let sandbox = quick().await;
    let program = Program::of(&sandbox);
    sandbox.inject(Fault::Refuse(Duration::from_millis(20)), When::nth(1));
    assert_eq!(program.bulk(&["a"]).await.status, 200);
    for _ in 0..1_000 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if program.try_bulk(&["b"]).await.is_ok() {
            break;
        }
    }
    assert_eq!(sandbox.leads().len(), 2);
}

#[tokio::test]
async fn connections_can_be_closed_right_after_they_are_accepted() {
    let sandbox = quick().await;
    let program = Program::of(&sandbox);
    sandbox.inject(Fault::CloseOnAccept(2), When::nth(1));
    assert_eq!(program.bulk(&["a"]).await.status, 200);
    for _ in 0..2 {
        assert!(
            !program
                .try_bulk(&["lost"])
                .await
                .err()
                .unwrap()
                .is_timeout()
        );
    }
    assert_eq!(program.bulk(&["b"]).await.status, 200);
    sandbox.close_on_accept(1).await;
    assert!(program.try_bulk(&["lost"]).await.is_err());
    assert_eq!(sandbox.arrivals().len(), 2);
}

#[tokio::test]
async fn a_stale_connection_answers_once_and_swallows_the_next_request() {
    let sandbox = quick().await;
    let program = Program::of(&sandbox);
    sandbox.inject(Fault::Stale, When::nth(1));
    assert_eq!(program.bulk(&["a"]).await.status, 200);
    assert!(
        !program
            .try_bulk(&["lost"])
            .await
            .err()
            .unwrap()
            .is_connect()
    );
    assert_eq!(program.bulk(&["b"]).await.status, 200);
    assert_eq!(sandbox.arrivals().len(), 2);
}

#[tokio::test]
async fn a_stall_lasts_until_the_client_gives_up() {
    for (fault, held) in [
        (Fault::StallBefore, 0),
        (Fault::StallAfter, 1),
        (Fault::StallMidBody, 1),
    ] {
        let sandbox = quick().await;
        let program = Program::of(&sandbox);
        sandbox.inject(fault.clone(), When::nth(1));
        let request = program
            .request(reqwest::Method::POST, "/leads")
            .body(r#"{"name":"a"}"#);
        let mut client = tokio::spawn(crate::reply(request));
        until("the fault has struck", || sandbox.summary().faults == 1).await;
        let given_up = tokio::time::timeout(Duration::from_millis(100), &mut client).await;
        assert!(given_up.is_err(), "{fault:?}");
        assert_eq!(sandbox.leads().len(), held, "{fault:?}");
        client.abort();
    }
}

#[tokio::test]
async fn dropping_the_sandbox_ends_every_connection_and_frees_its_port() {
    let sandbox = quick().await;
    let program = Program::of(&sandbox);
    assert_eq!(program.bulk(&["a"]).await.status, 200);
    sandbox.inject(Fault::StallBefore, When::nth(1).of("create_lead"));
    let stalled = tokio::spawn(
        program
            .request(reqwest::Method::POST, "/leads")
            .body("{}")
            .send(),
    );
    until("the request has arrived", || sandbox.arrivals().len() == 2).await;
    let port = sandbox
        .base_url()
        .split([':', '/'])
        .nth(4)
        .unwrap()
        .parse()
        .unwrap();
    drop(sandbox);
    assert!(!stalled.await.unwrap().err().unwrap().is_timeout());
    assert!(
        program
            .try_bulk(&["refused"])
            .await
            .err()
            .unwrap()
            .is_connect()
    );
    let next = Sandbox::builder().port(port).start().await.unwrap();
    assert_eq!(next.base_url(), program.base_url);
    let program = Program::of(&next);
    assert_eq!(program.bulk(&["b"]).await.status, 200);
}

#[tokio::test]
async fn a_taken_port_is_an_error_at_the_start() {
    let sandbox = quick().await;
    let port = sandbox
        .base_url()
        .split([':', '/'])
        .nth(4)
        .unwrap()
        .parse()
        .unwrap();
    assert!(Sandbox::builder().port(port).start().await.is_err());
}

#[test]
fn without_a_tokio_runtime_the_start_is_an_error_in_words() {
    let start = futures_util::FutureExt::now_or_never(Sandbox::start());
    assert!(start.unwrap().unwrap_err().to_string().contains("Tokio"));
}

#[tokio::test]
async fn a_request_that_breaks_off_on_its_way_never_arrived() {
    let sandbox = quick().await;
    let host = sandbox
        .base_url()
        .trim_start_matches("http://")
        .split('/')
        .next()
        .unwrap();
    let mut connection = TcpStream::connect(host).await.unwrap();
    let token = sandbox.token();
    let head = format!(
        "POST /developer_api/v1/leads HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\ncontent-length: 100\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(b"{\"name\":").await.unwrap();
    connection.shutdown().await.unwrap();
    let _ = connection.read_to_end(&mut Vec::new()).await;
    assert!(sandbox.arrivals().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_concurrent_requests_all_get_responses_in_both_kinds_of_runtime() {
    let sandbox = Sandbox::builder().scale(1e-6).start().await.unwrap();
    let program = std::sync::Arc::new(Program::of(&sandbox));
    let tasks: Vec<_> = (0..64)
        .map(|n| {
            let program = std::sync::Arc::clone(&program);
            tokio::spawn(async move {
                program
                    .post("/leads", serde_json::json!({ "name": format!("Lead {n}") }))
                    .await
                    .status
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 200);
    }
    assert_eq!(sandbox.leads().len(), 64);
}
