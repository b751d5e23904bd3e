//! Prints how well the guarantee is kept, compared with three well-known limiters: exports accepted per
//! second and the share refused by a strict server, over four networks; and the most requests that were sent
//! in any second and any minute. All run their real code in virtual time, and print the same numbers every
//! time: `cargo bench -p rolling-limit --bench pacing`. With `-- candidates` it prints the rules that were
//! tried, over two seeds. With `-- twists` it prints the rule and the earlier one on harder networks and
//! servers, and with `-- short` both over short loads.
//! the network or the server is harder for the rule, and with `-- short` both over short loads.

mod candidates;
#[allow(dead_code)]
mod simulation;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::num::NonZeroU32;
use std::time::Duration;

use candidates::{Candidate, Grace, Rule};
use governor::clock::{Clock, FakeRelativeClock};
use governor::{Quota, RateLimiter};
use rolling_limit::Limiter;
use simulation::{
    EXPORT, LIMITS, NETWORKS, Network, Ours, Replay, Rng, Run, Twist, most_within, run,
};
use tokio::time::{Instant, sleep, sleep_until};
use tower::limit::RateLimit;
use tower::limit::rate::Rate;
use tower::{Service, service_fn};

const REQUESTS: usize = 60_000;
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// The times when there is something to send: always, or in bursts.
fn demand(even: bool) -> Vec<Duration> {
    let (mut rng, mut time) = (Rng(1), Duration::ZERO);
    let next = |_| {
        if !even && rng.share() < 0.3 {
            time += Duration::from_secs_f64(4.0 * rng.share());
        }
        time
    };
    (0..REQUESTS).map(next).collect()
}

/// The times at which a limiter lets the requests of a demand go, in tokio's virtual time.
fn times(even: bool, mut acquire: impl AsyncFnMut()) -> Vec<Duration> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (start, mut times) = (Instant::now(), Vec::new());
        for time in demand(even) {
            sleep_until(start + time).await;
            acquire().await;
            times.push(start.elapsed());
        }
        times
    })
}

/// This crate's limiter, with answers after 100 ms, of which 80 are the server's work.
fn ours(even: bool) -> Vec<Duration> {
    let limiter = Limiter::new(LIMITS);
    times(even, async || {
        let sent = limiter.acquire(EXPORT).await.sent();
        tokio::spawn(async move {
            sleep(Duration::from_millis(100)).await;
            sent.answered(200, Some(0.08));
        });
    })
}

/// Governor's limiters, one after the other.
fn governor(even: bool, quotas: &[Quota]) -> Vec<Duration> {
    let clock = FakeRelativeClock::default();
    let direct = |quota: &Quota| RateLimiter::direct_with_clock(*quota, clock.clone());
    let limiters: Vec<_> = quotas.iter().map(direct).collect();
    let mut last: Option<Instant> = None;
    times(even, async || {
        for limiter in &limiters {
            loop {
                let now = Instant::now();
                clock.advance(now - last.replace(now).unwrap_or(now));
                match limiter.check() {
                    Ok(()) => break,
                    Err(not_until) => sleep(not_until.wait_time_from(clock.now())).await,
                }
            }
        }
    })
}

fn tower(even: bool) -> Vec<Duration> {
    let nothing = service_fn(async |()| Ok::<(), ()>(()));
    let mut service: Option<RateLimit<_>> = None;
    times(even, async || {
        let service = service.get_or_insert_with(|| RateLimit::new(nothing, Rate::new(3, SECOND)));
        let ready = poll_fn(|context| service.poll_ready(context)).await;
        ready.expect("always ready in the end");
        let _ = service.call(()).await;
    })
}

fn leaky_bucket(even: bool) -> Vec<Duration> {
    let mut bucket = leaky_bucket::RateLimiter::builder();
    bucket.max(3).initial(3).refill(3).interval(SECOND);
    let mut built = None;
    times(even, async || {
        built
            .get_or_insert_with(|| bucket.build())
            .acquire_one()
            .await
    })
}

/// One line of the table: over each network; then the most requests that were sent, always busy and in
/// bursts.
fn line(name: &str, over: impl Fn(&Network) -> Run, busy: &[Duration], by_fits: &[Duration]) {
    print!("{name:34}");
    for network in NETWORKS {
        let run = over(&network);
        print!(" | {:.2} · {:6.3} %", run.rate(), run.refused_percent());
    }
    // Two that are a whole window apart are in none together.
    let most = |window: Duration| {
        let most = |times| most_within(window - Duration::from_nanos(1), times);
        match busy.is_empty() {
            true => format!("{:>6}", "-"),
            false => format!("{:2} {:3}", most(busy), most(by_fits)),
        }
    };
    println!(" | {} | {}", most(SECOND), most(MINUTE));
}

/// The earlier rule.
const BEFORE: Rule = Rule {
    grace: Grace::Fixed(500.0),
    guard: (2.0, 6.0),
};

