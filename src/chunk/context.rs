//! What all chunks of a run share.

use std::sync::{Arc, OnceLock, atomic::AtomicUsize};

use futures_util::task::AtomicWaker;
use tokio::sync::watch;
use tracing::Span;

use super::keyed_lock::KeyedLock;
use crate::{
    Copper, Error,
    circuit_breaker::CircuitBreaker,
    journal::{Journal, JournalError},
    outcome::{NotSent, Outcome, StopHandle, StoppedBy, Unknown},
    progress::Tally,
};

/// What all chunks of a run share.
pub(crate) struct Context {
    pub(crate) copper: Copper,
    pub(crate) stop: StopHandle,
    pub(crate) outage: CircuitBreaker,
    pub(crate) turns: KeyedLock,
    /// Set before the first chunk, if the run keeps one.
    pub(crate) journal: OnceLock<Journal>,
    /// Why nobody can know what earlier starts have sent, if it is so.
    doubt: OnceLock<Arc<Error>>,
    /// The most records of one request, as learned from a refusal.
    pub(crate) size_limit: AtomicUsize,
    /// Chunks that are not yet where the next one may be taken from the input.
    pub(crate) waiting: AtomicUsize,
    /// Wakes the run when `waiting` falls, so that it takes more from its input.
    pub(crate) waker: AtomicWaker,
    /// What others are shown of the run.
    pub(crate) tally: watch::Sender<Tally>,
    /// What is told of the run.
    pub(crate) span: Span,
}

impl Context {
    pub(crate) fn new(copper: Copper, tally: Tally, span: Span) -> Self {
        Self {
            tally: watch::Sender::new(tally),
            span,
            copper,
            stop: StopHandle::new(),
            outage: CircuitBreaker::default(),
            turns: KeyedLock::default(),
            journal: OnceLock::new(),
            doubt: OnceLock::new(),
            size_limit: AtomicUsize::new(usize::MAX),
            waiting: AtomicUsize::new(0),
            waker: AtomicWaker::new(),
        }
    }

    /// Ends the run: without its journal nothing is sent.
    pub(crate) fn stop_by_journal(&self, fault: &JournalError) {
        let error = Arc::new(fault.to_error());
        if error.may_have_taken_effect() {
            // Of several doubts the first is told.
            let _ = self.doubt.set(Arc::clone(&error));
        }
        self.stop.stop_by(StoppedBy::Error(error));
    }

    /// The outcome of a record that this run did not send, for it was stopped.
    pub(crate) fn unsent<T>(&self, by: StoppedBy) -> Outcome<T> {
        match self.doubt.get() {
            // What an unusable journal knows, nobody does, whatever stopped the run.
            Some(error) => Outcome::Unknown(Unknown::failed(Arc::clone(error))),
            None => Outcome::NotSent(NotSent::stopped(by)),
        }
    }
}
