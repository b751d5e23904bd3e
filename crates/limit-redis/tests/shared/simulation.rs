//! Hosts that share a key's limits, in virtual time and with fixed seeds. The code itself decides: each host is
//! a `Peer`, and Redis runs the script; or, to compare, a host is a `Gate` by itself. Each host always has an export to send. A request takes an open
//! connection or sets up a new one for two more round trips, then its way there, the work, and its way back.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Duration;

use rolling_limit::gate::{self, Gate, Ticket};
use rolling_limit::peer::{self, Due, Peer};
use rolling_limit::store::{Exchange, Fallback, Reply};
use rolling_limit::{Class, Limit};
use rolling_limit_redis::script::{Call, channel, reply};

use crate::fake::Fake;

pub(crate) const EXPORT: Class = Class::new("export").priority(1);
const EXPORTS: u32 = 3;
const SECOND: Duration = Duration::from_secs(1);

/// 180 requests a minute, of them 3 exports a second.
pub(crate) const LIMITS: [Limit; 2] = [
    Limit::new(180, Duration::from_secs(60)),
    Limit::new(EXPORTS, SECOND).only(&[EXPORT]),
];
/// So many exports of a host wait at a time.
const WAITERS: usize = 3;
const NAME: &str = "{test}:";

/// The ways of a host, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ways {
    pub there: f64,
    pub back: f64,
    /// The mean of what each way takes beyond.
    pub jitter: f64,
    /// One in 200 requests is held up by so long on average.
    pub tail: f64,
    /// One way to Redis. A fifth of it, on average, comes on top.
    pub redis: f64,
}

impl Ways {
    pub(crate) const fn wan(way: f64) -> Self {
        let jitter = if way > 10.0 { 10.0 } else { 1.0 };
        let tail = if way > 10.0 { 150.0 } else { 0.0 };
        Self {
            there: way,
            back: way,
            jitter,
            tail,
            redis: 0.5,
        }
    }

    pub(crate) const fn lopsided(there: f64, back: f64) -> Self {
        Self {
            there,
            back,
            ..Self::wan(40.0)
        }
    }

    pub(crate) const fn redis(self, redis: f64) -> Self {
        Self { redis, ..self }
    }
}

/// What happens to the hosts.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub hosts: Vec<Ways>,
    /// The least work of the server and the mean of what comes on top, in milliseconds.
    pub work: (f64, f64),
    /// A host dies at this share of the requests.
    pub dies: Option<(usize, f64)>,
    /// The clocks of the hosts differ by minutes.
    pub clocks_differ: bool,
    /// The hosts share the limits on a Redis. Else each keeps to them by itself.
    pub shared: bool,
    pub requests: u32,
    pub seed: u64,
}

/// The result of a run.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub accepted: u32,
    pub refused: u32,
    pub sent: Vec<u32>,
    pub exchanges: u64,
    pub notified: u64,
    pub commands: u64,
    first: Option<Duration>,
    last: Duration,
}

impl Outcome {
    /// Accepted requests per second.
    pub(crate) fn rate(&self) -> f64 {
        f64::from(self.accepted) / (self.last - self.first.unwrap_or_default()).as_secs_f64()
    }

    /// Refused requests, in percent of all.
    pub(crate) fn refused_percent(&self) -> f64 {
        100.0 * f64::from(self.refused) / f64::from(self.accepted + self.refused)
    }

    /// The requests of the busiest host over an even share, those that died left out.
    pub(crate) fn busiest(&self) -> f64 {
        let all: u32 = self.sent.iter().sum();
        let most = self.sent.iter().max().copied().unwrap_or(0);
        f64::from(most) * self.sent.len() as f64 / f64::from(all.max(1))
    }

    pub(crate) fn per_request(&self, count: u64) -> f64 {
        count as f64 / f64::from(self.accepted + self.refused)
    }
}

/// Splitmix64: small, and good enough to draw delays.
struct Rng(u64);

impl Rng {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.share()).ln()
    }

    fn one_way(&mut self, least: f64, ways: &Ways, held_up: bool) -> Duration {
        let mut way = least + self.exponential(ways.jitter);
        if held_up && self.share() < 0.005 {
            way += self.exponential(ways.tail);
        }
        millis(way)
    }

    fn redis_way(&mut self, ways: &Ways) -> Duration {
        millis(ways.redis + self.exponential(ways.redis / 5.0))
    }
}

fn millis(millis: f64) -> Duration {
    Duration::from_secs_f64(millis / 1000.0)
}

/// A host's limiter.
enum Kept {
    Shared(Box<Peer>),
    Alone(Box<Gate>),
}

enum Slots {
    Shared(peer::Slots),
    Alone(gate::Slots),
}

enum InFlight {
    Shared(peer::InFlight),
    Alone(gate::InFlight),
}

enum Turn {
    Go(Slots),
    NotUntil(Duration),
    Behind,
}

impl Kept {
    fn join(&mut self) -> Ticket {
        match self {
            Kept::Shared(peer) => peer.join(EXPORT),
            Kept::Alone(gate) => gate.join(EXPORT),
        }
    }

