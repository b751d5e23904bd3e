//! The store of slots that several processes share. A store does one thing, [`Store::exchange`]: it takes all reports
//! and asks of a process, acts on them at once, by its own clock, and replies. The crate `rolling-limit-redis` has a
//! store. Without a store, slots are kept in the process.
//!
//! Times in exchanges and replies are durations, so the clocks of the machines need not agree.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::{Class, Limit};

/// A future that a store returns.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps slots for all processes that share the limits.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Settles, gives back, renews and reserves slots. On an error, it may have done only a part. A failed exchange is
    /// repeated, so a repetition must have no further effect.
    fn exchange<'a>(&'a self, exchange: &'a Exchange)
    -> StoreFuture<'a, Result<Reply, StoreError>>;

    /// Waits until another process makes a change after which a waiter of this process may go earlier. Returns the time
    /// after which to ask again. A store without notifications never returns; then waiters go at the time in their
    /// reply.
    fn notified(&self) -> StoreFuture<'_, Duration>;
}

/// All reports and asks of a process in one call of the store.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The limits, the same in all processes.
    pub limits: Vec<Limit>,
    /// The number of queues; see [`Line`].
    pub queues: usize,
    /// Requests that were sent and have no answer yet.
    pub sent: Vec<Unanswered>,
    /// Slots for which the process now knows the time from which they count.
    pub settled: Vec<Settled>,
    /// Requests that were never sent. Their slots are free.
    pub given_back: Vec<Request>,
    /// Requests that were granted and have not been sent yet. They count from the latest time at which they can still
    /// be sent.
    pub renewed: Vec<Request>,
    /// Classes whose requests must not be granted for some time.
    pub holds: Vec<Hold>,
    /// Lines of this process without waiting requests.
    pub withdrawn: Vec<Line>,
    /// Asks for slots, for lines of this process with waiting requests.
    pub asks: Vec<Ask>,
    /// True if an earlier exchange failed. Then the store may have done some of this already.
    pub repeated: bool,
    /// The time from now up to which a grant may lie in the future.
    pub ahead: Duration,
    /// The shortest time of a request from this process to the server. A request may be sent this much before its slot
    /// is free.
    pub early: Duration,
    /// The longest time between the time in a grant and the sending of the request.
    pub within: Duration,
    /// The longest time by which a request of this process may arrive later than `early` after it was sent.
    pub grace: Duration,
    /// The time for which nothing is granted after the store has lost its log.
    pub careful: Duration,
}

/// A request that has slots or needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The number of the request, unique in this process.
    pub id: u64,
    /// The class of the request.
    pub class: Class,
}

/// Waiters of this process that go first come, first served. They have one priority, and limits count their classes
/// together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// The number of the queue. Requests in different queues have no limit in common.
    pub queue: usize,
    /// The priority. The lowest goes first, across processes.
    pub priority: u8,
}

/// Asks for slots for the first waiters of a line, all of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The line.
    pub line: Line,
    /// The class of all these requests.
    pub class: Class,
    /// The numbers of the requests, in the order in which they must go.
    pub ids: Vec<u64>,
}

/// A request without an answer. It counts from the latest time at which it has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unanswered {
    /// The request.
    pub request: Request,
    /// The time from the sending of the request until the store handles this exchange.
    pub age: Duration,
    /// The longest time by which the request arrives later than `early` after it was sent.
    pub grace: Duration,
}

/// A request whose answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The request.
    pub request: Request,
    /// The request arrived at the server at least this long before the store handles this exchange.
    pub age: Duration,
    /// True if the server answered 429.
    pub refused: bool,
}

/// Holds requests back, for example after a `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// The class; None for all requests.
    pub class: Option<Class>,
    /// The length of the pause, from now on.
    pub pause: Duration,
}

/// The reply of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The slots that were reserved.
    pub grants: Vec<Grant>,
    /// For each ask, the time after which to ask again for requests that were not granted, unless a notification comes
    /// first.
    pub again: Vec<Duration>,
    /// The time that is added to all windows at the moment, because of refusals.
    pub margin: Duration,
    /// The name of the log of slots. If it changes, the earlier log is lost.
    pub log: String,
}

/// Slots that were reserved for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The number of the request.
    pub id: u64,
    /// The time after which the request may be sent. It counts from the moment at which the store handles the exchange.
    pub wait: Duration,
}

/// The error of a store that could not be reached, or whose reply was invalid.
#[derive(Debug)]
pub struct StoreError(Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// Wraps the cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }

    /// Returns the cause.
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

/// The behaviour of a limiter while its store can't be reached. Both cases consider that other processes may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fallback {
    /// Nothing is sent until the store is back.
    Closed,
    /// This process keeps its share of the limits by itself, as one of this many processes. If a limit has fewer
    /// requests than there are processes, the share is one request in a longer window: of 3 requests per second, each
    /// of 8 processes gets 1 in 8/3 seconds. The processes know nothing of one another then, so a 429 may come now and
    /// then.
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
