//! The crate's own pacing against a strict server over bad networks, in virtual time and with fixed seeds. A
//! request uses an open connection, or opens a new one in two more round trips; then come its way there, the
//! work, and its way back. There is always an export to send. Any pacer can be used; `pacing.rs` and
//! `bench.rs` do.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Duration;

use rolling_limit::gate::{Gate, InFlight, Ticket, Turn};
use rolling_limit::{Class, Limit};

/// A call that somebody waits for.
pub(crate) const SEARCH: Class = Class::new("search");
/// One of many calls in the background.
pub(crate) const EXPORT: Class = Class::new("export").priority(1);

/// 180 requests a minute, of them 3 exports a second.
pub(crate) const LIMITS: [Limit; 2] = [
    Limit::new(180, Duration::from_secs(60)),
    Limit::new(3, Duration::from_secs(1)).only(&[EXPORT]),
];

/// A network and the server behind it. All numbers are milliseconds, except the share.
#[derive(Clone, Copy)]
pub(crate) struct Network {
    pub name: &'static str,
    /// The least time of one way.
    pub way: f64,
    /// The mean of the additional time of each way.
    pub jitter: f64,
    /// The share of requests that are delayed in flight there.
    pub tail_share: f64,
    /// The mean delay of these.
    pub tail: f64,
    /// The least time that the server works on an accepted request.
    pub work: f64,
    /// The mean of the additional work.
    pub work_jitter: f64,
    pub twist: Twist,
}

/// A change that makes a network, or the server behind it, harder for the rule. The route changes after the
/// first half of the requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Twist {
    Plain,
    /// Answers and connection set-ups are delayed as requests are, and connections close after they were idle
    /// for 4 s.
    Harsher,
    /// Requests queue at the server, 100 ms on average, before they are counted and worked on.
    QueuesFirst,
    /// The same, and `X-Runtime` includes the time in the queue.
    QueuesUnseen,
    /// A request is counted, or refused, when the work on it is done.
    CountsAtEnd,
    /// A proxy forwards requests only four times a second.
    Buffers,
    /// No `X-Runtime`.
    NoRuntime,
    /// `X-Runtime` is between a half and one and a half of the work.
    WrongRuntime,
    /// Each way takes 60 ms longer.
    LongerRoute,
    /// Each way takes 30 ms less.
    ShorterRoute,
}

/// The networks of the design's table.
#[rustfmt::skip]
pub(crate) const NETWORKS: [Network; 4] = [
    Network { name: "LAN",         way: 5.0,  jitter: 1.0,  tail_share: 0.0,   tail: 0.0,   work: 80.0,  work_jitter: 20.0, twist: Twist::Plain },
    Network { name: "WAN",         way: 40.0, jitter: 10.0, tail_share: 0.005, tail: 150.0, work: 150.0, work_jitter: 50.0, twist: Twist::Plain },
    Network { name: "bad WiFi",    way: 40.0, jitter: 40.0, tail_share: 0.02,  tail: 300.0, work: 400.0, work_jitter: 300.0, twist: Twist::Plain },
    Network { name: "slow server", way: 40.0, jitter: 10.0, tail_share: 0.005, tail: 150.0, work: 900.0, work_jitter: 600.0, twist: Twist::Plain },
];

impl Network {
    /// The same with a twist.
    pub(crate) fn with(self, twist: Twist) -> Self {
        Self { twist, ..self }
    }

    fn one_way(&self, late: bool, held_up: bool, rng: &mut Rng) -> Duration {
        let least = match self.twist {
            Twist::LongerRoute if late => self.way + 60.0,
            Twist::ShorterRoute if late => (self.way - 30.0).max(1.0),
            _ => self.way,
        };
        let mut way = least + rng.exponential(self.jitter);
        if held_up && rng.share() < self.tail_share {
            way += rng.exponential(self.tail);
        }
        millis(way)
    }

