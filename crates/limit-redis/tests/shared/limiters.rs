//! Limiters on a real Redis.

use std::time::{Duration, Instant};

use rolling_limit::store::Fallback;
use rolling_limit::{Class, Limit, Limiter};
use rolling_limit_redis::RedisStore;
use tokio::task::JoinSet;

use crate::connection::connect;
use crate::server::Server;

const SEARCH: Class = Class::new("search");
const EXPORT: Class = Class::new("export").priority(1);
const TOKEN: &str = "a secret of ours";
const WINDOW: Duration = Duration::from_millis(300);
const LIMITS: [Limit; 2] = [
    Limit::new(1_000, Duration::from_secs(60)),
    Limit::new(3, WINDOW).only(&[EXPORT]),
];

fn limiter(server: &Server) -> Limiter {
    let store = RedisStore::new(server.url(), TOKEN).expect("a URL");
    Limiter::shared(LIMITS, store, Fallback::Closed)
}

/// Sends a request that is answered at once.
async fn request(limiter: &Limiter, class: Class) -> Instant {
    let sent = limiter.acquire(class).await.sent();
    let now = Instant::now();
    sent.answered(200, Some(0.0));
    now
}

#[tokio::test(flavor = "multi_thread")]
async fn limiters_of_several_processes_together_keep_to_the_limits() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let limiter = limiter(&server);
        tasks.spawn(async move {
            let mut times = Vec::new();
            for _ in 0..6 {
                times.push(request(&limiter, EXPORT).await);
            }
            times
        });
    }
    let mut times = tasks.join_all().await.concat();
    times.sort();
    for four in times.windows(4) {
        // A request counts from its answer at the latest, which comes at once here.
        assert!(four[3] - four[0] >= WINDOW, "{:?}", four[3] - four[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_of_one_process_goes_before_exports_of_another() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (busy, other) = (limiter(&server), limiter(&server));
    request(&busy, EXPORT).await;
    busy.hold_all(Duration::from_millis(800));
    let mut tasks = JoinSet::new();
    for _ in 0..9 {
        let busy = busy.clone();
        tasks.spawn(async move { ("export", request(&busy, EXPORT).await) });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    tasks.spawn(async move { ("search", request(&other, SEARCH).await) });
    let mut all = tasks.join_all().await;
    all.sort_by_key(|(_, time)| *time);
    let place = all.iter().position(|(name, _)| *name == "search");
    // Those of one grant go at the same time, in any order.
    assert!(place.is_some_and(|place| place <= 3), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_hold_no_token_and_are_on_one_node_of_a_cluster() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    request(&limiter(&server), EXPORT).await;
    let store = RedisStore::new(server.url(), TOKEN).expect("a URL");
    let mut connection = connect(&server);
    let keys: Vec<String> = redis::cmd("KEYS")
        .arg("*")
        .query(&mut connection)
        .expect("the keys");
    assert!(keys.len() >= 3, "{keys:?}");
    for key in keys {
        assert!(!key.contains("secret"), "{key}");
        let (name, _) = key.split_once('}').expect("a hash tag");
        assert_eq!(format!("{name}}}:"), store.key_prefix());
    }
    assert!(!format!("{store:?}").contains("127.0.0.1"));
    assert!(!format!("{:?}", limiter(&server)).contains("secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limiter_says_that_its_store_can_not_be_reached() {
    // Nothing listens on this port.
    let store = RedisStore::new("redis://127.0.0.1:1", TOKEN).expect("a URL");
    let limiter = Limiter::shared(LIMITS, store, Fallback::Share(2));
    assert!(limiter.sharing().is_some_and(|sharing| sharing.reachable));
    request(&limiter, EXPORT).await;
    assert!(limiter.sharing().is_some_and(|sharing| !sharing.reachable));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limiter_says_why_its_store_can_not_be_reached() {
    let Some(server) = Server::start(&["--requirepass", "a password"]) else {
        return;
    };
    let limiter = limiter(&server);
    let _waiter = tokio::spawn({
        let limiter = limiter.clone();
        async move { limiter.acquire(EXPORT).await }
    });
    let since = Instant::now();
    loop {
        let sharing = limiter.sharing().expect("it is shared");
        if !sharing.reachable {
            let failure = sharing.failure.expect("a cause");
            assert!(failure.contains("NOAUTH"), "{failure}");
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "it is reachable");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_without_memory_is_no_store() {
    let Some(server) = Server::start(&["--maxmemory", "1"]) else {
        return;
    };
    let store = RedisStore::new(server.url(), TOKEN).expect("a URL");
    let limiter = Limiter::shared(LIMITS, store, Fallback::Share(2));
    request(&limiter, EXPORT).await;
    let sharing = limiter.sharing().expect("it is shared");
    let failure = sharing.failure.expect("a cause");
    assert!(failure.contains("OOM"), "{failure}");
}

#[test]
fn a_url_of_something_else_is_refused() {
    let error = RedisStore::new("http://localhost", TOKEN).expect_err("no Redis");
    assert!(
        error.to_string().starts_with("not a URL of a Redis"),
        "{error}"
    );
    for url in ["rediss://localhost", "REDISS://localhost"] {
        assert!(RedisStore::new(url, TOKEN).is_ok(), "{url}");
        let provider = rustls::crypto::CryptoProvider::get_default();
        assert!(provider.is_some(), "TLS would panic without a provider");
    }
}
