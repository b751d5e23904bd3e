//! The state that all chunks of a run share.

use std::{
    mem,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::task::AtomicWaker;
use tokio::{sync::watch, time::timeout_at};
use tracing::Span;

use super::{given_ids::GivenIds, keyed_lock::KeyedLock};
use crate::{
    Copper, Error,
    circuit_breaker::CircuitBreaker,
    client::Deadline,
    endpoint::Endpoint,
    journal::{Journal, JournalError},
    outcome::{NotSent, Outcome, StopHandle, StoppedBy, Unknown},
    progress::Tally,
};

/// The state that all chunks of a run share.
pub(crate) struct Context {
    pub(crate) copper: Copper,
    pub(crate) stop: StopHandle,
    pub(crate) breaker: CircuitBreaker,
    pub(crate) keys: KeyedLock,
    pub(crate) ids: GivenIds,
    /// Set before the first chunk, if the run keeps one.
    pub(crate) journal: OnceLock<Journal>,
    /// The error of an unusable journal that may hide what earlier starts have sent.
    doubt: OnceLock<Arc<Error>>,
    /// The most records of one request, as learned from a refusal.
    pub(crate) size_limit: AtomicUsize,
    /// The number of chunks that wait for a permit. While there is one, no more is taken from the input.
    waiting: AtomicUsize,
    /// Wakes the run when `waiting` falls.
    pub(crate) waker: AtomicWaker,
    /// The counts for progress handles.
    pub(crate) tally: watch::Sender<Tally>,
    pub(crate) span: Span,
}

impl Context {
    pub(crate) fn new(copper: Copper, tally: Tally, span: Span) -> Self {
        Self {
            tally: watch::Sender::new(tally),
            span,
            copper,
            stop: StopHandle::new(),
            breaker: CircuitBreaker::default(),
            keys: KeyedLock::default(),
            ids: GivenIds::default(),
            journal: OnceLock::new(),
            doubt: OnceLock::new(),
            size_limit: AtomicUsize::new(usize::MAX),
            waiting: AtomicUsize::new(0),
            waker: AtomicWaker::new(),
        }
    }

    /// Stops the run, because nothing is sent without its journal.
    pub(crate) fn stop_by_journal(&self, error: &JournalError) {
        let error = Arc::new(error.to_error());
        if error.may_have_taken_effect() {
            // If there are several such errors, the first is kept.
            let _ = self.doubt.set(Arc::clone(&error));
        }
        self.stop.stop_by(StoppedBy::Error(error));
    }

    /// The outcome of a record that this run did not send, because it was stopped.
    pub(crate) fn unsent<T>(&self, by: StoppedBy) -> Outcome<T> {
        match self.doubt.get() {
            // If the journal is unusable, earlier starts may have sent the record, whatever stopped this run.
            Some(error) => Outcome::Unknown(Unknown::failed(Arc::clone(error))),
            None => Outcome::NotSent(NotSent::stopped(by)),
        }
    }

    /// Waits for a future, but not beyond the run's stop or the deadline.
    pub(super) async fn unless_stopped<T>(
        &self,
        deadline: Option<Deadline>,
        wanted: impl Future<Output = T>,
    ) -> Result<T, StopReason> {
        let wanted = self.stop.unless_stopped(wanted);
        let done = match deadline {
            None => wanted.await,
            Some(deadline) => timeout_at(deadline.at(), wanted)
                .await
                .map_err(|_| StopReason::Expired(deadline))?,
        };
        done.map_err(StopReason::Stopped)
    }

    /// The outcome of a record that was not sent before this happened.
    pub(super) fn unsent_by<E: Endpoint>(&self, reason: &StopReason) -> Outcome<E::Output> {
        match reason {
            StopReason::Stopped(by) => self.unsent(by.clone()),
            StopReason::Expired(deadline) => {
                let error = deadline.unsent(E::OPERATION);
                Outcome::NotSent(NotSent::failed(Arc::new(error)))
            }
        }
    }

    /// True while a chunk waits for its permit. Nothing more is then taken from the input.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }
}

/// The reason why waiting ended.
pub(super) enum StopReason {
    Stopped(StoppedBy),
    Expired(Deadline),
}

/// Keeps the run from taking more of its input, until `done` is called or this is dropped.
pub(super) struct Waiting {
    context: Arc<Context>,
    waits: bool,
}

impl Waiting {
    pub(super) fn new(context: &Arc<Context>) -> Self {
        context.waiting.fetch_add(1, Ordering::AcqRel);
        Self {
            context: Arc::clone(context),
            waits: true,
        }
    }

    /// Lets the run take more of its input.
    pub(super) fn done(&mut self) {
        if mem::take(&mut self.waits) {
            self.context.waiting.fetch_sub(1, Ordering::AcqRel);
            self.context.waker.wake();
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.done();
    }
}
