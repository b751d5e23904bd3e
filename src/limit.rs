//! The rate limiter: keeps the requests of a client under Copper's limits, as Copper's server counts them.
//!
//! Every [`Copper`](crate::Copper) has one, so most programs need nothing of this module. It serves to
//! set other limits ([`Builder::limits`](crate::Builder::limits)), to share one limiter between clients that
//! use the same key in one process ([`Builder::limiter`](crate::Builder::limiter)), and to send requests of
//! your own under the same limits ([`Limiter::acquire`]). The crate `rolling-limit` does the work, for any API.

use std::{fmt, time::Duration};

use rolling_limit::Class;
pub use rolling_limit::{
    Permit, Sent, Sharing,
    store::{Fallback, Store},
};
use serde::{Deserialize, Serialize};

/// One rate limit: at most [`requests`](Self::requests) in any rolling [`window`](Self::window).
///
/// As JSON, or in any other form that serde knows, it is as in the schema:
/// `{"applies_to": "bulk", "requests": 3, "seconds": 1.0}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The requests that count.
    pub applies_to: AppliesTo,
    /// The number of requests that may be counted in any one window. 0 is taken as 1, so that nothing
    /// waits for ever.
    pub requests: u32,
    /// The length of the rolling window. A limit with a window of zero limits nothing.
    #[serde(rename = "seconds", with = "seconds")]
    pub window: Duration,
}

/// The requests a [`Limit`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppliesTo {
    /// All requests, bulk ones included.
    All,
    /// Bulk requests only.
    Bulk,
}

/// The kind of a request, for the limits and for the requests that wait beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// A call about one thing, which somebody may be waiting for. It goes before all others.
    Single,
    /// One of a run's many calls about one thing. It waits as long as any single call waits, takes turns
    /// with bulk requests, and leaves one slot in twenty of each limit alone: a run takes all slots at once,
    /// and single calls would find nothing for the rest of the window.
    Series,
    /// A bulk request. It waits as long as any single call waits.
    Bulk,
}

const SINGLE: Class = Class::new("single");
const SERIES: Class = Class::new("series").priority(1).leaves_one_in(20);
const BULK: Class = Class::new("bulk").priority(1);

impl Lane {
    fn class(self) -> Class {
        match self {
            Lane::Single => SINGLE,
            Lane::Series => SERIES,
            Lane::Bulk => BULK,
        }
    }
}

impl From<Limit> for rolling_limit::Limit {
    fn from(limit: Limit) -> Self {
        let all = Self::new(limit.requests, limit.window);
        match limit.applies_to {
            AppliesTo::All => all,
            AppliesTo::Bulk => all.only(&[BULK]),
        }
    }
}

impl From<rolling_limit::Limit> for Limit {
    fn from(limit: rolling_limit::Limit) -> Self {
        Self {
            applies_to: match limit.classes() {
                None => AppliesTo::All,
                Some(_) => AppliesTo::Bulk,
            },
            requests: limit.requests(),
            window: limit.window(),
        }
    }
}

/// Keeps the requests made through it under Copper's rate limits, as Copper's server counts them.
///
/// Cloning is cheap, and all clones share the same slots: give two clients that use the same API
/// key in one process the same limiter. Limiters in different processes know nothing of each
/// other, unless they are [`shared`](Self::shared); else give each a part of the limits.
///
/// Single calls go before the requests of runs; otherwise the order is first come, first served, so a bulk
/// run and an upsert run beside it take turns. A program that makes single calls without a pause leaves
/// nothing to a run beside it. An upsert run may use up a minute's budget in seconds; it leaves one slot
/// in twenty alone, for the single calls that come meanwhile.
#[derive(Clone)]
pub struct Limiter(rolling_limit::Limiter);

impl Limiter {
    /// Creates a limiter that keeps to all of `limits`. With none, everything goes at once.
    ///
    /// ```
    /// use copper_crm::limit::Limiter;
    /// assert!(Limiter::new([]).limits().is_empty());
    /// ```
    pub fn new(limits: impl IntoIterator<Item = Limit>) -> Self {
        let limits = limits.into_iter().map(rolling_limit::Limit::from);
        Self(rolling_limit::Limiter::new(limits))
    }

