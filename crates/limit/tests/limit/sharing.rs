//! Limiters on a store that grants every request, or never replies. Time is virtual.

use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rolling_limit::Limiter;
use rolling_limit::store::{Exchange, Fallback, Grant, Reply, Store, StoreError, StoreFuture};
use tokio::time::{Instant, sleep, timeout};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::simulation::{EXPORT, LIMITS};

#[derive(Debug, Default)]
struct Generous {
    is_gone: Arc<AtomicBool>,
    settled: Arc<AtomicUsize>,
    /// The number of its log.
    log: Arc<AtomicUsize>,
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
            self.settled
                .fetch_add(exchange.settled.len(), Ordering::SeqCst);
            let ids = exchange.asks.iter().flat_map(|ask| ask.ids.iter());
            let wait = Duration::ZERO;
            Ok(Reply {
                grants: ids.map(|id| Grant { id: *id, wait }).collect(),
                again: exchange.asks.iter().map(|_| Duration::ZERO).collect(),
                margin: Duration::ZERO,
                log: self.log.load(Ordering::SeqCst).to_string(),
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
    let sharing = limiter.sharing().expect("it is shared");
    assert!(!sharing.reachable);
    assert_eq!(sharing.failure.as_deref(), Some("no reply in 1s"));
    is_gone.store(false, Ordering::SeqCst);
    sleep(Duration::from_secs(3)).await;
    let sharing = limiter.sharing().expect("it is shared");
    assert!(sharing.reachable && sharing.failure.is_none());
    drop(limiter.acquire(EXPORT).await);
}

#[tokio::test(start_paused = true)]
async fn the_store_is_told_of_the_last_answer_although_the_limiter_is_dropped() {
    let store = Generous::default();
    let settled = Arc::clone(&store.settled);
    let limiter = Limiter::shared(LIMITS, store, Fallback::Closed);
    let sent = limiter.acquire(EXPORT).await.sent();
    drop(limiter);
    sent.answered(200, Some(0.0));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(settled.load(Ordering::SeqCst), 1);
}

/// Keeps the level and the fields of each event.
#[derive(Debug, Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("the events"))
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).expect("a text");
    }
}

impl Subscriber for Events {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("rolling_limit")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().expect("the events").push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn each_change_of_the_store_is_an_event() {
    let events = Events::default();
    let _guard = tracing::subscriber::set_default(events.clone());
    let store = Generous::default();
    let (is_gone, log) = (Arc::clone(&store.is_gone), Arc::clone(&store.log));
    let limiter = Limiter::shared(LIMITS, store, Fallback::Closed);
    drop(limiter.acquire(EXPORT).await);
    let reached = "INFO message=the store of the shared limits replies";
    assert_eq!(events.take(), [reached]);
    is_gone.store(true, Ordering::SeqCst);
    let waiter = limiter.acquire(EXPORT);
    assert!(timeout(Duration::from_secs(3), waiter).await.is_err());
    let gone = events.take();
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert!(gone[0].starts_with("WARN"), "{gone:?}");
    for words in ["can't be reached", "fallback", "no reply in 1s"] {
        assert!(gone[0].contains(words), "{words}: {gone:?}");
    }
    is_gone.store(false, Ordering::SeqCst);
    log.store(1, Ordering::SeqCst);
    sleep(Duration::from_secs(3)).await;
    let back = events.take();
    assert_eq!((back.len(), back[0].as_str()), (2, reached));
    assert!(back[1].contains("has lost its log"), "{back:?}");
    let lost = limiter.sharing().and_then(|sharing| sharing.log_lost);
    assert!(lost.is_some_and(|ago| ago < Duration::from_secs(4)));
}
