//! The seam: where the slots of a limiter are kept when several processes share them. A store does one
//! thing, [`Store::exchange`]: it takes all that a process has to tell and to ask, acts on it at once, by its own
//! clock, and replies. `rolling-limit-redis` is a store; without one, slots are kept in the process.
//!
//! Times on the way to a store and back are durations, so no two clocks have to agree.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::{Class, Limit};

/// A future that a store returns.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps slots for all processes that share the limits.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Settles, gives back, renews and reserves slots, all of it or, on an error, perhaps none of it. An
    /// exchange that failed is repeated, so doing it twice must do no more than doing it once.
    fn exchange<'a>(&'a self, exchange: &'a Exchange)
    -> StoreFuture<'a, Result<Reply, StoreError>>;

    /// Waits until another process has done something that lets a waiter of this one go earlier than it
    /// was told, and returns the time after which to ask again. A store that can't notify never returns;
    /// waiters then go when they were told.
    fn notified(&self) -> StoreFuture<'_, Duration>;
}

/// All that a process tells a store and asks of it at one time.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The limits, the same in all processes.
    pub limits: Vec<Limit>,
    /// The number of queues; see [`Line`].
    pub queues: usize,
    /// Slots that count from a known time now.
    pub settled: Vec<Settled>,
    /// Requests that were never sent: their slots are free.
    pub given_back: Vec<Request>,
    /// Requests that were granted and not sent yet: they count from the latest time that they can be sent now.
    pub renewed: Vec<Request>,
    /// Requests not to be granted for some time.
    pub holds: Vec<Hold>,
    /// Lines of this process in which nobody waits any more.
    pub withdrawn: Vec<Line>,
    /// Lines of this process in which somebody waits.
    pub asks: Vec<Ask>,
    /// True if an exchange before this one failed, so that some of this may be done already.
    pub repeated: bool,
    /// A grant may name a time so far ahead.
    pub ahead: Duration,
    /// A request of this process needs at least so long to the server, so it may be sent so much before its
    /// slot is open.
    pub early: Duration,
    /// A granted request is sent so long after the time that the grant names, at the latest.
    pub within: Duration,
    /// A request of this process may arrive so much later than `early` after it was sent.
    pub grace: Duration,
    /// If the store has lost its log, nothing goes for so long.
    pub careful: Duration,
}

/// A request that has slots, or wants them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Its number, unique in this process.
    pub id: u64,
    /// Its class.
    pub class: Class,
}

/// Waiters of this process that are served first come, first served: those of one priority, among classes
/// that limits tie together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// The number of the queue. Requests in different queues share no limit.
    pub queue: usize,
    /// The priority; the lowest goes first, across processes.
    pub priority: u8,
}

/// Asks for slots for the first waiters of a line, which are of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The line.
    pub line: Line,
    /// The class of all these requests.
    pub class: Class,
    /// The numbers of the requests, in the order in which they want to go.
    pub ids: Vec<u64>,
}

/// A request whose answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The request.
    pub request: Request,
    /// It arrived at the server no later than so long before the store handles this exchange.
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
    /// For each ask, when to ask again for what was not granted, if nothing is notified before.
    pub again: Vec<Duration>,
    /// The time that refusals add to all windows at present.
    pub margin: Duration,
    /// The name of the log of slots. Another name than before means that the log before is lost.
    pub log: String,
}

/// Slots that were reserved for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The number of the request.
    pub id: u64,
    /// The request may be sent so long after the store handled the exchange.
    pub wait: Duration,
}

/// The store could not be reached, or did not reply as it should.
#[derive(Debug)]
pub struct StoreError(Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// Wraps the cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
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

/// The behaviour of a limiter while its store can't be reached. It never goes on as if nothing else used the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fallback {
    /// Nothing is sent until the store is back.
    Closed,
    /// This process keeps to its share of the limits, one of so many, by itself. A limit of fewer requests
    /// than processes becomes one request in a longer window: of 3 a second, one of 8 processes takes
    /// 1 in 8/3 seconds. Processes that do so know nothing of each other, so a 429 may come now and then.
    Share(u32),
}

impl Fallback {
    /// The limits that one process keeps to by itself.
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