    /// Creates a limiter that keeps to all of `limits` together with all other processes that use the same
    /// `store`: the crate `rolling-limit-redis` has one. While the store can't be reached, `fallback` says
    /// what this process does.
    ///
    /// ```
    /// use copper_crm::{Copper, limit::{Fallback, Limiter}, schema::RATE_LIMITS};
    /// # fn program(store: impl copper_crm::limit::Store) -> Result<(), copper_crm::Error> {
    /// // let store = RedisStore::new("redis://localhost:6379", "the API key")?;
    /// let limiter = Limiter::shared(RATE_LIMITS.iter().copied(), store, Fallback::Closed);
    /// let copper = Copper::builder("the API key", "owner@example.com").limiter(limiter).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn shared(
        limits: impl IntoIterator<Item = Limit>,
        store: impl Store,
        fallback: Fallback,
    ) -> Self {
        let limits = limits.into_iter().map(rolling_limit::Limit::from);
        Self(rolling_limit::Limiter::shared(limits, store, fallback))
    }

    /// How it stands with its store, or None if it keeps its slots in this process.
    pub fn sharing(&self) -> Option<Sharing> {
        self.0.sharing()
    }

    /// The limits that it keeps to. Those that limit nothing are left out.
    pub fn limits(&self) -> Vec<Limit> {
        self.0.limits().into_iter().map(Limit::from).collect()
    }

    /// Waits for a slot of each limit that counts requests of this kind.
    ///
    /// Takes its place in the queue when first polled, and gives it back when dropped. A waiter that
    /// could go but is not polled for half a second lets others pass, and has its place again when it
    /// is polled. Needs a tokio runtime with time enabled.
    pub async fn acquire(&self, lane: Lane) -> Permit {
        self.0.acquire(lane.class()).await
    }

    /// Counts a request that another limiter let go this long ago: an earlier start of the program, say.
    pub(crate) fn sent_before(&self, lane: Lane, ago: Duration) {
        self.0.sent_before(lane.class(), ago);
    }

    /// Holds back requests after a 429, for `pause` from now: bulk requests after that of a bulk request, all
    /// requests after any other. A hold that ends later stays.
    pub fn hold(&self, lane: Lane, pause: Duration) {
        match lane {
            Lane::Bulk => self.0.hold(BULK, pause),
            Lane::Single | Lane::Series => self.0.hold_all(pause),
        }
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = self.limits();
        f.debug_struct("Limiter")
            .field("limits", &limits)
            .finish_non_exhaustive()
    }
}

mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        time.as_secs_f64().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: [Limit; 2] = [
        Limit {
            applies_to: AppliesTo::All,
            requests: 180,
            window: Duration::from_secs(60),
        },
        Limit {
            applies_to: AppliesTo::Bulk,
            requests: 3,
            window: Duration::from_secs(1),
        },
    ];

    #[test]
    fn limits_come_back_as_they_were_given() {
        assert_eq!(Limiter::new(LIMITS).limits(), LIMITS);
    }

    #[test]
    fn the_bulk_limit_counts_bulk_requests_and_the_other_counts_all() {
        let [all, bulk] = LIMITS.map(rolling_limit::Limit::from);
        let lanes = [Lane::Single, Lane::Series, Lane::Bulk].map(Lane::class);
        assert_eq!(lanes.map(|class| all.counts(class)), [true; 3]);
        assert_eq!(lanes.map(|class| bulk.counts(class)), [false, false, true]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_after_a_bulk_request_holds_bulk_and_after_any_other_all() {
        let pause = Duration::from_secs(5);
        let limiter = Limiter::new(LIMITS);
        limiter.hold(Lane::Bulk, pause);
        assert!(limiter.acquire(Lane::Single).await.waited().is_zero());
        assert_eq!(limiter.acquire(Lane::Bulk).await.waited(), pause);
        limiter.hold(Lane::Series, pause);
        assert_eq!(limiter.acquire(Lane::Single).await.waited(), pause);
    }

    #[tokio::test(start_paused = true)]
    async fn a_single_call_goes_before_the_requests_of_runs_that_came_earlier() {
        let limiter = Limiter::new(LIMITS);
        limiter.hold(Lane::Single, Duration::from_secs(1));
        let mut order = Vec::new();
        let (bulk, single) = (limiter.acquire(Lane::Bulk), limiter.acquire(Lane::Single));
        let mut bulk = Box::pin(bulk);
        let mut single = Box::pin(single);
        while order.len() < 2 {
            tokio::select! {
                biased;
                _ = &mut bulk, if !order.contains(&Lane::Bulk) => order.push(Lane::Bulk),
                _ = &mut single, if !order.contains(&Lane::Single) => order.push(Lane::Single),
            }
        }
        assert_eq!(order, [Lane::Single, Lane::Bulk]);
    }

    #[tokio::test(start_paused = true)]
    async fn debug_shows_the_limits_and_nothing_else() {
        let text = format!("{:?}", Limiter::new(LIMITS));
        assert!(
            text.contains("requests: 180") && text.ends_with(", .. }"),
            "{text}"
        );
    }
}
