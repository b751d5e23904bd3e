//! Four workers on one queue, as on the page of the guide. The journal of each batch is in PostgreSQL, and the workers
//! share their limits in Redis. They are killed at random moments, and others take their batches over. Every lead is in
//! Copper once, or its outcome says that it may be there.
//!
//! `WORKER_KILLS` sets the number of kills.

use std::{
    collections::BTreeMap,
    env,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use copper_crm::{
    Copper,
    limit::{AppliesTo, Fallback, Limit, Limiter},
};
use copper_crm_journal_postgres::PostgresJournals;
use copper_crm_sandbox::Sandbox;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use rolling_limit_redis::RedisStore;
use tokio::time::sleep;

use crate::support::{held::held, query, seed::seed, server};

/// The program of the guide.
#[path = "../../../../src/guide/programs/worker.rs"]
mod program;
/// A Redis server for tests.
#[path = "../../../limit-redis/tests/shared/server.rs"]
mod redis;

const CHILD: &str = "workers::a_child_works_as_it_is_told_to";
const PROGRAM: &str = "workers::a_child_is_the_program_itself";
const TOLD: &str = "WORKER_TOLD";
const WORKERS: usize = 4;
/// The number of leads of a batch, some of them rejected.
const BATCH: i64 = 45;
/// The number of open batches while workers are killed. It is larger than the number of workers.
const OPEN: i64 = 6;

/// The longest wait for requests before a worker is killed.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// A process that ends with the test.
struct Worker(Child);

impl Worker {
    fn start(test: &str, sandbox: &Sandbox, database: &str, redis: &str) -> Self {
        let child = Command::new(env::current_exe().expect("this program"))
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env("COPPER_BASE_URL", sandbox.base_url())
            .env("COPPER_ACCESS_TOKEN", sandbox.token())
            .env("COPPER_USER_EMAIL", sandbox.email())
            .env("DATABASE_URL", database)
            .env("REDIS_URL", redis)
            .env(TOLD, test)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("a child"))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The work of a child process: the program of the page, with the sandbox's short limits. Does nothing in other
/// processes.
#[tokio::test]
async fn a_child_works_as_it_is_told_to() {
    if env::var(TOLD).as_deref() != Ok(CHILD) {
        return;
    }
    let told = |name| env::var(name).expect("the parent says it");
    let store = RedisStore::new(&told("REDIS_URL"), &told("COPPER_ACCESS_TOKEN"));
    let limiter = Limiter::shared(limits(), store.expect("a URL"), Fallback::Closed);
    let builder = Copper::builder_from_env().expect("the environment");
    let copper = builder.limiter(limiter).build().expect("a client");
    loop {
        match program::work(&copper, &told("DATABASE_URL")).await {
            Ok(program::Next::Batch) => {}
            Ok(program::Next::End) => return,
            // A killed worker may still hold its journal for a moment.
            Ok(program::Next::Wait) | Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// The whole program of the page, unchanged.
#[test]
fn a_child_is_the_program_itself() {
    if env::var(TOLD).as_deref() == Ok(PROGRAM) {
        program::main().expect("it ends well");
    }
}

/// Three bulk requests in 60 milliseconds, and 180 requests of any kind in 3.6 seconds.
fn limits() -> [Limit; 2] {
    let limit = |applies_to, requests, millis| Limit {
        applies_to,
        requests,
        window: Duration::from_millis(millis),
    };
    [
        limit(AppliesTo::All, 180, 3_600),
        limit(AppliesTo::Bulk, 3, 60),
    ]
}

/// Creates a queue on the shared server, with its own table of journals. Returns the URL of its database.
fn queue(name: &str) -> String {
    let url = server::shared().url();
    let url = format!("{url}?options=-c%20search_path%3D{name}");
    for sql in [
        format!("create schema {name}"),
        "create table batch (id bigint primary key, done boolean not null default false)"
            .to_owned(),
        "create table lead (
            batch bigint, position bigint, name text, email text, outcome text,
            primary key (batch, position))"
            .to_owned(),
    ] {
        query::rows(&url, &sql, &[]);
    }
    let journals = PostgresJournals::new(&url).expect("a URL");
    query::wait(async move { journals.create_table().await }).expect("a table");
    url
}

fn number(url: &str, sql: &str) -> i64 {
    query::rows(url, sql, &[])[0].get(0)
}

fn add_batch(url: &str, batch: i64, leads: i64) {
    let insert = format!(
        "insert into lead select {batch}, n,
            case when n % 11 = 7 then '' else 'Lead {batch}.' || n end, {batch} || '.' || n || '@example.com'
        from generate_series(1, {leads}) as n"
    );
    query::rows(url, &insert, &[]);
    query::rows(url, &format!("insert into batch values ({batch})"), &[]);
}

/// Checks that every lead has an outcome, and that all outcomes are true. Returns the number of leads for each outcome.
fn check(url: &str, sandbox: &Sandbox) -> BTreeMap<String, usize> {
    let held = held(sandbox);
    let mut kinds = BTreeMap::new();
    let mut known = 0;
    for row in query::rows(url, "select name, coalesce(outcome, 'none') from lead", &[]) {
        let (name, outcome): (String, String) = (row.get(0), row.get(1));
        let there = held.get(&name);
        let kind = outcome
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_owned();
        match kind.as_str() {
            "done" => {
                let id = there.map(|id| format!("done {id}"));
                assert_eq!(id.as_deref(), Some(outcome.as_str()), "{name:?}");
                known += 1;
            }
            "rejected" => assert_eq!((there, name.as_str()), (None, ""), "{outcome}"),
            // The lead was in flight when its worker was killed, so it is there once or not at all.
            "unknown" => known += usize::from(there.is_some()),
            _ => panic!("{name:?}: {outcome}"),
        }
        *kinds.entry(kind).or_default() += 1;
    }
    assert_eq!(
        held.len(),
        known,
        "nothing is there that nobody was told of"
    );
    kinds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_of_workers_that_are_killed_are_taken_over_and_no_lead_is_lost_or_there_twice() {
    let Some(redis) = redis::Server::start(&[]) else {
        return;
    };
    let mut rng = SmallRng::seed_from_u64(seed());
    let asked = env::var("WORKER_KILLS").ok();
    let kills = asked.map_or(6, |asked| asked.parse().expect("WORKER_KILLS is a number"));
    let sandbox = Sandbox::builder()
        .limits(limits())
        .start()
        .await
        .expect("a sandbox");
    let url = queue(&format!("workers_{}", std::process::id()));
    let begun = Instant::now();
    let start = || Worker::start(CHILD, &sandbox, &url, redis.url());
    let mut batches = 0;
    let mut workers: Vec<Worker> = Vec::new();
    for _ in 0..kills {
        while number(&url, "select count(*) from batch where not done") < OPEN {
            batches += 1;
            add_batch(&url, batches, BATCH);
        }
        while workers.len() < WORKERS {
            workers.push(start());
        }
        let arrived = sandbox.arrivals().len() + rng.random_range(0..6);
        let waited = Instant::now();
        while sandbox.arrivals().len() < arrived && waited.elapsed() < LONGEST_WAIT {
            sleep(Duration::from_millis(1)).await;
        }
        sleep(Duration::from_millis(rng.random_range(0..30))).await;
        drop(workers.swap_remove(rng.random_range(0..WORKERS)));
    }
    while workers.len() < WORKERS {
        workers.push(start());
    }
    for worker in &mut workers {
        while worker.0.try_wait().expect("it is ours").is_none() {
            sleep(Duration::from_millis(10)).await;
        }
        assert!(worker.0.wait().expect("its end").success());
    }
    let open = number(&url, "select count(*) from batch where not done");
    assert_eq!(open, 0, "every batch is done");
    let kinds = check(&url, &sandbox);
    assert!(kinds["done"] > kinds["rejected"]);
    let summary = sandbox.summary();
    println!(
        "{kills} kills, {batches} batches of {BATCH} leads: {kinds:?}; {} requests, {} of them too early; {} s",
        sandbox.arrivals().len(),
        summary.limited,
        begun.elapsed().as_secs()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_of_the_page_works_a_queue_off() {
    let Some(redis) = redis::Server::start(&[]) else {
        return;
    };
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let url = queue(&format!("program_{}", std::process::id()));
    (1..=2).for_each(|batch| add_batch(&url, batch, 12));
    let mut worker = Worker::start(PROGRAM, &sandbox, &url, redis.url());
    while worker.0.try_wait().expect("it is ours").is_none() {
        sleep(Duration::from_millis(10)).await;
    }
    assert!(worker.0.wait().expect("its end").success());
    let kinds = check(&url, &sandbox);
    assert_eq!((kinds["done"], kinds["rejected"]), (22, 2));
}