    fn set_up(&self, late: bool, rng: &mut Rng) -> Duration {
        let held_up = self.twist == Twist::Harsher;
        (0..4).map(|_| self.one_way(late, held_up, rng)).sum()
    }

    fn keeps_open(&self) -> Duration {
        match self.twist {
            Twist::Harsher => Duration::from_secs(4),
            _ => Duration::MAX,
        }
    }

    fn work(&self, rng: &mut Rng) -> Duration {
        millis(self.work + rng.exponential(self.work_jitter))
    }

    /// The time until a request that arrives now is counted.
    fn counted_after(&self, now: Duration, rng: &mut Rng) -> Duration {
        match self.twist {
            Twist::QueuesFirst | Twist::QueuesUnseen => millis(rng.exponential(100.0)),
            Twist::CountsAtEnd => self.work(rng),
            Twist::Buffers => millis(250.0 - now.as_secs_f64() * 1000.0 % 250.0),
            _ => Duration::ZERO,
        }
    }

    /// The `X-Runtime` of a request that was counted this long after it arrived.
    fn runtime(&self, before: Duration, work: Duration, rng: &mut Rng) -> Option<f64> {
        match self.twist {
            Twist::NoRuntime => None,
            Twist::WrongRuntime => Some(work.as_secs_f64() * (0.5 + rng.share())),
            Twist::QueuesUnseen | Twist::CountsAtEnd => Some((before + work).as_secs_f64()),
            _ => Some(work.as_secs_f64()),
        }
    }
}

fn millis(millis: f64) -> Duration {
    Duration::from_secs_f64(millis / 1000.0)
}

/// Splitmix64: small, and good enough to draw delays.
pub(crate) struct Rng(pub u64);

impl Rng {
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly from [0, 1).
    pub(crate) fn share(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.share()).ln()
    }
}

/// Decides when exports are sent, one after the other, as fast as it allows.
pub(crate) trait Pacer {
    /// The state that it keeps for a request.
    type Request;
    /// Sends one now if it may, or else returns the time to ask again if nothing happens before.
    fn send(&mut self, now: Duration) -> Result<Self::Request, Duration>;
    /// An answer came.
    fn answered(
        &mut self,
        request: Self::Request,
        now: Duration,
        status: u16,
        runtime: Option<f64>,
    );
}

/// The crate's own state and decisions.
pub(crate) struct Ours {
    gate: Gate,
    ticket: Ticket,
}

impl Ours {
    pub(crate) fn new() -> Self {
        let mut gate = Gate::new(LIMITS);
        let ticket = gate.join(EXPORT);
        Self { gate, ticket }
    }
}

impl Pacer for Ours {
    type Request = InFlight;

    fn send(&mut self, now: Duration) -> Result<InFlight, Duration> {
        match self.gate.poll(self.ticket, now) {
            Turn::Go(slots) => {
                self.ticket = self.gate.join(EXPORT);
                Ok(self.gate.sent(slots, now))
            }
            Turn::NotUntil(time) => Err(time),
            Turn::Behind => Err(Duration::MAX),
        }
    }

    fn answered(&mut self, request: InFlight, now: Duration, status: u16, runtime: Option<f64>) {
        if status == 429 {
            self.gate.hold(EXPORT, now + Duration::from_millis(500));
        }
        self.gate.answered(&request, now, status, runtime);
    }
}

/// Sends at given times, whatever the answers are.
pub(crate) struct Replay(pub VecDeque<Duration>);

impl Pacer for Replay {
    type Request = ();

    fn send(&mut self, now: Duration) -> Result<(), Duration> {
        match self.0.pop_front() {
            Some(time) if time <= now => Ok(()),
            Some(time) => {
                self.0.push_front(time);
                Err(time)
            }
            None => Err(Duration::MAX),
        }
    }

    fn answered(&mut self, (): (), _: Duration, _: u16, _: Option<f64>) {}
}

/// A server that keeps strictly to its rolling windows. Requests that it refuses don't count.
struct Server(Vec<(Limit, VecDeque<Duration>)>);

