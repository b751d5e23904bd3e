//! Many rounds, a few at a time, each with a seed of its own.

use std::{env, fmt, future::Future, ops::AddAssign, time::Instant};

use futures_util::{StreamExt, stream};

use super::{place::ROUNDS_OF, seed::seed};

/// What rounds come to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub rounds: usize,
    pub starts: usize,
    /// Starts that were killed or dropped.
    pub ended: usize,
    /// Of these, how many had requests in flight.
    pub in_flight: usize,
    /// Journals from which a power cut took what was not told.
    pub torn: usize,
    pub leads: usize,
    pub done: usize,
    pub rejected: usize,
    pub unknown: usize,
    pub faults: usize,
}

/// Does `count` rounds, or as many as `CRASH_ROUNDS` says, so many at once.
pub async fn rounds<F>(name: &str, count: usize, at_once: usize, round: impl Fn(u64) -> F)
where
    F: Future<Output = Tally> + Send + 'static,
{
    let asked = env::var("CRASH_ROUNDS").ok();
    let count = asked.map_or(count / ROUNDS_OF, |count| {
        count.parse().expect("CRASH_ROUNDS is a number")
    });
    let (first, start) = (seed(), Instant::now());
    let mut tallies = stream::iter((first..).take(count))
        .map(|seed| {
            let round = tokio::spawn(round(seed));
            async move { (seed, round.await) }
        })
        .buffer_unordered(at_once);
    let mut sum = Tally::default();
    while let Some((seed, tally)) = tallies.next().await {
        match tally {
            Ok(tally) => sum += tally,
            Err(why) => panic!("after {sum}: {why}; to replay: TEST_SEED={seed} CRASH_ROUNDS=1"),
        }
    }
    println!("{name}: {sum}, in {} s", start.elapsed().as_secs());
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.starts += other.starts;
        self.ended += other.ended;
        self.in_flight += other.in_flight;
        self.torn += other.torn;
        self.leads += other.leads;
        self.done += other.done;
        self.rejected += other.rejected;
        self.unknown += other.unknown;
        self.faults += other.faults;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} rounds, {} starts, {} of them cut short ({} with requests in flight, {} with the journal torn), {} faults; {} leads: {} done, {} rejected, {} unknown",
            self.rounds,
            self.starts,
            self.ended,
            self.in_flight,
            self.torn,
            self.faults,
            self.leads,
            self.done,
            self.rejected,
            self.unknown
        )
    }
}