/// One line of a table over several seeds: accepted requests per second; the share refused, on average and in
/// the worst seed.
fn seeds_line(name: &str, seeds: u64, twist: Twist, over: impl Fn(&Network, u64) -> Run) {
    print!("{name:34}");
    for network in NETWORKS {
        let network = network.with(twist);
        let runs: Vec<Run> = (1..=seeds).map(|seed| over(&network, seed)).collect();
        let mean = |of: fn(&Run) -> f64| runs.iter().map(of).sum::<f64>() / seeds as f64;
        let worst = runs.iter().map(Run::refused_percent).fold(0.0, f64::max);
        let (rate, refused) = (mean(Run::rate), mean(Run::refused_percent));
        print!(" | {rate:.2} · {refused:.3} % ({worst:.3})");
    }
    println!();
}

/// The rules that were tried, over two seeds.
fn candidates() {
    let ours = |network: &Network, seed| run(Ours::new(), network, REQUESTS, seed);
    let with = |grace| Rule { grace, ..BEFORE };
    let guard = (0.0, 16.0);
    let others = [
        ("before: 500 ms", BEFORE),
        ("no grace", with(Grace::Never)),
        ("1.5 x longest of 200", with(Grace::Longest(1.5, 200))),
        ("one in 500 of 2,048", with(Grace::OneIn(500, 2_048))),
        ("one in 320 of 1,600", with(Grace::OneIn(320, 1_600))),
        ("one in 200 of 1,024", with(Grace::OneIn(200, 1_024))),
        (
            "50 ms per 429, spends 1 in 667",
            with(Grace::Spend(50.0, 667.0)),
        ),
        ("500 ms, guard 16/n", Rule { guard, ..BEFORE }),
        (
            "100 ms, guard 16/n",
            Rule {
                guard,
                ..with(Grace::Fixed(100.0))
            },
        ),
        (
            "120 ms, guard 16/n",
            Rule {
                guard,
                ..with(Grace::Fixed(120.0))
            },
        ),
    ];
    seeds_line("rolling-limit", 2, Twist::Plain, ours);
    for (name, rule) in others {
        let over = |network: &Network, seed| run(Candidate::new(rule), network, REQUESTS, seed);
        seeds_line(name, 2, Twist::Plain, over);
    }
}

/// The rule and the earlier one, under each twist.
fn twists() {
    use Twist::*;
    #[rustfmt::skip]
    let twists = [
        Plain, Harsher, QueuesFirst, QueuesUnseen, CountsAtEnd, Buffers, NoRuntime, WrongRuntime,
        LongerRoute, ShorterRoute,
    ];
    for twist in twists {
        let ours = |network: &Network, seed| run(Ours::new(), network, REQUESTS / 2, seed);
        let before =
            |network: &Network, seed| run(Candidate::new(BEFORE), network, REQUESTS / 2, seed);
        seeds_line(&format!("{twist:?}"), 2, twist, ours);
        seeds_line("  before", 2, twist, before);
    }
}

/// Loads that end before much is learned.
fn short() {
    for requests in [100, 300] {
        let ours = |network: &Network, seed| run(Ours::new(), network, requests, seed);
        let before = |network: &Network, seed| run(Candidate::new(BEFORE), network, requests, seed);
        seeds_line(&format!("{requests} requests"), 1_000, Twist::Plain, ours);
        seeds_line("  before", 1_000, Twist::Plain, before);
    }
}

fn main() {
    let asked = |what| std::env::args().any(|argument| argument == what);
    match () {
        () if asked("candidates") => candidates(),
        () if asked("twists") => twists(),
        () if asked("short") => short(),
        () => beside_others(),
    }
}

fn beside_others() {
    print!("{:34}", "accepted req/s · refused");
    for network in NETWORKS {
        print!(" | {:15}", network.name);
    }
    println!(" | most in 1 s, 60 s: busy, by fits");

    line(
        "rolling-limit",
        |network| run(Ours::new(), network, REQUESTS, 1),
        &ours(true),
        &ours(false),
    );
    line(
        "rolling-limit, the rule before",
        |network| run(Candidate::new(BEFORE), network, REQUESTS, 1),
        &[],
        &[],
    );
    let harsher = |network: &Network| run(Ours::new(), &network.with(Twist::Harsher), REQUESTS, 1);
    line(
        "rolling-limit, harsher networks",
        harsher,
        &ours(true),
        &ours(false),
    );

    let (three, all) = (
        NonZeroU32::MIN.saturating_add(2),
        NonZeroU32::MIN.saturating_add(179),
    );
    let chained = [Quota::per_second(three), Quota::per_minute(all)];
    type Times<'a> = &'a dyn Fn(bool) -> Vec<Duration>;
    let others: [(&str, Times<'_>); 4] = [
        ("governor per_second(3)", &|even| {
            governor(even, &chained[..1])
        }),
        ("governor, and per_minute(180)", &|even| {
            governor(even, &chained)
        }),
        ("tower RateLimit(3, 1 s)", &tower),
        ("leaky-bucket 3 per 1 s", &leaky_bucket),
    ];
    for (name, limiter) in others {
        let (busy, by_fits) = (limiter(true), limiter(false));
        let replay =
            |network: &Network| run(Replay(VecDeque::from(busy.clone())), network, REQUESTS, 1);
        line(name, replay, &busy, &by_fits);
    }
}
