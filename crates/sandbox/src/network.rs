//! How far away the sandbox seems. On loopback a limiter that counts what it sends looks as good as
//! one that counts as the server does; what tells them apart is a network that squeezes requests
//! together on their way, so here is one, with a seed.

use std::time::Duration;

use super::chance::Chance;

/// How long something takes: a fixed part, an exponentially distributed part, and now and then a long
/// one on top.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Delay {
    /// What it takes at least.
    pub base: Duration,
    /// The mean of the exponentially distributed part.
    pub jitter: Duration,
    /// How often there is a tail, from 0 to 1.
    pub tail_probability: f64,
    /// The mean of the tail, exponentially distributed as well.
    pub tail: Duration,
}

impl Delay {
    /// Takes no time.
    pub const NONE: Self = Self::of(0, 0);

    /// A base and a mean jitter, both in milliseconds, without tails.
    pub const fn of(base: u64, jitter: u64) -> Self {
        Self {
            base: Duration::from_millis(base),
            jitter: Duration::from_millis(jitter),
            tail_probability: 0.0,
            tail: Duration::ZERO,
        }
    }

    /// The same with a tail of `mean` milliseconds in a share of all cases.
    pub const fn with_tail(mut self, probability: f64, mean: u64) -> Self {
        self.tail_probability = probability;
        self.tail = Duration::from_millis(mean);
        self
    }

    pub(super) fn draw(&self, chance: &mut Chance) -> Duration {
        let jitter = if self.jitter.is_zero() {
            Duration::ZERO
        } else {
            chance.about(self.jitter)
        };
        let tail = if chance.happens(self.tail_probability) {
            chance.about(self.tail)
        } else {
            Duration::ZERO
        };
        self.base.saturating_add(jitter).saturating_add(tail)
    }
}

/// A network between a program and the sandbox, and the time that the sandbox takes for its work.
///
/// A connection's first request comes one round trip later than its others, as if the connection were
/// set up over the same network. Delays are not scaled along with the limits.
///
/// ```
/// use copper_crm_sandbox::{Delay, Network};
///
/// let satellite = Network { one_way: Delay::of(300, 30).with_tail(0.01, 500), work: Delay::of(100, 50) };
/// assert_ne!(satellite, Network::wan());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Network {
    /// Each way, drawn anew for each way of each request.
    pub one_way: Delay,
    /// From a request's arrival to its work, which `X-Runtime` tells the client.
    pub work: Delay,
}

impl Network {
    /// No delays but those of the machine. The default.
    pub const fn none() -> Self {
        Self {
            one_way: Delay::NONE,
            work: Delay::NONE,
        }
    }

    /// The same building: 5 + 1 ms each way, 80 + 20 ms of work.
    pub const fn lan() -> Self {
        Self {
            one_way: Delay::of(5, 1),
            work: Delay::of(80, 20),
        }
    }

    /// Another city: 40 + 10 ms each way with tails of 150 ms in 0.5 %, 150 + 50 ms of work.
    pub const fn wan() -> Self {
        Self {
            one_way: Delay::of(40, 10).with_tail(0.005, 150),
            work: Delay::of(150, 50),
        }
    }

    /// A bad wireless network: 40 + 40 ms each way with tails of 300 ms in 2 %, 400 + 300 ms of work.
    pub const fn wifi() -> Self {
        Self {
            one_way: Delay::of(40, 40).with_tail(0.02, 300),
            work: Delay::of(400, 300),
        }
    }

    /// Like [`wan`](Self::wan), with 900 + 600 ms of work.
    pub const fn slow_server() -> Self {
        Self {
            one_way: Self::wan().one_way,
            work: Delay::of(900, 600),
        }
    }

    /// The way there, longer for a connection that has to be set up first.
    pub(super) fn there(&self, first: bool, chance: &mut Chance) -> Duration {
        let ways = if first { 3 } else { 1 };
        (0..ways)
            .map(|_| self.one_way.draw(chance))
            .fold(Duration::ZERO, Duration::saturating_add)
    }

    pub(super) fn back(&self, chance: &mut Chance) -> Duration {
        self.one_way.draw(chance)
    }
}
