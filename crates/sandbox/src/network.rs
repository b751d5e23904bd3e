//! A simulated network with seeded delays. On loopback, a limiter that counts requests when it sends them
//! looks as good as one that counts as the server does. Only a network that changes the distance between
//! requests tells them apart.

use std::time::Duration;

use crate::random::Random;

/// A random delay: a fixed base, plus an exponentially distributed jitter, plus a rare long tail.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Delay {
    /// The shortest delay.
    pub base: Duration,
    /// The mean of the exponentially distributed jitter.
    pub jitter: Duration,
    /// The probability of a tail, from 0 to 1.
    pub tail_probability: f64,
    /// The mean of the exponentially distributed tail.
    pub tail: Duration,
}

impl Delay {
    /// No delay.
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

    /// The same with a tail of `mean` milliseconds with this probability.
    pub const fn with_tail(mut self, probability: f64, mean: u64) -> Self {
        self.tail_probability = probability;
        self.tail = Duration::from_millis(mean);
        self
    }

    pub(crate) fn draw(&self, random: &mut Random) -> Duration {
        let jitter = if self.jitter.is_zero() {
            Duration::ZERO
        } else {
            random.about(self.jitter)
        };
        let tail = if random.happens(self.tail_probability) {
            random.about(self.tail)
        } else {
            Duration::ZERO
        };
        self.base.saturating_add(jitter).saturating_add(tail)
    }
}

/// A network between a program and the sandbox, and the time that the sandbox takes to work.
///
/// The first request of a connection arrives one round trip later than the others, as if the connection
/// were set up over the same network. [`Builder::scale`](crate::Builder::scale) doesn't scale the delays.
///
/// ```
/// use copper_crm_sandbox::{Delay, Network};
///
/// let satellite = Network { one_way: Delay::of(300, 30).with_tail(0.01, 500), work: Delay::of(100, 50) };
/// assert_ne!(satellite, Network::wan());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Network {
    /// The delay of each way, drawn anew for each way of each request.
    pub one_way: Delay,
    /// The time from a request's arrival to its work. `X-Runtime` reports it to the client.
    pub work: Delay,
}

impl Network {
    /// No simulated delays. The default.
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

    /// The delay of a request; the first of a connection has the connection's set-up as well.
    pub(crate) fn there(&self, first: bool, random: &mut Random) -> Duration {
        let ways = if first { 3 } else { 1 };
        (0..ways)
            .map(|_| self.one_way.draw(random))
            .fold(Duration::ZERO, Duration::saturating_add)
    }

    pub(crate) fn back(&self, random: &mut Random) -> Duration {
        self.one_way.draw(random)
    }
}
