//! The store of shared slots, for several processes. A store does one thing, [`Store::exchange`]: it takes
//! everything that a process reports and asks for, acts on it at once, by its own clock, and replies.
//! `rolling-limit-redis` is a store. Without one, slots are kept in the process.
//!
//! Times that are sent to a store and back are durations, so clocks need not agree.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::{Class, Limit};

/// A future that a store returns.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps slots for all processes that share the limits.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Settles, gives back, renews and reserves slots: all of it, or, on an error, perhaps only a part. An
    /// exchange that failed is repeated, so a repetition must have no further effect.
    fn exchange<'a>(&'a self, exchange: &'a Exchange)
    -> StoreFuture<'a, Result<Reply, StoreError>>;

    /// Waits until another process has made a change that lets a waiter of this one go earlier than it was
    /// told. Returns the time after which to ask again. A store that can't notify never returns; then waiters
    /// go at the time that they were told.
    fn notified(&self) -> StoreFuture<'_, Duration>;
}

/// Everything that a process reports to a store and asks of it at one time.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The limits, the same in all processes.
    pub limits: Vec<Limit>,
    /// The number of queues; see [`Line`].
    pub queues: usize,
    /// Requests that were sent, and have no answer yet.
    pub sent: Vec<Unanswered>,
    /// Slots whose counting time is known now.
    pub settled: Vec<Settled>,
    /// Requests that were never sent: their slots are free.
    pub given_back: Vec<Request>,
    /// Requests that were granted and are not sent yet. They count from the latest time at which they can
    /// still be sent.
    pub renewed: Vec<Request>,
    /// Classes whose requests must not be granted for some time.
    pub holds: Vec<Hold>,
    /// Lines of this process in which no request waits any more.
    pub withdrawn: Vec<Line>,
    /// Lines of this process in which requests wait.
    pub asks: Vec<Ask>,
    /// True if an exchange before this one failed, so that some of this may be done already.
    pub repeated: bool,
    /// A grant may name a time this far in the future.
    pub ahead: Duration,
    /// A request of this process needs at least this long to the server, so it may be sent this much before
    /// its slot is free.
    pub early: Duration,
    /// A granted request is sent at most this long after the time in the grant.
    pub within: Duration,
    /// A request of this process may arrive this much later than `early` after it was sent.
    pub grace: Duration,
    /// If the store has lost its log, nothing is granted for this time.
    pub careful: Duration,
}

/// A request that has slots, or needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Its number, unique in this process.
    pub id: u64,
    /// Its class.
    pub class: Class,
}

/// Waiters of this process that are served first come, first served: those with one priority, in classes that
/// limits count together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// The number of the queue. Requests in different queues have no limit in common.
    pub queue: usize,
    /// The priority; the lowest goes first, across processes.
    pub priority: u8,
}

/// Asks for slots for the first waiters of a line, all of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The line.
    pub line: Line,
    /// The class of all these requests.
    pub class: Class,
    /// The numbers of the requests, in the order in which they should go.
    pub ids: Vec<u64>,
}

/// A request without an answer. It counts from the latest time at which it has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unanswered {
    /// The request.
    pub request: Request,
    /// It was sent so long before the store handles this exchange.
    pub age: Duration,
    /// It arrives so much later than `early` after it was sent, at the latest.
    pub grace: Duration,
}

/// A request whose answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The request.
    pub request: Request,
    /// It arrived at the server no later than this long before the store handles this exchange.
    pub age: Duration,
    /// True if the server answered 429.
    pub refused: bool,
}

/// Holds requests back, as after a `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// The class, or None for all.
    pub class: Option<Class>,
    /// The time from now.
    pub pause: Duration,
}

/// The reply of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The slots that were reserved.
    pub grants: Vec<Grant>,
    /// For each ask, the time after which to ask again for requests that were not granted, if no notification
    /// comes.
    pub again: Vec<Duration>,
    /// The time that refusals currently add to all windows.
    pub margin: Duration,
    /// The name of the log of slots. If it is not the same as before, the earlier log is lost.
    pub log: String,
}

/// Slots that were reserved for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The number of the request.
    pub id: u64,
    /// The time from the store's handling of the exchange after which the request may be sent.
    pub wait: Duration,
}

/// The store could not be reached, or its reply was invalid.
#[derive(Debug)]
pub struct StoreError(Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// Wraps the cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }

    /// The cause.
    pub fn cause(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self.0.as_ref()
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store of the shared limits failed: {}", self.0)
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.0.as_ref())
    }
}

/// The behaviour of a limiter while its store can't be reached. In both cases it takes other processes into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fallback {
    /// Nothing is sent until the store is back.
    Closed,
    /// This process keeps its share of the limits by itself, for this many processes. A limit with fewer
    /// requests than processes becomes one request in a longer window: of 3 per second, one of 8 processes
    /// takes 1 in 8/3 seconds. The processes know nothing of each other then, so a 429 may come now and then.
    Share(u32),
}

impl Fallback {
    /// The limits that one process keeps by itself.
    pub(crate) fn limits(self, limits: &[Limit]) -> Option<Vec<Limit>> {
        match self {
            Fallback::Closed => None,
            Fallback::Share(processes) => Some(
                limits
                    .iter()
                    .map(|limit| limit.share(processes.max(1)))
                    .collect(),
            ),
        }
    }
}
