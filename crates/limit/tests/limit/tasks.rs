//! The guarantee for real tasks on a runtime: exports have nearly their full speed, searches overtake them,
//! and aborted tasks delay nobody. Time is virtual.

use std::time::Duration;

use rolling_limit::{Class, Limiter};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::simulation::{EXPORT, LIMITS, SEARCH, most_within};

/// Sends a request that takes 100 ms, of which 90 are the server's work.
async fn request(limiter: Limiter, class: Class) -> Instant {
    let sent = limiter.acquire(class).await.sent();
    let time = Instant::now();
    sleep(Duration::from_millis(100)).await;
    sent.answered(200, Some(0.09));
    time
}

#[tokio::test(start_paused = true)]
async fn exports_keep_under_both_limits_and_close_to_full_speed() {
    let (limiter, start) = (Limiter::new(LIMITS), Instant::now());
    let mut tasks = JoinSet::new();
    for _ in 0..600 {
        tasks.spawn(request(limiter.clone(), EXPORT));
    }
    let mut times: Vec<Duration> = Vec::new();
    while let Some(time) = tasks.join_next().await {
        times.push(time.expect("no task fails").duration_since(start));
    }
    times.sort();
    assert_eq!(most_within(Duration::from_secs(1), &times), 3);
    assert_eq!(most_within(Duration::from_secs(60), &times), 180);
    assert!(
        start.elapsed() < Duration::from_secs(202),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_search_passes_all_exports_that_wait() {
    let (limiter, start) = (Limiter::new(LIMITS), Instant::now());
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        tasks.spawn(request(limiter.clone(), EXPORT));
    }
    sleep(Duration::from_millis(10_500)).await;
    let time = request(limiter, SEARCH).await;
    assert_eq!(time.duration_since(start), Duration::from_millis(10_500));
}

#[tokio::test(start_paused = true)]
async fn aborted_tasks_hold_up_nobody() {
    let limiter = Limiter::new(LIMITS);
    let mut tasks = JoinSet::new();
    let mut aborts = Vec::new();
    for number in 0..60 {
        let handle = tasks.spawn(request(limiter.clone(), EXPORT));
        if number % 3 != 0 {
            aborts.push(handle);
        }
    }
    for abort in aborts {
        sleep(Duration::from_millis(70)).await;
        abort.abort();
    }
    let mut went = 0;
    while let Some(result) = tasks.join_next().await {
        went += usize::from(result.is_ok());
    }
    assert!(went >= 20, "{went} of those that were not aborted");
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_is_dropped_holds_up_nobody_for_a_moment() {
    let limiter = Limiter::new(LIMITS);
    let (start, pause) = (Instant::now(), Duration::from_secs(1));
    limiter.hold(EXPORT, pause);
    let dropped = Box::pin(limiter.acquire(EXPORT));
    assert!(timeout(Duration::ZERO, dropped).await.is_err());
    let time = request(limiter, EXPORT).await;
    assert_eq!(time.duration_since(start), pause);
}

#[tokio::test(start_paused = true)]
async fn a_permit_tells_how_long_it_was_waited_for() {
    let limiter = Limiter::new(LIMITS);
    let pause = Duration::from_secs(1);
    limiter.hold(EXPORT, pause);
    assert_eq!(limiter.acquire(EXPORT).await.waited(), pause);
}

#[tokio::test(start_paused = true)]
async fn waiters_that_nobody_polls_let_others_pass_and_keep_their_place() {
    let limiter = Limiter::new(LIMITS);
    let mut sleepers: Vec<_> = (0..16).map(|_| Box::pin(limiter.acquire(SEARCH))).collect();
    limiter.hold_all(Duration::from_secs(5));
    for sleeper in &mut sleepers {
        assert!(timeout(Duration::ZERO, sleeper).await.is_err());
    }
    // As in a task that holds one waiter and awaits another.
    for _ in 0..10 {
        request(limiter.clone(), EXPORT).await;
    }
    limiter.hold_all(Duration::from_secs(1));
    let (export, search) = (limiter.acquire(EXPORT), sleepers.remove(0));
    tokio::select! {
        biased;
        _ = export => panic!("the one with the better place went second"),
        permit = search => drop(permit),
    }
}

#[tokio::test(start_paused = true)]
async fn permits_and_waiting_futures_can_move_between_threads() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let limiter = Limiter::new(LIMITS);
    let permit = is_send(limiter.acquire(EXPORT)).await;
    is_send(is_send(permit).sent()).never_left();
}

#[tokio::test(start_paused = true)]
async fn debug_shows_the_limits_and_nothing_else() {
    let text = format!("{:?}", Limiter::new(LIMITS));
    assert!(
        text.contains("requests: 180") && text.ends_with(", .. }"),
        "{text}"
    );
    let permit = Limiter::new(LIMITS).acquire(EXPORT).await;
    assert_eq!(format!("{permit:?}"), "Permit { .. }");
    assert_eq!(format!("{:?}", permit.sent()), "Sent { .. }");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_leaves_its_slots_to_others_at_once() {
    let limiter = Limiter::new(LIMITS);
    for _ in 0..LIMITS[0].requests() {
        drop(limiter.acquire(EXPORT).await);
        limiter.acquire(EXPORT).await.sent().never_left();
    }
    let permit = timeout(Duration::ZERO, limiter.acquire(EXPORT)).await;
    assert!(permit.is_ok(), "all slots are free");
}
