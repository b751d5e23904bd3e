//! Prints what it costs to share limits on a Redis: `cargo bench -p rolling-limit-redis --bench cost`. It starts
//! `redis-server`, and processes that acquire permits from limits that are out of reach, as fast as it goes; then
//! it fills a Redis of the smallest size with keys whose limits are used up. After `--`, a number says for how many
//! seconds each.

mod connection;
mod server;

use std::collections::HashMap;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use connection::connect;
use redis::{Connection, RedisError, Script, cmd};
use rolling_limit::store::{Ask, Exchange, Fallback, Line, Request, Settled};
use rolling_limit::{Class, Limit, Limiter};
use rolling_limit_redis::RedisStore;
use rolling_limit_redis::script::{Call, SCRIPT};
use server::Server;
use tokio::task::JoinSet;

const CALL: Class = Class::new("call").priority(1);
/// Short, so that slots do not pile up.
const WINDOW: Duration = Duration::from_millis(50);
const OUT_OF_REACH: [Limit; 2] = [
    Limit::new(1_000_000, WINDOW),
    Limit::new(1_000_000, WINDOW).only(&[CALL]),
];
/// 180 requests a minute, of them 3 a second.
const LIMITS: [Limit; 2] = [
    Limit::new(180, Duration::from_secs(60)),
    Limit::new(3, Duration::from_secs(1)).only(&[CALL]),
];
const SMALLEST: &str = "25mb";
const PROCESSES: u64 = 8;
const KEYS: usize = 200;
/// The first argument of a process that this one starts.
const WORKER: &str = "worker";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [worker, url, seconds, tasks] = arguments.as_slice()
        && worker == WORKER
    {
        work(
            url,
            seconds.parse().expect("seconds"),
            tasks.parse().expect("tasks"),
        );
        return;
    }
    let seconds = arguments.iter().find_map(|argument| argument.parse().ok());
    speed(seconds.unwrap_or(5));
    memory();
}

/// Says `ready`, waits for a line, and prints how many permits it had.
#[tokio::main(flavor = "current_thread")]
async fn work(url: &str, seconds: u64, tasks: usize) {
    let store = RedisStore::new(url, "the API key").expect("a URL");
    let limiter = Limiter::shared(OUT_OF_REACH, store, Fallback::Closed);
    // An empty log is waited out first.
    limiter.acquire(CALL).await.sent().answered(200, Some(0.0));
    println!("ready");
    std::io::stdin()
        .read_line(&mut String::new())
        .expect("a line");
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut set = JoinSet::new();
    for _ in 0..tasks {
        let limiter = limiter.clone();
        set.spawn(async move {
            let mut count = 0u64;
            while Instant::now() < end {
                limiter.acquire(CALL).await.sent().answered(200, Some(0.0));
                count += 1;
            }
            count
        });
    }
    println!("{}", set.join_all().await.iter().sum::<u64>());
}

/// Calls and microseconds of each command since the last reset.
fn statistics(redis: &mut Connection) -> HashMap<String, (u64, u64)> {
    let text: String = cmd("INFO")
        .arg("commandstats")
        .query(redis)
        .expect("statistics");
    let lines = text.lines().filter_map(|line| {
        let (name, values) = line.strip_prefix("cmdstat_")?.split_once(':')?;
        let value = |wanted: &str| {
            let mut values = values.split(',').filter_map(|value| value.split_once('='));
            let (_, value) = values.find(|(name, _)| *name == wanted)?;
            value.parse().ok()
        };
        Some((name.to_owned(), (value("calls")?, value("usec")?)))
    });
    lines.collect()
}

