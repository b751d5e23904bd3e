//! A server must have a trusted certificate, or it gets nothing.
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use copper_crm::{Copper, NewLead, Outcome, bulk::StoppedBy};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{TlsAcceptor, rustls};

/// A certificate that nobody trusts, as PEM, and the configuration of a server with it.
fn own_certificate() -> (String, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .expect("a configuration");
    (made.cert.pem(), TlsAcceptor::from(Arc::new(server)))
}

async fn listen() -> (u16, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (port, listener)
}

#[tokio::test]
async fn an_own_root_certificate_is_taken() {
    let (certificate, acceptor) = own_certificate();
    let (port, listener) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer =
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";
            let _ = stream.write_all(answer).await;
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
        .root_certificates(certificate)
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
async fn a_server_with_an_unknown_certificate_gets_nothing_and_stops_a_run() {
    let (_, acceptor) = own_certificate();
    let (port, listener) = listen().await;
    let handshakes = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&handshakes);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::Relaxed);
            assert!(
                acceptor.accept(stream).await.is_err(),
                "the client must not go on"
            );
        }
    });
    let copper = Copper::builder("token", "owner@example.com")
        .base_url(format!("https://localhost:{port}"))
        .build()
        .expect("built");
    let mut run = copper.bulk_create_leads((0..25).map(|n| NewLead::named(format!("Lead {n}"))));
    while let Some(item) = run.next().await {
        assert!(
            matches!(item.outcome, Outcome::NotSent(_)),
            "{:?}",
            item.outcome
        );
    }
    assert!(matches!(run.stopped_by(), Some(StoppedBy::Error(_))));
    assert_eq!(
        run.summary().to_string(),
        "25 leads: 0 done, 0 rejected, 25 not sent, 0 unknown"
    );
    let tried = handshakes.load(Ordering::Relaxed);
    assert!((1..=3).contains(&tried), "{tried} times, for three chunks");
}
