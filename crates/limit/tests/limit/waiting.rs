//! The queue for waiting tasks: a waiter can be dropped at any point, and the others go in their order.
//! Futures are polled by hand, and only when they were woken. So a lost wakeup shows as a waiter that never
//! goes. Time is virtual.

use std::pin::Pin;
use std::sync::{Arc, atomic::AtomicBool, atomic::Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use rolling_limit::{Class, Limit, Limiter, Permit, Sent};
use tokio::time::{Instant, advance};

use crate::simulation::{EXPORT, Rng, SEARCH, most_within};

/// True if a waiter was woken since it was last polled.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A task that waits for a permit.
struct Waiter {
    class: Class,
    number: usize,
    future: Pin<Box<dyn Future<Output = Permit> + Send>>,
    woken: Arc<Woken>,
}

impl Waiter {
    /// Takes its place in the queue. The permit comes with this poll or a later one.
    fn new(limiter: &Limiter, class: Class, number: usize) -> (Self, Option<Permit>) {
        let limiter = limiter.clone();
        let future = Box::pin(async move { limiter.acquire(class).await });
        let woken = Arc::new(Woken::default());
        let mut waiter = Self {
            class,
            number,
            future,
            woken,
        };
        let permit = waiter.poll();
        (waiter, permit)
    }

    fn is_woken(&self) -> bool {
        self.woken.0.load(Ordering::SeqCst)
    }

    fn poll(&mut self) -> Option<Permit> {
        self.woken.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&self.woken));
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(permit) => Some(permit),
            Poll::Pending => None,
        }
    }

    fn poll_if_woken(&mut self) -> Option<Permit> {
        self.is_woken().then(|| self.poll()).flatten()
    }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

const SECOND: Duration = Duration::from_secs(1);
const LIMITS: [Limit; 2] = [Limit::new(3, SECOND), Limit::new(2, SECOND).only(&[EXPORT])];

fn virtual_time(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(test)
}

/// The point at which a waiter is dropped.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Point {
    Waiting,
    WokenNotPolled,
    PermitUnused,
}

#[test]
fn a_waiter_dropped_at_any_point_of_any_place_in_the_queue_holds_up_nobody() {
    for point in [Point::Waiting, Point::WokenNotPolled, Point::PermitUnused] {
        for place in 0..4 {
            virtual_time(drop_at(point, place, SEARCH));
            virtual_time(drop_at(point, place, EXPORT));
        }
    }
}

/// Of four waiters for one slot a second, one is dropped. The others go in their order.
async fn drop_at(point: Point, place: usize, class: Class) {
    let limiter = Limiter::new([Limit::new(1, SECOND)]);
    let (_, first) = Waiter::new(&limiter, class, 0);
    let mut sent = first.map(Permit::sent);
    let wait = |number| Waiter::new(&limiter, class, number).0;
    let mut waiters: Vec<Waiter> = (0..4).map(wait).collect();
    if point == Point::Waiting {
        waiters.remove(place);
    }
    let mut gone = Vec::new();
    while !waiters.is_empty() {
        if let Some(sent) = sent.take() {
            sent.answered(200, None);
        }
        // It is told at once that it is the first, or that there was an answer.
        assert!(waiters[0].is_woken(), "{point:?} {place} {class:?}");
        if point == Point::WokenNotPolled && waiters[0].number == place {
            waiters.remove(0);
            continue;
        }
        let mut permit = waiters[0].poll_if_woken();
        if permit.is_none() {
            advance(ms(1_002)).await;
            permit = waiters[0].poll_if_woken();
        }
        let permit = permit.expect("its time has come");
        let waiter = waiters.remove(0);
        if point == Point::PermitUnused && waiter.number == place {
            drop(permit);
        } else {
            gone.push(waiter.number);
            sent = Some(permit.sent());
        }
    }
    gone.insert(place, place);
    assert_eq!(gone, [0, 1, 2, 3], "{point:?} {place} {class:?}");
}

