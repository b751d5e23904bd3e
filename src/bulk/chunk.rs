//! The books of one chunk: which of its records are yet to be sent, which may have left, and which have
//! their outcome. A chunk always gives all its records back, even when its task is ended in the middle:
//! that is what its drop is for.

use std::{
    collections::VecDeque,
    mem,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::task::AtomicWaker;
use tokio::sync::oneshot;

use super::{
    Endpoint, NotSent, Outcome, Settled, StopHandle, StoppedBy, Unknown,
    journal::{Entry, Fault, Journal, State, Taken},
    outage::Outage,
};
use crate::{Copper, Error};

/// The most records of one chunk: a hundred times what Copper takes today. It bounds what a run holds in
/// memory, whatever its caller asks for and its journal says.
pub(crate) const MOST_TOGETHER: usize = 1000;

/// The outcomes of a chunk, in order.
pub(crate) type Outcomes<E> = Vec<Settled<<E as Endpoint>::Input, <E as Endpoint>::Output>>;

/// What all chunks of a run share.
pub(crate) struct Context {
    pub(crate) copper: Copper,
    pub(crate) stop: StopHandle,
    pub(crate) outage: Outage,
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
}

impl Context {
    pub(crate) fn new(copper: Copper) -> Self {
        Self {
            copper,
            stop: StopHandle::new(),
            outage: Outage::default(),
            journal: OnceLock::new(),
            doubt: OnceLock::new(),
            size_limit: AtomicUsize::new(usize::MAX),
            waiting: AtomicUsize::new(0),
            waker: AtomicWaker::new(),
        }
    }

    /// Ends the run: without its journal nothing is sent.
    pub(crate) fn stop_by_journal(&self, fault: &Fault) {
        let error = Arc::new(Error::journal(fault));
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

/// Records that follow on each other, and fare alike so far.
pub(super) enum Piece<I> {
    /// For one request that is yet to be made.
    Unsent(Vec<I>),
    /// Settled by an earlier start.
    Known(Vec<(I, State)>),
}

/// A chunk on its way.
pub(crate) struct Chunk<E: Endpoint> {
    pub(super) context: Arc<Context>,
    /// The index of its first record.
    pub(super) first: u64,
    /// What an earlier start wrote down about these records, until it is laid out in the queue.
    pub(super) entry: Option<Entry>,
    /// What is to be written down about them before the first request.
    pub(super) taken: Option<Taken>,
    /// What is not settled, in order.
    pub(super) queue: VecDeque<Piece<E::Input>>,
    /// The request that may have left.
    pub(super) under_way: Option<E>,
    settled: Outcomes<E>,
    waits: bool,
    reply: Option<oneshot::Sender<Outcomes<E>>>,
}

impl<E: Endpoint> Chunk<E> {
    /// A chunk of `records`, the first of which has this index. It gives its outcomes to `reply`.
    pub(crate) fn new(
        context: Arc<Context>,
        first: u64,
        records: Vec<E::Input>,
        entry: Option<Entry>,
        reply: oneshot::Sender<Outcomes<E>>,
    ) -> Self {
        context.waiting.fetch_add(1, Ordering::AcqRel);
        Self {
            context,
            first,
            entry,
            taken: None,
            settled: Vec::with_capacity(records.len()),
            queue: VecDeque::from([Piece::Unsent(records)]),
            under_way: None,
            waits: true,
            reply: Some(reply),
        }
    }

    /// The index of the next record that gets an outcome.
    pub(super) fn next(&self) -> u64 {
        self.first + self.settled.len() as u64
    }

    /// How many records the next request has.
    pub(super) fn front_len(&self) -> usize {
        match self.queue.front() {
            Some(Piece::Unsent(records)) => records.len(),
            _ => 0,
        }
    }

    /// The records of the next request.
    pub(super) fn take_front(&mut self) -> Vec<E::Input> {
        match self.queue.pop_front() {
            Some(Piece::Unsent(records)) => records,
            Some(known) => {
                self.queue.push_front(known);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Puts requests of at most `size` records in the place of the next one.
    pub(super) fn split_front(&mut self, size: usize) {
        let mut rest = self.take_front();
        let size = size.clamp(1, rest.len().max(1));
        let mut starts: Vec<_> = (0..rest.len()).step_by(size).collect();
        while let Some(start) = starts.pop() {
            self.queue.push_front(Piece::Unsent(rest.split_off(start)));
        }
    }

    /// Settles the records of the next request.
    pub(super) fn give_front(&mut self, outcome: impl Fn() -> Outcome<E::Output>) {
        for record in self.take_front() {
            self.give(record, outcome());
        }
    }

    /// Settles the records of the next request, which is not sent.
    pub(super) fn give_unsent(&mut self, by: &StoppedBy) {
        let context = Arc::clone(&self.context);
        self.give_front(|| context.unsent(by.clone()));
    }

    /// Settles the next record.
    pub(super) fn give(&mut self, input: E::Input, outcome: Outcome<E::Output>) {
        self.give_as(input, outcome, false);
    }

    /// Settles the next record, by what an earlier start wrote down if `from_journal`.
    pub(super) fn give_as(
        &mut self,
        input: E::Input,
        outcome: Outcome<E::Output>,
        from_journal: bool,
    ) {
        self.settled.push(Settled {
            index: self.next(),
            input,
            outcome,
            from_journal,
        });
    }

    /// The outcomes so far.
    pub(super) fn settled(&self) -> &[Settled<E::Input, E::Output>] {
        &self.settled
    }

    /// Lets the run take more from its input.
    pub(super) fn no_longer_waits(&mut self) {
        if mem::take(&mut self.waits) {
            self.context.waiting.fetch_sub(1, Ordering::AcqRel);
            self.context.waker.wake();
        }
    }
}

impl<E: Endpoint> Drop for Chunk<E> {
    fn drop(&mut self) {
        self.no_longer_waits();
        if let Some(request) = self.under_way.take() {
            for record in request.unwrap() {
                self.give(record, Outcome::Unknown(Unknown::interrupted()));
            }
        }
        let by = self.context.stop.reason().unwrap_or(StoppedBy::Caller);
        while let Some(piece) = self.queue.front() {
            match piece {
                Piece::Known(_) => self.give_known(),
                // The journal was not yet asked about them.
                Piece::Unsent(_) if self.entry.is_some() => {
                    self.give_front(|| Outcome::Unknown(Unknown::journalled()))
                }
                Piece::Unsent(_) => self.give_unsent(&by),
            }
        }
        if let Some(reply) = self.reply.take() {
            // Nobody wants them any more once the run is dropped.
            let _ = reply.send(mem::take(&mut self.settled));
        }
    }
}
