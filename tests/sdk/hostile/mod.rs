//! Hostile servers: answers without an end, in any part of the answer. No call may wait for ever, keep more
//! than its limit in memory, or report more than it knows.

mod descriptors;
mod headers;
mod proxies;

use std::{
    fs,
    io::{self, Read, Write},
    path::Path,
    thread,
    time::Duration,
};

use copper_crm::{Copper, NewLead, Outcome};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::sleep,
};

use crate::support::{
    clock::in_virtual_time,
    wire::{Wire, answer},
};

/// A server that begins every answer like this and then writes `more` for ever, with pauses, or as fast as it
/// is read.
async fn endless(start: String, more: String, pause: Option<Duration>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (start, more) = (start.clone(), more.clone());
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(start.as_bytes()).await;
                while stream.write_all(more.as_bytes()).await.is_ok() {
                    if let Some(pause) = pause {
                        sleep(pause).await;
                    }
                }
            });
        }
    });
    url
}

fn client(url: &str) -> Copper {
    let builder = Copper::builder("token", "owner@example.com").base_url(url);
    builder.limits([]).build().expect("a client")
}

/// A create whose effect nobody can know.
async fn assert_all_unknown(url: &str, what: &str) {
    let error = client(url).create_lead(&NewLead::named("Jim")).await;
    let error = error.expect_err(what);
    assert!(error.may_have_taken_effect(), "{what}: {error}");
    let mut run = client(url).bulk_create_leads(["Jim", "Pam"].map(NewLead::named));
    let mut count = 0;
    while let Some(item) = run.next().await {
        assert!(
            matches!(item.outcome, Outcome::Unknown(_)),
            "{what}: {:?}",
            item.outcome
        );
        count += 1;
    }
    assert_eq!(count, 2, "{what}");
}

const OK: &str = "HTTP/1.1 200 OK\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn an_answer_that_drips_for_ever_is_given_up() {
    for (what, start, more) in [
        ("a status line", "", "H"),
        ("a header", OK, "X"),
        ("headers", OK, "X: y\r\n"),
        (
            "preliminary answers",
            "",
            "HTTP/1.1 103 Early Hints\r\n\r\n",
        ),
        ("a body until the end", "HTTP/1.0 200 OK\r\n\r\n[", " "),
        ("a body in chunks", CHUNKED, "1\r\n \r\n"),
        ("the size of a chunk", CHUNKED, "0"),
        ("an extension of a chunk", &format!("{CHUNKED}1;"), "x"),
        ("trailers", &format!("{CHUNKED}0\r\n"), "X: y\r\n"),
    ] {
        in_virtual_time(async {
            let pause = Some(Duration::from_secs(1));
            let url = endless(start.to_owned(), more.to_owned(), pause).await;
            assert_all_unknown(&url, what).await;
        });
    }
}

#[tokio::test]
async fn an_answer_that_floods_is_given_up_at_its_cap() {
    let long = "x".repeat(64 << 10);
    for (what, start, more) in [
        ("a status line", String::new(), long.clone()),
        ("a header", OK.to_owned(), long.clone()),
        (
            "headers",
            OK.to_owned(),
            format!("X: {}\r\n", "y".repeat(1000)),
        ),
        (
            "a body until the end",
            "HTTP/1.0 200 OK\r\n\r\n".to_owned(),
            long.clone(),
        ),
        (
            "a body in chunks",
            CHUNKED.to_owned(),
            format!("10000\r\n{long}\r\n"),
        ),
        (
            "an extension of a chunk",
            format!("{CHUNKED}1;"),
            long.clone(),
        ),
        (
            "trailers",
            format!("{CHUNKED}0\r\n"),
            format!("X: {}\r\n", "y".repeat(1000)),
        ),
    ] {
        let url = endless(start, more, None).await;
        assert_all_unknown(&url, what).await;
    }
}

#[tokio::test]
async fn a_list_of_more_items_than_any_answer_has_is_not_read() {
    let items = format!("[{}0]", "{\"id\":1},".repeat(200_000));
    let server = Wire::answering(answer("200 OK", "", &items)).await;
    assert_all_unknown(&server.url, "two hundred thousand items").await;
}