impl Server {
    fn takes(&mut self, now: Duration) -> bool {
        let mut takes = true;
        for (limit, counted) in &mut self.0 {
            while counted
                .front()
                .is_some_and(|first| *first + limit.window() <= now)
            {
                counted.pop_front();
            }
            takes &= counted.len() < limit.requests() as usize;
        }
        if takes {
            self.0
                .iter_mut()
                .for_each(|(_, counted)| counted.push_back(now));
        }
        takes
    }
}

/// The result of a run.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub accepted: u32,
    pub refused: u32,
    /// When each request was sent.
    pub sent: Vec<Duration>,
}

impl Run {
    /// Accepted requests per second.
    pub(crate) fn rate(&self) -> f64 {
        f64::from(self.accepted) / self.sent.last().map_or(1.0, Duration::as_secs_f64)
    }

    /// Refused requests, in percent of all.
    pub(crate) fn refused_percent(&self) -> f64 {
        100.0 * f64::from(self.refused) / f64::from(self.accepted + self.refused)
    }
}

/// The most of these times, which are in order, within any `window`, including both its ends.
pub(crate) fn most_within(window: Duration, times: &[Duration]) -> usize {
    let up_to = |(index, last): (usize, &Duration)| {
        index + 1 - times.partition_point(|time| *time + window < *last)
    };
    times.iter().enumerate().map(up_to).max().unwrap_or(0)
}

/// Sends `requests` requests, the first with no connection open.
pub(crate) fn run<P: Pacer>(mut pacer: P, network: &Network, requests: usize, seed: u64) -> Run {
    let mut rng = Rng(seed);
    let mut server = Server(LIMITS.map(|limit| (limit, VecDeque::new())).into());
    let mut run = Run::default();
    let mut idle: Vec<Duration> = Vec::new();
    // What happens when: a request is counted, or its answer, with status and work, is back.
    let mut events = BinaryHeap::new();
    let mut in_flight = BTreeMap::new();
    let mut now = Duration::ZERO;
    loop {
        let mut next_send = Duration::MAX;
        while run.sent.len() < requests {
            match pacer.send(now) {
                Ok(request) => {
                    idle.retain(|since| now - *since <= network.keeps_open());
                    let late = run.sent.len() >= requests / 2;
                    let set_up = match idle.pop() {
                        Some(_) => Duration::ZERO,
                        None => network.set_up(late, &mut rng),
                    };
                    let arrival = now + set_up + network.one_way(late, true, &mut rng);
                    let before = network.counted_after(arrival, &mut rng);
                    events.push(Reverse((arrival + before, run.sent.len(), None)));
                    in_flight.insert(run.sent.len(), (request, before));
                    run.sent.push(now);
                }
                Err(time) => {
                    next_send = time;
                    break;
                }
            }
        }
        match events.peek() {
            Some(Reverse((time, ..))) if *time <= next_send => now = *time,
            _ if next_send < Duration::MAX => {
                now = next_send;
                continue;
            }
            _ => return run,
        }
        match events.pop() {
            Some(Reverse((_, number, None))) => {
                let takes = server.takes(now);
                let (status, work) = match takes {
                    true if network.twist != Twist::CountsAtEnd => (200, network.work(&mut rng)),
                    true => (200, Duration::ZERO),
                    false => (429, Duration::ZERO),
                };
                run.accepted += u32::from(takes);
                run.refused += u32::from(!takes);
                let (late, held_up) = (number >= requests / 2, network.twist == Twist::Harsher);
                let answer = now + work + network.one_way(late, held_up, &mut rng);
                events.push(Reverse((answer, number, Some((status, work)))));
            }
            Some(Reverse((_, number, Some((status, work))))) => {
                idle.push(now);
                if let Some((request, before)) = in_flight.remove(&number) {
                    let runtime = network.runtime(before, work, &mut rng);
                    pacer.answered(request, now, status, runtime);
                }
            }
            None => return run,
        }
    }
}