    fn poll(&mut self, ticket: Ticket, now: Duration) -> Turn {
        match self {
            Kept::Shared(peer) => match peer.poll(ticket, now) {
                peer::Turn::Go(slots) => Turn::Go(Slots::Shared(slots)),
                peer::Turn::NotUntil(time) => Turn::NotUntil(time),
                peer::Turn::Behind => Turn::Behind,
            },
            Kept::Alone(gate) => match gate.poll(ticket, now) {
                gate::Turn::Go(slots) => Turn::Go(Slots::Alone(slots)),
                gate::Turn::NotUntil(time) => Turn::NotUntil(time),
                gate::Turn::Behind => Turn::Behind,
            },
        }
    }

    fn sent(&mut self, slots: Slots, now: Duration) -> InFlight {
        match (self, slots) {
            (Kept::Shared(peer), Slots::Shared(slots)) => InFlight::Shared(peer.sent(slots, now)),
            (Kept::Alone(gate), Slots::Alone(slots)) => InFlight::Alone(gate.sent(slots, now)),
            _ => unreachable!("slots of another limiter"),
        }
    }

    fn answered(&mut self, request: &InFlight, now: Duration, status: u16, runtime: Option<f64>) {
        match (self, request) {
            (Kept::Shared(peer), InFlight::Shared(request)) => {
                peer.answered(request, now, status, runtime);
            }
            (Kept::Alone(gate), InFlight::Alone(request)) => {
                gate.answered(request, now, status, runtime);
            }
            _ => unreachable!("a request of another limiter"),
        }
    }

    fn hold(&mut self, until: Duration) {
        match self {
            Kept::Shared(peer) => peer.hold(Some(EXPORT), until),
            Kept::Alone(gate) => gate.hold(EXPORT, until),
        }
    }

    fn peer(&mut self) -> Option<&mut Peer> {
        match self {
            Kept::Shared(peer) => Some(peer),
            Kept::Alone(_) => None,
        }
    }
}

struct Host {
    ways: Ways,
    kept: Kept,
    tickets: Vec<Ticket>,
    offset: Duration,
    idle: Vec<Duration>,
    alive: bool,
    /// The time of its next check, so that none is planned twice.
    check: Option<Duration>,
}

#[derive(Debug)]
enum Event {
    Check,
    AtRedis(Box<Exchange>),
    Reply(Reply),
    Notified(Duration),
    Arrives(u64),
    Answered(u64, u16, Duration),
}

struct World {
    now: Duration,
    rng: Rng,
    redis: Fake,
    hosts: Vec<Host>,
    events: BinaryHeap<Reverse<(Duration, u64, usize)>>,
    what: BTreeMap<u64, Event>,
    in_flight: BTreeMap<u64, InFlight>,
    next: u64,
    counted: [VecDeque<Duration>; 2],
    work: (f64, f64),
    out: Outcome,
}

/// Runs the hosts until the server has accepted all requests.
pub(crate) fn run(plan: &Plan) -> Outcome {
    let redis = Fake::new().expect("a script that compiles");
    run_on(plan, redis)
}

pub(crate) fn run_on(plan: &Plan, redis: Fake) -> Outcome {
    let hosts = plan.hosts.iter().enumerate().map(|(number, ways)| {
        let mut kept = match plan.shared {
            true => Kept::Shared(Box::new(Peer::new(LIMITS, Fallback::Closed))),
            false => Kept::Alone(Box::new(Gate::new(LIMITS))),
        };
        let tickets = (0..WAITERS).map(|_| kept.join()).collect();
        let minutes = if plan.clocks_differ {
            7 * number as u64
        } else {
            0
        };
        Host {
            ways: *ways,
            kept,
            tickets,
            offset: Duration::from_secs(60 * minutes),
            idle: Vec::new(),
            alive: true,
            check: None,
        }
    });
    let mut world = World {
        now: Duration::from_secs(1_000_000),
        rng: Rng(plan.seed),
        redis,
        hosts: hosts.collect(),
        events: BinaryHeap::new(),
        what: BTreeMap::new(),
        in_flight: BTreeMap::new(),
        next: 0,
        counted: Default::default(),
        work: plan.work,
        out: Outcome {
            sent: vec![0; plan.hosts.len()],
            ..Outcome::default()
        },
    };
    for host in 0..plan.hosts.len() {
        world.act(host);
    }
    while world.out.accepted < plan.requests {
        if let Some((host, share)) = plan.dies
            && f64::from(world.out.accepted) >= share * f64::from(plan.requests)
        {
            world.hosts[host].alive = false;
        }
        let Some(Reverse((time, number, host))) = world.events.pop() else {
            panic!("all wait for ever after {} requests", world.out.accepted);
        };
        world.now = time;
        if let Some(event) = world.what.remove(&number) {
            world.happens(host, event);
        }
    }
    world.out.commands = world.redis.commands();
    world.out
}

impl World {
    fn plan(&mut self, time: Duration, host: usize, event: Event) {
        self.events.push(Reverse((time, self.next, host)));
        self.what.insert(self.next, event);
        self.next += 1;
    }