fn speed(seconds: u64) {
    println!("Against limits that are out of reach, {seconds} s each:\n");
    println!(
        "| processes | tasks in each | requests/s | round trips a request | commands a request | Redis' time a request |"
    );
    println!("|---|---|---|---|---|---|");
    for (processes, tasks) in [(1, 1), (1, 32), (8, 1), (32, 1)] {
        let Some(server) = Server::start(&[]) else {
            return;
        };
        let mut redis = connect(&server);
        let mut children: Vec<Child> = (0..processes)
            .map(|_| {
                Command::new(env::current_exe().expect("this program"))
                    .args([
                        WORKER,
                        server.url(),
                        &seconds.to_string(),
                        &tasks.to_string(),
                    ])
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()
                    .expect("it runs")
            })
            .collect();
        let mut outputs: Vec<_> = children
            .iter_mut()
            .map(|child| BufReader::new(child.stdout.take().expect("its output")).lines())
            .collect();
        for output in &mut outputs {
            output.next().expect("a line").expect("ready");
        }
        let _: () = cmd("CONFIG")
            .arg("RESETSTAT")
            .query(&mut redis)
            .expect("a reset");
        for child in &mut children {
            writeln!(child.stdin.take().expect("its input")).expect("a line");
        }
        let counts = outputs.iter_mut().map(|output| {
            let count = output.next().expect("a line").expect("a count");
            count.parse::<u64>().expect("a count")
        });
        let requests = counts.sum::<u64>() as f64;
        let statistics = statistics(&mut redis);
        let (calls, micros) = statistics.get("evalsha").copied().unwrap_or_default();
        let inside =
            |name: &&String| !["evalsha", "info", "config|resetstat"].contains(&name.as_str());
        let commands: u64 = statistics
            .keys()
            .filter(inside)
            .map(|name| statistics[name].0)
            .sum();
        println!(
            "| {processes} | {tasks} | {:.0} | {:.2} | {:.0} | {:.0} µs |",
            requests / seconds as f64,
            calls as f64 / requests,
            commands as f64 / requests,
            micros as f64 / requests
        );
        for mut child in children {
            let _ = child.wait();
        }
    }
}

/// An exchange that says what a process has sent, and asks for more.
fn exchange(settled: impl Iterator<Item = (u64, Duration)>, ask: u64) -> Exchange {
    let settled = settled.map(|(id, age)| Settled {
        request: Request { id, class: CALL },
        age,
        refused: false,
    });
    let line = Line {
        queue: 0,
        priority: 1,
    };
    Exchange {
        limits: LIMITS.to_vec(),
        queues: 1,
        sent: Vec::new(),
        settled: settled.collect(),
        given_back: Vec::new(),
        renewed: Vec::new(),
        holds: Vec::new(),
        withdrawn: Vec::new(),
        asks: vec![Ask {
            line,
            class: CALL,
            ids: vec![ask],
        }],
        repeated: false,
        ahead: Duration::from_millis(20),
        early: Duration::ZERO,
        within: Duration::from_millis(200),
        grace: Duration::from_millis(500),
        careful: Duration::from_millis(1_500),
    }
}

/// Fills both windows of a key, and lets all processes wait.
fn fill(redis: &mut Connection, script: &Script, key: usize) -> Result<(), RedisError> {
    let name = format!("rolling-limit:{{{key:032x}}}:");
    for process in 0..PROCESSES {
        let sent = (0..180 + 3)
            .filter(|number| number % PROCESSES == process)
            .map(|number| {
                (
                    number,
                    Duration::from_millis(100) + Duration::from_millis(320) * number as u32,
                )
            });
        let process = format!("{:016x}", process + 1);
        let call = Call::new(&name, &process, &exchange(sent, 1_000));
        let mut invocation = script.prepare_invoke();
        call.keys.iter().for_each(|key| {
            invocation.key(key);
        });
        let _: redis::Value = invocation.arg(&call.argument).invoke(redis)?;
    }
    Ok(())
}

fn used(redis: &mut Connection) -> u64 {
    let text: String = cmd("INFO").arg("memory").query(redis).expect("its memory");
    let used = text
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    used.and_then(|used| used.trim().parse().ok())
        .expect("a number")
}

fn memory() {
    let script = Script::new(SCRIPT);
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut redis = connect(&server);
    fill(&mut redis, &script, 0).expect("the script runs");
    let before = used(&mut redis);
    for key in 1..=KEYS {
        fill(&mut redis, &script, key).expect("the script runs");
    }
    let bytes = (used(&mut redis) - before) as f64 / KEYS as f64;
    println!(
        "\nA key whose minute is full, with {PROCESSES} processes waiting: {bytes:.0} bytes, {:.0} a request.",
        bytes / 180.0
    );
    let options = ["--maxmemory", SMALLEST, "--maxmemory-policy", "noeviction"];
    let Some(server) = Server::start(&options) else {
        return;
    };
    let mut redis = connect(&server);
    let mut keys = 0;
    let refusal = loop {
        match fill(&mut redis, &script, keys) {
            Ok(()) => keys += 1,
            Err(refusal) => break refusal,
        }
    };
    println!("A Redis of {SMALLEST} carried {keys} such keys, and then said: {refusal}");
}
