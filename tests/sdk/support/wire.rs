//! A server that only recognises the end of a request: it keeps the requests, and answers each with the next
//! of the given bytes.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// The id that new ones replace.
const SAME_ID: &str = "\"id\":1000000";
const FIRST_ID: usize = 1_000_001;

pub struct Wire {
    pub url: String,
    arrived: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Wire {
    /// Answers every request with `answer`.
    pub async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        Self::serving(answer.into(), false).await
    }

    /// The same, but each `"id":1000000` in an answer becomes a new id with as many digits.
    pub async fn answering_with_new_ids(answer: impl Into<Vec<u8>>) -> Self {
        Self::serving(answer.into(), true).await
    }

    async fn serving(answer: Vec<u8>, with_new_ids: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (log, opened) = (Arc::clone(&arrived), Arc::clone(&connections));
        let next = Arc::new(AtomicUsize::new(FIRST_ID));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::Relaxed);
                let (log, answer) = (Arc::clone(&log), answer.clone());
                let next = Arc::clone(&next);
                tokio::spawn(async move {
                    let mut request = String::new();
                    let mut part = [0; 4096];
                    while let Ok(n @ 1..) = stream.read(&mut part).await {
                        request.push_str(&String::from_utf8_lossy(&part[..n]));
                        if is_whole(&request) {
                            log.lock()
                                .expect("the log")
                                .push(std::mem::take(&mut request));
                            let mut answer = answer.clone();
                            if with_new_ids {
                                answer = new_ids(answer, &next);
                            }
                            if stream.write_all(&answer).await.is_err() {
                                return;
                            }
                        }
                    }
                });
            }
        });
        Self {
            url,
            arrived,
            connections,
        }
    }

    /// The number of connections that were opened.
    #[allow(dead_code, reason = "not every test needs it")]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// The requests that arrived, headers and bodies.
    pub fn arrived(&self) -> Vec<String> {
        self.arrived.lock().expect("the log").clone()
    }
}

fn new_ids(answer: Vec<u8>, next: &AtomicUsize) -> Vec<u8> {
    let mut answer = String::from_utf8(answer).expect("text");
    while answer.contains(SAME_ID) {
        let id = next.fetch_add(1, Ordering::Relaxed);
        answer = answer.replacen(SAME_ID, &format!("\"id\":{id}"), 1);
    }
    answer.into_bytes()
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse::<usize>().ok())?
    });
    body.len() >= length.unwrap_or(0)
}

/// An answer as it is on the wire.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}