    fn happens(&mut self, host: usize, event: Event) {
        let local = self.now + self.hosts[host].offset;
        let ways = self.hosts[host].ways;
        match event {
            Event::Check => {
                // Only the latest that was planned.
                if self.hosts[host].check != Some(self.now) {
                    return;
                }
                self.hosts[host].check = None;
            }
            Event::AtRedis(exchange) => {
                let call = Call::new(NAME, &host.to_string(), &exchange);
                let (value, published) = self.redis.call(&call, self.now).expect("the script runs");
                self.out.exchanges += 1;
                let back = self.now + self.rng.redis_way(&ways);
                let reply = reply(&value).expect("a reply that can be read");
                self.plan(back, host, Event::Reply(reply));
                self.out.notified += published.len() as u64;
                for (to, wait) in published {
                    let of = |host: &usize| channel(NAME, &host.to_string()) == to;
                    if let Some(other) = (0..self.hosts.len()).find(of) {
                        let ways = self.hosts[other].ways;
                        let told = self.now + self.rng.redis_way(&ways);
                        self.plan(told, other, Event::Notified(wait));
                    }
                }
                return;
            }
            Event::Reply(reply) => {
                if let Some(peer) = self.hosts[host].kept.peer() {
                    peer.replied(reply, local);
                }
            }
            Event::Notified(wait) => {
                if let Some(peer) = self.hosts[host].kept.peer() {
                    peer.notified(wait, local);
                }
            }
            Event::Arrives(number) => {
                self.arrives(host, number);
                return;
            }
            Event::Answered(number, status, work) => {
                self.hosts[host].idle.push(self.now);
                if let Some(request) = self.in_flight.remove(&number) {
                    let runtime = Some(work.as_secs_f64());
                    let kept = &mut self.hosts[host].kept;
                    kept.answered(&request, local, status, runtime);
                    if status == 429 {
                        kept.hold(local + Duration::from_millis(500));
                    }
                }
            }
        }
        self.act(host);
    }

    /// A strict server, which doesn't count what it refuses.
    fn arrives(&mut self, host: usize, number: u64) {
        let mut takes = true;
        for (limit, counted) in LIMITS.iter().zip(&mut self.counted) {
            while counted
                .front()
                .is_some_and(|first| *first + limit.window() <= self.now)
            {
                counted.pop_front();
            }
            takes &= counted.len() < limit.requests() as usize;
        }
        let (status, work) = if takes {
            self.counted
                .iter_mut()
                .for_each(|counted| counted.push_back(self.now));
            self.out.accepted += 1;
            self.out.first.get_or_insert(self.now);
            self.out.last = self.now;
            (200, millis(self.work.0 + self.rng.exponential(self.work.1)))
        } else {
            self.out.refused += 1;
            (429, Duration::ZERO)
        };
        let ways = self.hosts[host].ways;
        let back = self.now + work + self.rng.one_way(ways.back, &ways, false);
        self.plan(back, host, Event::Answered(number, status, work));
    }

    /// Does what a host may do now, and plans when it has to look again.
    fn act(&mut self, host: usize) {
        if !self.hosts[host].alive {
            return;
        }
        let local = self.now + self.hosts[host].offset;
        let mut again = Duration::MAX;
        loop {
            let ticket = self.hosts[host].tickets[0];
            match self.hosts[host].kept.poll(ticket, local) {
                Turn::Go(slots) => {
                    let request = self.hosts[host].kept.sent(slots, local);
                    let next = self.hosts[host].kept.join();
                    self.hosts[host].tickets.remove(0);
                    self.hosts[host].tickets.push(next);
                    self.send(host, request);
                }
                Turn::NotUntil(time) => {
                    again = time;
                    break;
                }
                Turn::Behind => break,
            }
        }
        let peer = self.hosts[host].kept.peer();
        match peer.map(|peer| (peer.due(local), peer)) {
            Some((Due::At(time), peer)) if time <= local => {
                let exchange = peer.begin(local);
                let ways = self.hosts[host].ways;
                let there = self.now + self.rng.redis_way(&ways);
                self.plan(there, host, Event::AtRedis(Box::new(exchange)));
            }
            Some((Due::At(time), _)) => again = again.min(time),
            Some((Due::Never, _)) | None => {}
        }
        if again < Duration::MAX {
            let time = (again - self.hosts[host].offset).max(self.now);
            self.hosts[host].check = Some(time);
            self.plan(time, host, Event::Check);
        }
    }

    fn send(&mut self, host: usize, request: InFlight) {
        let now = self.now;
        self.out.sent[host] += 1;
        let ways = self.hosts[host].ways;
        let idle = &mut self.hosts[host].idle;
        idle.retain(|since| now - *since <= Duration::from_secs(4));
        let set_up: Duration = match idle.pop() {
            Some(_) => Duration::ZERO,
            None => [ways.there, ways.back, ways.there, ways.back]
                .map(|way| self.rng.one_way(way, &ways, false))
                .iter()
                .sum(),
        };
        let arrival = now + set_up + self.rng.one_way(ways.there, &ways, true);
        let number = self.next;
        self.in_flight.insert(number, request);
        // Its own number is that of the event.
        self.plan(arrival, host, Event::Arrives(number));
    }
}
