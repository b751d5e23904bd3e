//! The memory that a sync takes in addition to its input, in a process of its own. `SYNC_MEMORY=500000 cargo test …`
//! sets the number of leads; `--nocapture` prints the figures. `SYNC_CHANGED=100` sets the percentage of leads that
//! differ.

use std::{
    env, fs, io,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use copper_crm::{
    Copper,
    limit::{AppliesTo, Limit},
    sync::Sync,
};
use serde_json::{Value, json};

use super::{number, numbered};

/// The name of the test below. The child process runs only this test.
const CHILD: &str = "sync::memory::a_child_syncs_so_many_leads";
const COUNT: &str = "SYNC_CHILD_COUNT";
const CHANGED: &str = "SYNC_CHANGED";
const PAGE: usize = 200;
const FIRST_DATE: i64 = 1_600_000_000;
/// The most bytes for each lead, without the lead of the input itself. For 500,000 leads this is 64 MiB.
const MOST_BYTES: u64 = 134;
/// The memory that does not depend on the number of leads: pages, requests, connections, and reserves of the allocator.
const ALLOWED: u64 = 12 << 20;

/// A lead of the account, in the form of Copper's answer.
fn lead(n: usize) -> Value {
    json!({
        "id": n + 1, "name": format!("Lead {n}"), "title": "Clerk", "date_created": FIRST_DATE + n as i64,
        "email": {"email": format!("lead{n}@example.com"), "category": "work"}, "phone_numbers": [], "tags": [],
        "socials": [], "websites": [], "custom_fields": [], "address": null, "status_id": 208_231, "status": "New",
    })
}

/// Answers searches and updates as an account with `count` leads would, but stores none of them.
fn serve(mut stream: TcpStream, count: usize) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(("content-length", value)) = line.to_lowercase().trim().split_once(": ") {
                length = value.parse().unwrap_or(0);
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body: Value = serde_json::from_slice(&body)?;
        let (answer, total) = answered(&body, count);
        let answer = Value::Array(answer).to_string();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-PW-TOTAL: {total}\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )?;
    }
}

fn answered(body: &Value, count: usize) -> (Vec<Value>, usize) {
    let ids: Option<Vec<&Value>> = match (body["leads"].as_array(), body["ids"].as_array()) {
        (Some(changed), _) => Some(changed.iter().map(|one| &one["id"]).collect()),
        (None, ids) => ids.map(|ids| ids.iter().collect()),
    };
    if let Some(ids) = ids {
        let ids = ids.into_iter().filter_map(Value::as_u64);
        let found: Vec<Value> = ids.map(|id| lead(id as usize - 1)).collect();
        let total = found.len();
        return (found, total);
    }
    let from = body["minimum_created_date"].as_i64().unwrap_or(FIRST_DATE) - FIRST_DATE;
    let first = usize::try_from(from).unwrap_or(0);
    let number = body["page_number"].as_u64().unwrap_or(1) as usize;
    let skip = first + (number - 1) * PAGE;
    let page = (skip..count.min(skip + PAGE)).map(lead).collect();
    (page, count.saturating_sub(first))
}

/// A value from the system's status of this process, in bytes.
fn of_process(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .expect("a line");
    let kilobytes = line
        .split_whitespace()
        .nth(1)
        .and_then(|text| text.parse::<u64>().ok());
    kilobytes.expect("a number") << 10
}

/// The work of the child process. Does nothing in other processes.
#[tokio::test]
async fn a_child_syncs_so_many_leads() {
    let Ok(count) = env::var(COUNT) else {
        return;
    };
    let count: usize = count.parse().expect("a number");
    let changed = number(CHANGED, 1);
    let limits = [AppliesTo::All, AppliesTo::Bulk].map(|applies_to| Limit {
        applies_to,
        requests: 1_000,
        window: Duration::from_millis(1),
    });
    let copper = Copper::builder("token", "owner@example.com")
        .base_url(env::var("COPPER_BASE_URL").expect("the parent says it"))
        .limits(limits)
        .build()
        .expect("a client");
    let with_input = std::sync::Arc::new(AtomicU64::new(0));
    let at_end = std::sync::Arc::clone(&with_input);
    let records = (0..count).map(move |n| {
        if n + 1 == count {
            at_end.store(of_process("VmHWM:"), Ordering::Relaxed);
        }
        numbered(
            n,
            if n % 100 < changed {
                "Manager"
            } else {
                "Clerk"
            },
        )
    });
    let mut run = copper.sync_leads(records, Sync::by_email());
    while run.next().await.is_some() {}
    let done = run.summary();
    assert_eq!(done.updated + done.unchanged, count as u64, "{done}");
    let with_input = with_input.load(Ordering::Relaxed);
    let beside = of_process("VmHWM:").saturating_sub(with_input);
    println!(
        "{count} leads, {changed} % differ: {} MiB with the input, {:.1} MiB beside it, {} bytes for each",
        with_input >> 20,
        beside as f64 / f64::from(1 << 20),
        beside / count as u64
    );
    let most = MOST_BYTES * count as u64 + ALLOWED;
    assert!(beside <= most, "{beside} bytes, and {most} are enough");
}

#[cfg(target_os = "linux")]
#[test]
fn a_sync_takes_a_few_bytes_for_each_lead_beside_its_input() {
    let count = number("SYNC_MEMORY", 20_000);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream, count));
        }
    });
    let mut command = Command::new(env::current_exe().expect("this program"));
    let ended = command
        .args(["--exact", CHILD, "--nocapture", "--test-threads=1"])
        .env("COPPER_BASE_URL", url)
        .env(COUNT, count.to_string())
        .status()
        .expect("a child");
    assert!(ended.success());
}
