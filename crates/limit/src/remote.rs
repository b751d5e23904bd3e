//! A [`Peer`] with a clock, a lock and a task that calls the store: one call at a time, with everything to
//! report and to ask at that time. The task ends with the last handle.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use crate::Class;
use crate::gate::Ticket;
use crate::peer::{Due, Notice, Peer};
use crate::store::{Exchange, Reply, Store, StoreError};

/// The state of a limiter that shares its limits with other processes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sharing {
    /// False while the store can't be reached and the [`Fallback`](crate::store::Fallback) applies.
    pub reachable: bool,
    /// The reason that the store can't be reached, as it says it. None if it is reachable.
    pub failure: Option<Arc<str>>,
    /// The time since the store lost its log of slots, if it did. Earlier requests are not counted any more.
    pub log_lost: Option<Duration>,
}

/// The task checks again after this time at the latest: timers can't hold every later time.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// The peer behind its lock.
pub(crate) struct Remote {
    start: Instant,
    state: Mutex<State>,
    store: Arc<dyn Store>,
    /// Notifies the task that there may be work.
    work: Arc<Notify>,
}

struct State {
    peer: Peer,
    /// One for each waiter.
    waiters: HashMap<Ticket, Arc<Notify>>,
    task: Option<JoinHandle<()>>,
    log_lost: Option<Instant>,
    /// The failure of the last exchange, if it failed.
    failure: Option<Arc<str>>,
}

impl Remote {
    pub(crate) fn new(peer: Peer, store: Arc<dyn Store>) -> Self {
        Self {
            start: Instant::now(),
            state: Mutex::new(State {
                peer,
                waiters: HashMap::new(),
                task: None,
                log_lost: None,
                failure: None,
            }),
            store,
            work: Arc::new(Notify::new()),
        }
    }

    /// The state of the store, as far as this process knows.
    pub(crate) fn sharing(&self) -> Sharing {
        self.locked(|state, _| Sharing {
            reachable: !state.peer.is_alone(),
            failure: state.failure.clone().filter(|_| state.peer.is_alone()),
            log_lost: state.log_lost.map(|at| at.elapsed()),
        })
    }

    /// Runs a function after which the store may have to be called.
    pub(crate) fn change<T>(&self, act: impl FnOnce(&mut Peer, Duration) -> T) -> T {
        let result = self.locked(|state, now| act(&mut state.peer, now));
        self.work.notify_one();
        result
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Peer, Duration) -> T) -> T {
        self.locked(|state, now| act(&mut state.peer, now))
    }

    /// Notifies the first waiters that may take a grant.
    fn locked<T>(&self, act: impl FnOnce(&mut State, Duration) -> T) -> T {
        // Nothing panics while it holds the lock. If it did, at worst some slots would stay taken.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that the peer's time never decreases.
        let now = Instant::now().saturating_duration_since(self.start);
        let result = act(&mut state, now);
        let State { peer, waiters, .. } = &mut *state;
        let notifies: Vec<_> = peer
            .granted()
            .filter_map(|first| waiters.get(&first).cloned())
            .collect();
        // A waker may drop the last handle of its task, and with it a place in this queue.
        drop(state);
        for notify in notifies {
            notify.notify_one();
        }
        result
    }

    /// Begins a call if one is due, or returns how long to sleep.
    fn next(&self) -> Result<Exchange, Duration> {
        self.locked(|state, now| match state.peer.due(now) {
            Due::At(time) if time <= now => Ok(state.peer.begin(now)),
            Due::At(time) => Err(time.saturating_sub(now).min(LONGEST_SLEEP)),
            Due::Never => Err(LONGEST_SLEEP),
        })
    }

    fn ended(&self, result: Result<Reply, StoreError>) {
        let (notices, failure) = self.locked(|state, now| {
            state.failure = match result {
                Ok(reply) => {
                    state.peer.replied(reply, now);
                    None
                }
                Err(error) => {
                    state.peer.failed(now);
                    Some(error.cause().to_string().into())
                }
            };
            let notices = state.peer.notices();
            if notices.contains(&Notice::LogLost) {
                state.log_lost = Some(Instant::now());
            }
            (notices, state.failure.clone())
        });
        for notice in notices {
            match notice {
                Notice::Reached => info!("the store of the shared limits replies"),
                Notice::Gone => warn!(
                    error = failure.as_deref(),
                    "the store of the shared limits can't be reached: this process continues as its fallback says"
                ),
                Notice::LogLost => warn!(
                    "the store of the shared limits has lost its log: nothing is sent for a moment, and earlier requests are not counted any more"
                ),
            }
        }
    }
}

impl Drop for Remote {
    /// Tells the store what it was not told yet, so that others need not wait until it is sure by itself. No call is
    /// in flight: it would hold a handle.
    fn drop(&mut self) {
        self.work.notify_one();
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if let Ok(exchange) = self.next() {
            let (patience, store) = (
                self.with(|peer, _| peer.patience()),
                Arc::clone(&self.store),
            );
            runtime.spawn(async move { timeout(patience, store.exchange(&exchange)).await });
        }
    }
}

/// Calls the store until the last handle is gone.
async fn run(remote: Weak<Remote>) {
    while let Some(shared) = remote.upgrade() {
        match shared.next() {
            Ok(exchange) => {
                let patience = shared.with(|peer, _| peer.patience());
                let store = Arc::clone(&shared.store);
                let result = match timeout(patience, store.exchange(&exchange)).await {
                    Ok(result) => result,
                    Err(_) => Err(StoreError::new(format!("no reply in {patience:?}"))),
                };
                shared.ended(result);
            }
            Err(sleep) => {
                let (store, work) = (Arc::clone(&shared.store), Arc::clone(&shared.work));
                drop(shared);
                let (mut told, mut changed) = (pin!(store.notified()), pin!(work.notified()));
                let either = poll_fn(|context| {
                    if let Poll::Ready(wait) = told.as_mut().poll(context) {
                        return Poll::Ready(Some(wait));
                    }
                    changed.as_mut().poll(context).map(|()| None)
                });
                if let Ok(Some(wait)) = timeout(sleep, either).await
                    && let Some(shared) = remote.upgrade()
                {
                    shared.with(|peer, now| peer.notified(wait, now));
                }
            }
        }
    }
}

/// A place in a line, until dropped.
pub(crate) struct Place<'a> {
    remote: &'a Remote,
    pub(crate) ticket: Ticket,
    pub(crate) notify: Arc<Notify>,
}

impl<'a> Place<'a> {
    pub(crate) fn take(remote: &'a Arc<Remote>, class: Class) -> Self {
        let notify = Arc::new(Notify::new());
        let ticket = remote.locked(|state, _| {
            // The runtime on which it was started may be gone.
            if state.task.as_ref().is_none_or(JoinHandle::is_finished) {
                state.task = Some(tokio::spawn(run(Arc::downgrade(remote))));
            }
            let ticket = state.peer.join(class);
            state.waiters.insert(ticket, Arc::clone(&notify));
            ticket
        });
        remote.work.notify_one();
        Self {
            remote,
            ticket,
            notify,
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.remote.locked(|state, _| {
            state.peer.leave(self.ticket);
            state.waiters.remove(&self.ticket);
        });
        self.remote.work.notify_one();
    }
}
