//! Other users of the machine, and web pages in the user's browser: they get nothing from the sandbox, and
//! their requests don't stay in memory.

use copper_crm_sandbox::Sandbox;
use reqwest::{Method, header::HOST};
use std::net::Ipv4Addr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{Program, reply};

#[tokio::test]
async fn every_sandbox_has_a_token_of_its_own_unless_one_is_set() {
    let [one, other] = [
        Sandbox::start().await.unwrap(),
        Sandbox::start().await.unwrap(),
    ];
    assert_ne!(one.token(), other.token());
    assert!(one.token().len() >= 32, "{}", one.token());
    let builder = Sandbox::builder().credentials("fixed", "me@example.com");
    let fixed = builder.clone().start().await.unwrap();
    assert_eq!(fixed.token(), "fixed");
    assert_eq!(Program::of(&one).get("/lead_statuses").await.status, 200);
}

#[tokio::test]
async fn clones_of_a_builder_start_sandboxes_with_different_tokens() {
    let builder = Sandbox::builder();
    let one = builder.clone().start().await.unwrap();
    let other = builder.start().await.unwrap();
    assert_ne!(one.token(), other.token());
}

#[tokio::test]
async fn a_request_for_another_host_is_refused_even_with_valid_credentials() {
    let sandbox = Sandbox::builder()
        .host_name("copper.test")
        .start()
        .await
        .unwrap();
    let program = Program::of(&sandbox);
    let summary = sandbox.base_url().replace("/developer_api/v1", "/sandbox");
    for (host, api, report) in [
        ("attacker.example", 421, 421),
        ("10.0.0.1:80", 421, 421),
        ("localhost:1234", 200, 200),
        ("copper.test", 200, 200),
    ] {
        let request = program
            .request(Method::GET, "/lead_statuses")
            .header(HOST, host);
        assert_eq!(reply(request).await.unwrap().status, api, "{host}");
        let request = program.http.get(&summary).header(HOST, host);
        assert_eq!(reply(request).await.unwrap().status, report, "{host}");
    }
    assert_eq!(
        sandbox.arrivals().len(),
        2,
        "a refused request is no arrival"
    );
}

#[tokio::test]
async fn a_sandbox_on_all_addresses_is_reached_by_the_name_of_a_container_and_by_no_other_name() {
    let sandbox = Sandbox::builder()
        .address(Ipv4Addr::UNSPECIFIED)
        .start()
        .await
        .unwrap();
    assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
    let program = Program::of(&sandbox);
    for (host, status) in [("sandbox:8080", 200), ("10.0.0.1", 200), ("a.example", 421)] {
        let request = program
            .request(Method::GET, "/lead_statuses")
            .header(HOST, host);
        assert_eq!(reply(request).await.unwrap().status, status, "{host}");
    }
}

/// Sends the head of a request with a huge body and as much of the body as the sandbox reads.
async fn flood(sandbox: &Sandbox, headers: &str) -> (String, usize) {
    const SIZE: usize = 60 << 20;
    let address = sandbox.base_url().trim_start_matches("http://");
    let (address, _) = address.split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head =
        format!("POST /developer_api/v1/leads HTTP/1.1\r\n{headers}content-length: {SIZE}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut read, mut write) = stream.split();
    let mut sent = 0;
    let part = vec![b' '; 64 << 10];
    let mut response = vec![0; 1_024];
    let length = loop {
        tokio::select! {
            biased;
            length = read.read(&mut response) => break length.unwrap_or(0),
            written = write.write(&part) => match written {
                Ok(written) => sent += written,
                Err(_) => break read.read(&mut response).await.unwrap_or(0),
            }
        }
        if sent >= SIZE {
            break read.read(&mut response).await.unwrap_or(0);
        }
    };
    (
        String::from_utf8_lossy(&response[..length]).into_owned(),
        sent,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_body_without_credentials_is_neither_read_nor_kept() {
    let sandbox = Sandbox::start().await.unwrap();
    for host in ["host: localhost\r\n", "host: attacker.example\r\n"] {
        let (response, sent) = flood(&sandbox, host).await;
        // What the sockets of both sides buffer is sent, but never read.
        assert!(sent < 30 << 20, "{sent} bytes");
        assert!(
            response.is_empty() || response.contains(" 401 ") || response.contains(" 421 "),
            "{response}"
        );
    }
    for arrival in sandbox.arrivals() {
        assert_eq!((arrival.status, arrival.body.len()), (Some(401), 0));
    }
    assert_eq!(
        Program::of(&sandbox).get("/lead_statuses").await.status,
        200
    );
}

#[tokio::test]
async fn a_small_request_without_credentials_gets_its_401_and_its_body_is_not_kept() {
    let sandbox = Sandbox::start().await.unwrap();
    let program = Program::of(&sandbox);
    let lead = format!(r#"{{"name":"{}"}}"#, "x".repeat(500_000));
    let request = program.bare(Method::POST, "/leads").body(lead);
    assert_eq!(reply(request).await.unwrap().status, 401);
    let arrivals = sandbox.arrivals();
    assert_eq!((arrivals.len(), arrivals[0].body.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_thousand_requests_without_credentials_are_recorded() {
    let sandbox = Sandbox::builder().scale(1e-6).start().await.unwrap();
    let program = Program::of(&sandbox);
    for _ in 0..1_005 {
        let request = program.bare(Method::GET, "/lead_statuses");
        assert_eq!(reply(request).await.unwrap().status, 401);
    }
    assert_eq!(sandbox.arrivals().len(), 1_000);
    program.get("/lead_statuses").await;
    assert_eq!(sandbox.arrivals()[1_000].status, Some(200));
}
