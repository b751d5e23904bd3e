//! A cluster of two nodes: the keys of a limiter are on one of them, and the limiter finds it from either.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use redis::{Connection, cmd};
use rolling_limit::store::Fallback;
use rolling_limit::{Class, Limit, Limiter};
use rolling_limit_redis::RedisStore;
use tokio::time::{sleep, timeout};

use crate::connection::connect;
use crate::server::{Server, free_port};

const EXPORT: Class = Class::new("export");
const WINDOW: Duration = Duration::from_millis(400);
const LONGEST: Duration = Duration::from_secs(60);
const LIMITS: [Limit; 1] = [Limit::new(2, WINDOW)];

/// A folder for what a node writes down of its cluster.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Node {
    server: Server,
    connection: Connection,
    bus: u16,
    _folder: Folder,
}

impl Node {
    fn start(number: u32) -> Option<Self> {
        let folder = Folder::new(&format!("rolling-limit-redis-node-{number}"));
        let bus = free_port();
        let server = Server::start(&[
            "--cluster-enabled",
            "yes",
            "--cluster-port",
            &bus.to_string(),
            "--dir",
            folder.0.to_str().expect("a path of text"),
        ])?;
        let connection = connect(&server);
        Some(Self {
            server,
            connection,
            bus,
            _folder: folder,
        })
    }

    fn cluster(&mut self, arguments: &[String]) -> String {
        let mut command = cmd("CLUSTER");
        arguments.iter().for_each(|argument| {
            command.arg(argument);
        });
        command.query(&mut self.connection).expect("it is done")
    }

    fn is_ready(&mut self) -> bool {
        let info = self.cluster(&["INFO".to_owned()]);
        info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:2")
    }
}

async fn cluster() -> Option<[Node; 2]> {
    let (mut one, mut other) = (Node::start(1)?, Node::start(2)?);
    let half = |first: u32, last: u32| {
        [
            "ADDSLOTSRANGE".to_owned(),
            first.to_string(),
            last.to_string(),
        ]
    };
    one.cluster(&half(0, 8_191));
    other.cluster(&half(8_192, 16_383));
    one.cluster(&["SET-CONFIG-EPOCH".to_owned(), "1".to_owned()]);
    other.cluster(&["SET-CONFIG-EPOCH".to_owned(), "2".to_owned()]);
    let (host, port) = other.server.url()[8..].split_once(':').expect("a port");
    let meet = ["MEET", host, port].map(str::to_owned);
    one.cluster(&[meet.as_slice(), &[other.bus.to_string()]].concat());
    let since = Instant::now();
    while !(one.is_ready() && other.is_ready()) {
        assert!(since.elapsed() < LONGEST, "no cluster");
        sleep(Duration::from_millis(50)).await;
    }
    Some([one, other])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limiter_finds_the_node_of_a_cluster_that_has_its_keys() {
    let Some(nodes) = cluster().await else {
        return;
    };
    let limiters = nodes.each_ref().map(|node| {
        let store = RedisStore::new(node.server.url(), "the API key").expect("a URL");
        Limiter::shared(LIMITS, store, Fallback::Closed)
    });
    let mut times = Vec::new();
    for number in 0..6 {
        let permit = timeout(LONGEST, limiters[number % 2].acquire(EXPORT)).await;
        let sent = permit.expect("it never has its turn").sent();
        times.push(Instant::now());
        sent.answered(200, Some(0.0));
    }
    for three in times.windows(3) {
        assert!(three[2] - three[0] >= WINDOW, "{:?}", three[2] - three[0]);
    }
    let sharing = limiters.each_ref().map(Limiter::sharing);
    assert!(sharing.iter().flatten().all(|sharing| sharing.reachable));
}
