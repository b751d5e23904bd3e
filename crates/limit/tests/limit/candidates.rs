//! Rules that were tried as alternatives to the chosen one. They differ in the share that is taken off the
//! least time on the wire, and in the time from which a request without an answer counts. One plain
//! implementation of all, on `f64` milliseconds and independent of the crate's own.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use rolling_limit::Limit;

use crate::simulation::{LIMITS, Pacer};

/// The time from which a request without an answer counts: this many milliseconds after it was sent.
#[derive(Clone, Copy)]
pub(crate) enum Grace {
    /// Not before its answer.
    Never,
    Fixed(f64),
    /// This many times the longest excess of the last samples.
    Longest(f64, usize),
    /// The excess that one in this many of the last samples exceeded.
    OneIn(usize, usize),
    /// A 429 adds this much; this many accepted requests take it off again.
    Spend(f64, f64),
}

/// A rule: its grace, and the guard as shares of the spread over the root of the number of samples, and over
/// the number.
#[derive(Clone, Copy)]
pub(crate) struct Rule {
    pub grace: Grace,
    pub guard: (f64, f64),
}

/// The time from which each request counts, and its number.
type Slots = BTreeSet<(Duration, u64)>;

pub(crate) struct Candidate {
    rule: Rule,
    /// Window, requests and slots of each limit.
    windows: Vec<(Duration, usize, Slots)>,
    next: u64,
    held: Duration,
    /// The margin after the last refusal, and its time.
    raised: (Duration, Duration),
    ways: VecDeque<f64>,
    idle: Vec<Duration>,
    spend: f64,
}

pub(crate) struct Request {
    number: u64,
    sent: Duration,
    warm: bool,
    from: Duration,
}

fn ms(millis: f64) -> Duration {
    Duration::from_secs_f64(millis / 1000.0)
}

impl Candidate {
    pub(crate) fn new(rule: Rule) -> Self {
        let window = |limit: &Limit| (limit.window(), limit.requests() as usize, BTreeSet::new());
        Self {
            rule,
            windows: LIMITS.iter().map(window).collect(),
            next: 0,
            held: Duration::ZERO,
            raised: (ms(2.0), Duration::ZERO),
            ways: VecDeque::new(),
            idle: Vec::new(),
            spend: 500.0,
        }
    }

    fn margin(&self, now: Duration) -> Duration {
        let minutes = (now - self.raised.1).as_secs() / 60;
        (self.raised.0 / (1 << minutes.min(31))).max(ms(2.0))
    }

    fn least(&self) -> f64 {
        let count = self.ways.len().min(256);
        if count <= 10 {
            return 0.0;
        }
        let latest = || self.ways.iter().rev().take(count);
        let least = latest().copied().fold(f64::MAX, f64::min);
        let count = count as f64;
        let spread = latest().sum::<f64>() / count - least;
        let guard = self.rule.guard.0 / count.sqrt() + self.rule.guard.1 / count;
        (least - spread * guard).max(0.0)
    }

    fn grace(&self) -> f64 {
        let longest = |of: usize, rank: usize| {
            let mut ways: Vec<f64> = self.ways.iter().rev().take(of).copied().collect();
            let (_, way, _) = ways.select_nth_unstable_by(rank - 1, |a, b| b.total_cmp(a));
            *way - self.least()
        };
        match self.rule.grace {
            Grace::Never => 1e9,
            Grace::Fixed(millis) => millis,
            Grace::Longest(_, of) if self.ways.len() < of => 500.0,
            Grace::Longest(times, of) => times * longest(of, 1),
            Grace::OneIn(rare, of) => match (self.ways.len().min(of) + 1) / rare {
                0 => 500.0,
                rank => longest(of, rank),
            },
            Grace::Spend(..) => self.spend,
        }
    }

    fn learn_from_status(&mut self, status: u16, now: Duration) {
        if status == 429 {
            self.held = self.held.max(now + ms(500.0));
            self.raised = ((self.margin(now) * 2).min(ms(500.0)), now);
        }
        if let Grace::Spend(step, share) = self.rule.grace {
            let change = if status == 429 { step } else { -step / share };
            self.spend = (self.spend + change).clamp(0.0, 500.0);
        }
    }
}

impl Pacer for Candidate {
    type Request = Request;

    fn send(&mut self, now: Duration) -> Result<Request, Duration> {
        let (margin, mut opens) = (self.margin(now), self.held);
        for (window, allowed, slots) in &mut self.windows {
            let over = |slots: &Slots| {
                let first = slots.first();
                first.is_some_and(|(from, _)| *from + *window + margin <= now)
            };
            while over(slots) {
                slots.pop_first();
            }
            if let Some(surplus) = slots.len().checked_sub(*allowed) {
                let (from, _) = slots.iter().nth(surplus).expect("one slot at least");
                opens = opens.max(*from + *window + margin);
            }
        }
        if opens > now {
            return Err(opens);
        }
        self.idle.retain(|since| now - *since <= ms(3_000.0));
        let warm = self.idle.pop().is_some();
        let set_up = if warm { 0.0 } else { 250.0 };
        let (number, from) = (self.next, now + ms(self.grace() + set_up));
        self.next += 1;
        for (.., slots) in &mut self.windows {
            slots.insert((from, number));
        }
        #[rustfmt::skip]
        let request = Request { number, sent: now, warm, from };
        Ok(request)
    }

    fn answered(&mut self, request: Request, now: Duration, status: u16, runtime: Option<f64>) {
        self.learn_from_status(status, now);
        self.idle.push(now);
        let took = (now - request.sent).as_secs_f64() * 1000.0;
        let way = runtime.map_or(took, |seconds| took - seconds * 1000.0);
        let way = if way < 0.0 { took } else { way };
        if status == 200 && request.warm && runtime.is_some() {
            if self.ways.len() == 2_048 {
                self.ways.pop_front();
            }
            self.ways.push_back(way);
        }
        let from = request.sent + ms((way - self.least()).max(0.0));
        for (.., slots) in &mut self.windows {
            slots.remove(&(request.from, request.number));
            slots.insert((from, request.number));
        }
    }
}
