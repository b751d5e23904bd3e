//! The rate limiter: keeps the requests of a client under Copper's limits, as Copper's server counts them.
//!
//! Every [`Copper`](crate::Copper) has a limiter that keeps the documented limits, so most programs don't
//! need this module. It is for these tasks:
//!
//! | task | with |
//! |---|---|
//! | share one limiter among clients that use the same key in one process | [`Builder::limiter`](crate::Builder::limiter) |
//! | share the limits among processes | [`Limiter::shared`], and the page [`shared_limits`](crate::guide::shared_limits) |
//! | set other limits | [`Builder::limits`](crate::Builder::limits) |
//! | send requests of your own under the same limits | [`Limiter::acquire`] |
//!
//! The crate `rolling-limit` does the work, for any API.

use std::{fmt, time::Duration};

use rolling_limit::Class;
pub use rolling_limit::{
    Permit, Sent, Sharing,
    store::{Fallback, Store},
};
use serde::{Deserialize, Serialize};

/// One rate limit: at most [`requests`](Self::requests) in any rolling [`window`](Self::window).
///
/// Its form as JSON, or in any other format of serde, is that of the schema: `{"applies_to": "bulk",
/// "requests": 3, "seconds": 1.0}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The requests that it counts.
    pub applies_to: AppliesTo,
    /// The number of requests that may be counted in any one window. 0 counts as 1, so that no request waits
    /// for ever.
    pub requests: u32,
    /// The length of the rolling window. A limit whose window is zero limits nothing.
    #[serde(rename = "seconds", with = "seconds")]
    pub window: Duration,
}

/// The requests that a [`Limit`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppliesTo {
    /// All requests, bulk ones included.
    All,
    /// Bulk requests only.
    Bulk,
}

/// The kind of a request. It decides which limits count the request, and which requests go before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// A call about one thing, for which somebody may be waiting. It goes before all others.
    Single,
    /// One of the many requests that a run sends, one record each. It takes turns with bulk requests, and
    /// leaves one slot in twenty of each limit to others: a run would otherwise take all slots at once, and
    /// single calls would find none for the rest of the window.
    Series,
    /// A bulk request. It takes turns with the requests of other runs.
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
/// Cloning is cheap, and all clones share the same slots. Give two clients that use the same API key in one
/// process the same limiter. Limiters in different processes know nothing of each other, unless they are
/// [`shared`](Self::shared). Without that, give each a part of the limits.
///
/// Single calls go before the requests of runs. Otherwise the order is first come, first served, so a bulk
/// run and an upsert run at the same time take turns. A program that makes single calls without a pause
/// leaves nothing to its runs. An upsert run may use up a minute's budget in seconds; it leaves one slot in
/// twenty to single calls.
#[derive(Clone)]
pub struct Limiter(rolling_limit::Limiter);

impl Limiter {
    /// Creates a limiter that keeps all of `limits`. Without limits, no request waits.
    ///
    /// ```
    /// use copper_crm::limit::Limiter;
    /// assert!(Limiter::new([]).limits().is_empty());
    /// ```
    pub fn new(limits: impl IntoIterator<Item = Limit>) -> Self {
        let limits = limits.into_iter().map(rolling_limit::Limit::from);
        Self(rolling_limit::Limiter::new(limits))
    }

    /// Creates a limiter that keeps all of `limits` together with all other processes that use the same
    /// `store`. The crate `rolling-limit-redis` has such a store. While the store can't be reached,
    /// `fallback` says what this process does.
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

    /// Returns the state of its store, or None if it keeps its slots in this process.
    pub fn sharing(&self) -> Option<Sharing> {
        self.0.sharing()
    }

    /// Returns the limits that it keeps. Limits that limit nothing are left out.
    pub fn limits(&self) -> Vec<Limit> {
        self.0.limits().into_iter().map(Limit::from).collect()
    }

    /// Waits for a slot of each limit that counts requests of this kind.
    ///
    /// It takes its place in the queue when it is first polled, and gives the place back when it is dropped.
    /// A waiter that could go but is not polled for half a second is passed over; it has its place again when
    /// it is polled. Needs a tokio runtime with time enabled.
    pub async fn acquire(&self, lane: Lane) -> Permit {
        self.0.acquire(lane.class()).await
    }

    /// Counts a request that another limiter let go this long ago, such as that of an earlier start of the
    /// program.
    pub(crate) fn sent_before(&self, lane: Lane, ago: Duration) {
        self.0.sent_before(lane.class(), ago);
    }

    /// Holds requests back after a 429, for `pause` from now: bulk requests after that of a bulk request, all
    /// requests after any other. A hold that ends later is kept.
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
