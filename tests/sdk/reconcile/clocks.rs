//! Clocks that differ: dates are compared in Copper's time, which the `Date` of answers shows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

const HOUR: i64 = 3600;

/// A Copper whose clock is ahead of this machine's by `offset` seconds. It creates the lead of each bulk request and
/// loses its answer.
struct Copperlike {
    url: String,
    creates: Arc<AtomicUsize>,
    offset: Arc<AtomicI64>,
}

fn unix_now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.expect("after 1970").as_secs() as i64
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.unwrap_or(0);
        text.extend_from_slice(&part[..count]);
        let request = String::from_utf8_lossy(&text).into_owned();
        if count == 0 {
            return request;
        }
        if let Some((head, body)) = request.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            });
            if body.len() >= length.unwrap_or(0) {
                return request;
            }
        }
    }
}

impl Copperlike {
    async fn start(offset: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (creates, offset) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicI64::new(offset)),
        );
        let this = Self {
            url,
            creates: Arc::clone(&creates),
            offset: Arc::clone(&offset),
        };
        let created_at = Arc::new(AtomicI64::new(0));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (creates, offset) = (Arc::clone(&creates), Arc::clone(&offset));
                let created_at = Arc::clone(&created_at);
                tokio::spawn(async move {
                    let request = read_request(&mut stream).await;
                    let now = unix_now() + offset.load(Ordering::SeqCst);
                    if request.contains("bulk_create") {
                        created_at.store(now, Ordering::SeqCst);
                        creates.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                    let created = created_at.load(Ordering::SeqCst);
                    let from = request
                        .split_once("\"minimum_created_date\":")
                        .and_then(|(_, rest)| rest.split([',', '}']).next()?.parse().ok())
                        .unwrap_or(0);
                    let body = match request.contains("/search") && (1..=created).contains(&from) {
                        true => format!(
                            r#"[{{"id":7,"name":"Jim","email":{{"email":"jim@x.com"}},"date_created":{created}}}]"#
                        ),
                        false => "[]".to_owned(),
                    };
                    let date = httpdate(now);
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        this
    }

    fn copper(&self) -> Copper {
        let builder = Copper::builder("token", "owner@example.com").base_url(&self.url);
        builder.limits([]).build().expect("a client")
    }
}

/// A time in the form of a `Date` header.
fn httpdate(unix: i64) -> String {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(unix as u64);
    httpdate::fmt_http_date(time)
}

fn jim() -> NewLead {
    NewLead::named("Jim").email("jim@x.com")
}

fn by_email() -> Reconcile {
    let short = Duration::from_millis(10);
    Reconcile::by_email().absent_after(short).send_again()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_clock_hours_off_a_lead_is_found_and_not_created_twice() {
    for offset in [-5 * HOUR, -HOUR, 0, HOUR, 5 * HOUR] {
        let server = Copperlike::start(offset).await;
        let run = server
            .copper()
            .bulk_create_leads([jim()])
            .reconcile(by_email());
        let items = all(run).await;
        assert!(
            matches!(items[0].outcome, Outcome::Done(_)),
            "{offset}: {:?}",
            items[0].outcome
        );
        assert_eq!(server.creates.load(Ordering::SeqCst), 1, "{offset}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_copper_s_clock_jumps_the_lead_stays_in_doubt_and_says_why() {
    let server = Copperlike::start(0).await;
    let copper = server.copper();
    copper.list_lead_statuses().await.expect("an answer");
    server.offset.store(-HOUR, Ordering::SeqCst);
    let items = all(copper.bulk_create_leads([jim()]).reconcile(by_email())).await;
    let why = unknown(&items[0]);
    assert!(
        why.contains("disagree about the difference between its clock and this machine's"),
        "{why}"
    );
    assert_eq!(
        server.creates.load(Ordering::SeqCst),
        1,
        "it is not sent again"
    );
}
