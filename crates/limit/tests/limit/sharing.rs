//! Limiters on a store that grants every request, or never replies. Time is virtual.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rolling_limit::Limiter;
use rolling_limit::store::{Exchange, Fallback, Grant, Reply, Store, StoreError, StoreFuture};
use tokio::time::{Instant, sleep, timeout};

use crate::simulation::{EXPORT, LIMITS};

#[derive(Debug, Default)]
struct Generous {
    is_gone: Arc<AtomicBool>,
}

impl Store for Generous {
    fn exchange<'a>(
        &'a self,
        exchange: &'a Exchange,
    ) -> StoreFuture<'a, Result<Reply, StoreError>> {
        Box::pin(async move {
            sleep(Duration::from_millis(1)).await;
            if self.is_gone.load(Ordering::SeqCst) {
                std::future::pending().await
            }
            let ids = exchange.asks.iter().flat_map(|ask| ask.ids.iter());
            let wait = Duration::ZERO;
            Ok(Reply {
                grants: ids.map(|id| Grant { id: *id, wait }).collect(),
                again: exchange.asks.iter().map(|_| Duration::ZERO).collect(),
                margin: Duration::ZERO,
                log: "the only one".to_owned(),
            })
        })
    }

    fn notified(&self) -> StoreFuture<'_, Duration> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_nobody_polls_gives_its_grant_back_and_goes_when_it_is_polled() {
    let limiter = Limiter::shared(LIMITS, Generous::default(), Fallback::Closed);
    let mut waiter = Box::pin(limiter.acquire(EXPORT));
    assert!(timeout(Duration::ZERO, &mut waiter).await.is_err());
    sleep(Duration::from_secs(5)).await;
    let permit = timeout(Duration::from_secs(5), waiter).await;
    assert!(permit.is_ok(), "it waits for ever");
}

#[tokio::test(start_paused = true)]
async fn a_permit_of_a_store_is_there_after_one_exchange() {
    let limiter = Limiter::shared(LIMITS, Generous::default(), Fallback::Closed);
    for _ in 0..3 {
        let permit = limiter.acquire(EXPORT).await;
        assert!(
            permit.waited() <= Duration::from_millis(3),
            "{:?}",
            permit.waited()
        );
        permit.sent().answered(200, Some(0.0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_replies_is_gone_after_a_second_and_used_again_when_it_replies() {
    let store = Generous::default();
    let is_gone = Arc::clone(&store.is_gone);
    let limiter = Limiter::shared(LIMITS, store, Fallback::Share(3));
    is_gone.store(true, Ordering::SeqCst);
    let start = Instant::now();
    // A second until it is gone, and one and a half in which others may have sent.
    limiter
        .acquire(EXPORT)
        .await
        .sent()
        .answered(200, Some(0.0));
    assert!(start.elapsed() >= Duration::from_millis(2_500));
    assert!(limiter.sharing().is_some_and(|sharing| !sharing.reachable));
    is_gone.store(false, Ordering::SeqCst);
    sleep(Duration::from_secs(3)).await;
    assert!(limiter.sharing().is_some_and(|sharing| sharing.reachable));
    drop(limiter.acquire(EXPORT).await);
}
