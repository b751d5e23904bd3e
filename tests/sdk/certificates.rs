//! A server must have a trusted certificate, or it gets nothing.
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use copper_crm::{Advice, Copper, ErrorKind, NewLead, Outcome, bulk::StoppedBy};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, rustls};

/// A certificate that nobody trusts, as PEM, and the configuration of a server with it.
fn own_certificate() -> (String, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let server = acceptor(&made.cert, &made.signing_key);
    (made.cert.pem(), server)
}

/// A server's side of TLS, with this certificate.
fn acceptor(certificate: &rcgen::Certificate, key: &KeyPair) -> TlsAcceptor {
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .expect("a configuration");
    TlsAcceptor::from(Arc::new(server))
}

/// An authority that signs certificates, and its own one as PEM.
fn authority(name: &str) -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::new(Vec::new()).expect("an authority");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    (certificate.pem(), Issuer::new(params, key))
}

/// A server's side of TLS with a certificate by this authority, after `change`.
fn signed(
    by: &Issuer<'static, KeyPair>,
    name: &str,
    change: impl FnOnce(&mut CertificateParams),
) -> TlsAcceptor {
    let mut params = CertificateParams::new([name.to_owned()]).expect("a certificate");
    change(&mut params);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, by).expect("a certificate");
    acceptor(&certificate, &key)
}

/// The error of a create at a server that does this with its connections, for a client that trusts this root.
async fn refused<F: Future<Output = ()> + Send + 'static>(
    root: &str,
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> copper_crm::Error {
    let (port, listener) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    let copper = Copper::builder("token", "owner@example.com")
        .base_url(format!("https://localhost:{port}"))
        .root_certificates(root)
        .build()
        .expect("a client");
    let made = copper.create_lead(&NewLead::named("Jim")).await;
    made.expect_err("it is no Copper")
}

fn assert_tls(error: &copper_crm::Error, cause: &str) {
    assert_eq!(
        (error.kind(), error.advice()),
        (ErrorKind::Tls, Advice::Correct),
        "{error}"
    );
    assert!(!error.may_have_taken_effect(), "{error}");
    let told = error.to_string();
    assert!(told.to_lowercase().contains(cause), "{cause}: {told}");
    assert!(told.contains("(localhost:"), "{told}");
}

#[tokio::test]
async fn a_certificate_for_another_name_or_another_time_or_by_a_stranger_is_refused_with_the_reason()
 {
    let (root, by) = authority("ours");
    let (_, stranger) = authority("a stranger's");
    let long_ago = |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    };
    let to_come = |params: &mut CertificateParams| params.not_before = date_time_ymd(4000, 1, 1);
    for (server, cause) in [
        (signed(&by, "other.example", |_| ()), "not valid for name"),
        (signed(&by, "localhost", long_ago), "expired"),
        (signed(&by, "localhost", to_come), "not valid yet"),
        (signed(&stranger, "localhost", |_| ()), "unknownissuer"),
    ] {
        let error = refused(&root, move |stream| {
            let server = server.clone();
            async move {
                let shaken = server.accept(stream).await;
                assert!(shaken.is_err(), "the client must not go on");
            }
        });
        assert_tls(&error.await, cause);
    }
    // The check itself works.
    let (port, listener) = listen().await;
    let server = signed(&by, "localhost", |_| ());
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        server.accept(stream).await.is_ok()
    });
    let copper = Copper::builder("token", "owner@example.com")
        .base_url(format!("https://localhost:{port}"))
        .root_certificates(root)
        .build()
        .expect("a client");
    let _ = copper.create_lead(&NewLead::named("Jim")).await;
    assert!(served.await.expect("no panic"), "a good one is taken");
}

#[tokio::test]
async fn tls_1_1_and_what_is_no_tls_are_refused() {
    // The hello of a server that knows TLS 1.1 and no more: its version, a random, no session, a cipher.
    let hello = [
        &[22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2][..],
        &[7; 32],
        &[0, 0xc0, 0x13, 0],
    ]
    .concat();
    for (said, cause) in [
        (hello, "tls12"),
        // What such a server says as well: a fatal alert, `protocol_version`.
        (vec![21, 3, 2, 0, 2, 2, 70], "protocolversion"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), "corrupt"),
    ] {
        let (root, _) = authority("ours");
        let error = refused(&root, move |mut stream| {
            let said = said.clone();
            async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(&said).await;
                let mut rest = Vec::new();
                let _ = stream.read_to_end(&mut rest).await;
                let rest = String::from_utf8_lossy(&rest).into_owned();
                assert!(!rest.contains("Jim"), "{rest}");
            }
        });
        assert_tls(&error.await, cause);
    }
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
