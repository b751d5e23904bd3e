//! Acquires permits from limits that are out of reach, as fast as it goes, and prints how many a second:
//! `throughput URL SECONDS TASKS`. Run several at once to see what a Redis carries.

use std::env;
use std::time::{Duration, Instant};

use rolling_limit::{Class, Limit, Limiter, store::Fallback};
use rolling_limit_redis::RedisStore;
use tokio::task::JoinSet;

const CALL: Class = Class::new("call");
/// Short, so that slots do not pile up.
const WINDOW: Duration = Duration::from_millis(50);
const LIMITS: [Limit; 2] = [
    Limit::new(1_000_000, WINDOW),
    Limit::new(1_000_000, WINDOW).only(&[CALL]),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let url = arguments
        .next()
        .unwrap_or_else(|| "redis://127.0.0.1:6379".to_owned());
    let mut number = |default| arguments.next().map_or(Ok(default), |text| text.parse());
    let (seconds, tasks) = (number(5)?, number(1)?);
    let store = RedisStore::new(&url, "the API key")?;
    let limiter = Limiter::shared(LIMITS, store, Fallback::Closed);
    // An empty log is waited out first.
    limiter.acquire(CALL).await.sent().answered(200, Some(0.0));
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
    let count: u64 = set.join_all().await.iter().sum();
    println!("{:.0} requests a second", count as f64 / seconds as f64);
    Ok(())
}