/// Preliminary answers have no cap, so only the timeout ends them. The server is no task: it is as fast as it can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_preliminary_answers_ends_with_the_timeout() {
    for status in ["100 Continue", "102 Processing", "103 Early Hints"] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let _ = stream.read(&mut [0; 4096]);
            let more = format!("HTTP/1.1 {status}\r\nX: y\r\n\r\n").repeat(100);
            while stream.write_all(more.as_bytes()).is_ok() {
                thread::sleep(Duration::from_millis(1));
            }
        });
        let copper = Copper::builder("token", "owner@example.com")
            .base_url(&url)
            .request_timeout(Duration::from_millis(200))
            .build()
            .expect("a client");
        let made = copper.create_lead(&NewLead::named("Jim")).await;
        let error = made.expect_err("no answer comes");
        assert!(
            error.is_timeout() && error.may_have_taken_effect(),
            "{error}"
        );
        // Its connection is closed, so that it ends.
        server.join().expect("no panic");
    }
}

#[tokio::test]
async fn a_second_answer_to_one_request_is_no_answer_to_the_next() {
    let first = answer("200 OK", "", r#"{"id":1000000}"#);
    for second in [
        answer("200 OK", "", r#"{"id":7}"#),
        answer("200 OK", "", r#"[{"id":7}]"#),
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":7,".to_owned(),
        "{\"id\":7}".to_owned(),
    ] {
        let wire = Wire::answering_with_new_ids(format!("{first}{second}")).await;
        let copper = client(&wire.url);
        let mut ids = Vec::new();
        for _ in 0..5 {
            let made = copper.create_lead(&NewLead::named("Jim")).await;
            ids.push(made.expect("the first answer").id.0);
        }
        let expected: Vec<_> = (1_000_001..1_000_006).collect();
        assert_eq!(ids, expected, "{second}");
        assert_eq!(wire.connections(), 5, "none is used again");
    }
}

#[tokio::test]
async fn an_answer_that_is_packed_is_not_unpacked() {
    // `{"id":7}`, packed by gzip.
    let packed = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 171, 86, 202, 76, 81, 178, 50, 175, 5, 0, 67, 95, 7, 18,
        8, 0, 0, 0,
    ];
    let head = format!(
        "{OK}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        packed.len()
    );
    let wire = Wire::answering([head.as_bytes(), &packed].concat()).await;
    assert_all_unknown(&wire.url, "a packed answer").await;
    let asked = wire.arrived().concat().to_lowercase();
    assert!(!asked.contains("accept-encoding"), "{asked}");
}

/// Answers that the fuzzers generated or found.
fn fuzzed_answers() -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/fuzz/corpus/bulk_answer");
    let files = fs::read_dir(corpus).expect("the corpus");
    let read = |file: io::Result<fs::DirEntry>| fs::read(file.expect("a file").path());
    let answers: Result<Vec<_>, _> = files.map(read).collect();
    let answers = answers.expect("their bytes");
    assert!(!answers.is_empty());
    answers
}

/// The inputs of the fuzzers for decoding an answer, used for a whole run.
#[test]
fn whatever_is_answered_each_lead_gets_one_outcome() {
    for bytes in fuzzed_answers() {
        // Shown when the test fails.
        let body = String::from_utf8_lossy(&bytes).into_owned();
        println!("{body}");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let server = Wire::answering(answer("200 OK", "", &body)).await;
            for count in 1..=3 {
                let leads = (0..count).map(|n| NewLead::named(format!("Lead {n}")));
                let mut run = client(&server.url).bulk_create_leads(leads);
                let mut indexes = Vec::new();
                while let Some(item) = run.next().await {
                    assert_eq!(item.input.name, format!("Lead {}", item.index));
                    if let Outcome::Done(lead) = &item.outcome {
                        assert!(lead.id.0 > 0);
                    }
                    indexes.push(item.index);
                }
                assert_eq!(indexes, (0..count).collect::<Vec<_>>());
            }
        });
    }
}

#[tokio::test]
async fn one_id_for_all_leads_is_believed_of_none_in_an_answer_and_of_no_later_one() {
    let ids: Vec<_> = (0..10).map(|_| r#"{"id":7}"#).collect();
    let wire = Wire::answering(answer("200 OK", "", &format!("[{}]", ids.join(",")))).await;
    let leads = (0..20).map(|n| NewLead::named(n.to_string()));
    let mut run = client(&wire.url).bulk_create_leads(leads);
    while let Some(item) = run.next().await {
        let Outcome::Unknown(why) = item.outcome else {
            panic!("#{}: {:?}", item.index, item.outcome);
        };
        assert_eq!(
            why.to_string(),
            "Copper gave it the id 7, which it also gave to another record"
        );
    }
    assert_eq!(run.summary().unknown, 20);
}