#[test]
fn a_change_wakes_only_the_first_waiter() {
    virtual_time(async {
        let limiter = Limiter::new(LIMITS);
        let wait = |number| Waiter::new(&limiter, EXPORT, number);
        let held: Vec<_> = (0..2).map(|number| wait(number).1).collect();
        let mut waiters: Vec<Waiter> = (0..100).map(|number| wait(number).0).collect();
        drop(held);
        assert!(waiters.iter().skip(1).all(|waiter| !waiter.is_woken()));
        for waiter in &mut waiters[..2] {
            assert!(waiter.poll_if_woken().map(Permit::sent).is_some());
        }
        assert!(waiters[2].poll_if_woken().is_none(), "it sets its timer");
        advance(ms(499)).await;
        assert!(waiters.iter().skip(3).all(|waiter| !waiter.is_woken()));
        advance(ms(60_000)).await;
        assert!(waiters[2].poll_if_woken().is_some());
    });
}

#[test]
fn no_waiter_is_lost_in_thousands_of_random_schedules() {
    for seed in 0..4_000 {
        virtual_time(Schedule::new(seed).play());
    }
}

/// Random actions on one limiter, and then enough time for all.
struct Schedule {
    seed: u64,
    rng: Rng,
    start: Instant,
    limiter: Limiter,
    joined: usize,
    waiting: Vec<Waiter>,
    unsent: Vec<(Class, Permit)>,
    in_flight: Vec<Sent>,
    /// Class and send time of all requests that may count at a server without a network between.
    sent: Vec<(Class, Duration)>,
}

impl Schedule {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            rng: Rng(seed),
            start: Instant::now(),
            limiter: Limiter::new(LIMITS),
            joined: 0,
            waiting: Vec::new(),
            unsent: Vec::new(),
            in_flight: Vec::new(),
            sent: Vec::new(),
        }
    }

    fn below(&mut self, count: usize) -> usize {
        (self.rng.share() * count as f64) as usize
    }

    fn pick<T>(&mut self, items: fn(&mut Self) -> &mut Vec<T>) -> Option<T> {
        let count = items(self).len();
        let which = self.below(count);
        (count > 0).then(|| items(self).remove(which))
    }

    fn join(&mut self) {
        let class = if self.below(3) == 0 { SEARCH } else { EXPORT };
        let (waiter, permit) = Waiter::new(&self.limiter, class, self.joined);
        self.joined += 1;
        match permit {
            Some(permit) => self.unsent.push((class, permit)),
            None => self.waiting.push(waiter),
        }
    }

    /// Polls one waiter if it was woken. All before it must have gone, or be asleep.
    fn poll(&mut self, index: usize) -> bool {
        let Some(permit) = self.waiting[index].poll_if_woken() else {
            return false;
        };
        let gone = self.waiting.remove(index);
        let passed = |other: &Waiter| {
            (other.class == EXPORT, other.number) < (gone.class == EXPORT, gone.number)
                && !other.is_woken()
        };
        assert!(!self.waiting.iter().any(passed), "seed {}", self.seed);
        self.unsent.push((gone.class, permit));
        true
    }

    fn send(&mut self) {
        if let Some((class, permit)) = self.pick(|this| &mut this.unsent) {
            self.in_flight.push(permit.sent());
            self.sent.push((class, self.start.elapsed()));
        }
    }

    async fn act(&mut self) {
        match self.below(16) {
            0..4 => self.join(),
            4..7 if !self.waiting.is_empty() => {
                let index = self.below(self.waiting.len());
                self.poll(index);
            }
            7 => drop(self.pick(|this| &mut this.waiting)),
            8 => drop(self.pick(|this| &mut this.unsent)),
            9..12 => self.send(),
            12 => drop(self.pick(|this| &mut this.in_flight)),
            13 => {
                if let Some(sent) = self.pick(|this| &mut this.in_flight) {
                    sent.answered(200, None);
                }
            }
            _ => advance(ms(self.rng.number() % 600)).await,
        }
    }

    async fn play(mut self) {
        for _ in 0..60 {
            self.act().await;
        }
        self.in_flight.clear();
        for _ in 0..10 * (1 + self.waiting.len()) {
            while (0..self.waiting.len()).any(|index| self.poll(index)) {}
            while !self.unsent.is_empty() {
                self.send();
            }
            advance(ms(300)).await;
        }
        assert!(
            self.waiting.is_empty(),
            "seed {}: some were never woken",
            self.seed
        );
        for limit in LIMITS {
            let times = self.sent.iter().filter(|(class, _)| limit.counts(*class));
            let times: Vec<Duration> = times.map(|(_, time)| *time).collect();
            let most = most_within(limit.window(), &times);
            assert!(
                most <= limit.requests() as usize,
                "seed {}: {most} for {limit:?}",
                self.seed
            );
        }
    }
}
