//! The books of one chunk: which of its records are yet to be sent, which may have left, and which have
//! their outcome. A chunk always gives all its records back, even when its task is ended in the middle:
//! that is what its drop is for.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, atomic::Ordering},
};

use tokio::{sync::oneshot, time::Instant};

use super::Context;
use crate::{
    Invalid,
    endpoint::Endpoint,
    journal::{Entry, State, Taken},
    outcome::{Outcome, Rejection, Settled, StoppedBy, Summary, Unknown},
    reconcile::LookupState,
    telemetry,
};

/// The outcomes of a chunk, in order.
pub(crate) type Outcomes<E> = Vec<Settled<<E as Endpoint>::Input, <E as Endpoint>::Output>>;

/// What finds fault with a record before it is sent.
pub(crate) type Validate<I> = fn(&I) -> Result<(), Invalid>;

/// Records that follow on each other, and fare alike so far.
pub(crate) enum Piece<I, T> {
    /// For one request that is yet to be made.
    Unsent(Vec<I>),
    /// Settled by an earlier start.
    Known(Vec<(I, State)>),
    /// Found at fault, and so not to be sent.
    Faulty(I, Rejection),
    /// Settled before others that are to be sent again.
    Settled(Vec<Settled<I, T>>),
}

/// A chunk on its way.
pub(crate) struct Chunk<E: Endpoint> {
    pub(crate) context: Arc<Context>,
    pub(crate) terms: Arc<E::Terms>,
    /// The index of its first record.
    pub(crate) first: u64,
    /// What an earlier start wrote down about these records, until it is laid out in the queue.
    pub(crate) entry: Option<Entry>,
    /// What is to be written down about them before the first request.
    pub(crate) taken: Option<Taken>,
    /// What is not settled, in order.
    pub(crate) queue: VecDeque<Piece<E::Input, E::Output>>,
    /// The request that may have left.
    pub(crate) under_way: Option<E>,
    /// Records before this index may have had their effect by a request that is sent again for want of a
    /// clear answer; and what to say of them if that comes to nothing.
    doubt: Option<(u64, Unknown)>,
    /// What its records are looked for by, if they are when they are in doubt.
    pub(crate) traces: Option<LookupState<E::Input, E::Output>>,
    settled: Outcomes<E>,
    finds: Option<Validate<E::Input>>,
    waits: bool,
    reply: Option<oneshot::Sender<Outcomes<E>>>,
}

impl<E: Endpoint> Chunk<E> {
    /// A chunk of `records`, the first of which has this index. What `finds` finds fault with is not
    /// sent. It gives its outcomes to `reply`.
    pub(crate) fn new(
        context: Arc<Context>,
        terms: Arc<E::Terms>,
        finds: Option<Validate<E::Input>>,
        first: u64,
        records: Vec<E::Input>,
        entry: Option<Entry>,
        reply: oneshot::Sender<Outcomes<E>>,
    ) -> Self {
        context.waiting.fetch_add(1, Ordering::AcqRel);
        Self {
            context,
            terms,
            first,
            entry,
            taken: None,
            settled: Vec::with_capacity(records.len()),
            queue: VecDeque::from([Piece::Unsent(records)]),
            under_way: None,
            doubt: None,
            finds,
            traces: None,
            waits: true,
            reply: Some(reply),
        }
    }

    /// The same chunk, whose records are looked for when they are in doubt.
    pub(crate) fn with_traces(mut self, traces: Option<LookupState<E::Input, E::Output>>) -> Self {
        self.traces = traces;
        self
    }

    /// The index of the next record that gets an outcome.
    pub(crate) fn next(&self) -> u64 {
        self.first + self.settled.len() as u64
    }

    /// How many records the next request has.
    pub(crate) fn front_len(&self) -> usize {
        match self.queue.front() {
            Some(Piece::Unsent(records)) => records.len(),
            _ => 0,
        }
    }

    /// The records of the next request.
    pub(crate) fn take_front(&mut self) -> Vec<E::Input> {
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
    pub(crate) fn split_front(&mut self, size: usize) {
        let mut rest = self.take_front();
        let size = size.clamp(1, rest.len().max(1));
        let mut starts: Vec<_> = (0..rest.len()).step_by(size).collect();
        while let Some(start) = starts.pop() {
            self.queue.push_front(Piece::Unsent(rest.split_off(start)));
        }
    }

    /// Settles the records of the next request.
    pub(crate) fn give_front(&mut self, outcome: impl Fn() -> Outcome<E::Output>) {
        for record in self.take_front() {
            self.give(record, outcome());
        }
    }

    /// Settles the records of the next request, which is not sent, or not again.
    pub(crate) fn give_unsent(&mut self, by: &StoppedBy) {
        let context = Arc::clone(&self.context);
        self.give_no_more(|| context.unsent(by.clone()));
    }

    /// Settles the records of the next request: those in doubt stay so.
    pub(crate) fn give_no_more(&mut self, outcome: impl Fn() -> Outcome<E::Output>) {
        for record in self.take_front() {
            let outcome = match &self.doubt {
                Some((end, why)) if self.next() < *end => Outcome::Unknown(why.clone()),
                _ => outcome(),
            };
            self.give(record, outcome);
        }
    }

    /// Keeps in mind that the next request may have had its effect, although it is sent again.
    pub(crate) fn begin_doubt(&mut self, why: Unknown) {
        self.doubt = Some((self.next() + self.front_len() as u64, why));
    }

    /// The next request had no effect before: Copper refuses it for what is in it, or has none of it.
    pub(crate) fn end_doubt(&mut self) {
        self.doubt = None;
    }

    pub(crate) fn is_in_doubt(&self) -> bool {
        let doubt = self.doubt.as_ref();
        doubt.is_some_and(|(end, _)| self.next() < *end)
    }

    /// What the next request's record is found by. With more than one record it is not asked: they are
    /// found by nothing, or will be split.
    pub(crate) fn key(&self) -> Option<String> {
        match self.queue.front() {
            Some(Piece::Unsent(records)) => match records.as_slice() {
                // What lacks its key is found at fault before.
                [record] => E::key(record, &self.terms).ok()?,
                _ => None,
            },
            _ => None,
        }
    }

    /// What stands against sending this record.
    fn fault(&self, record: &E::Input) -> Option<Rejection> {
        let invalid = self.finds.and_then(|finds| finds(record).err());
        let lacks = || E::key(record, &self.terms).err();
        invalid.map(Rejection::checked).or_else(lacks)
    }

    /// Settles the next record.
    pub(crate) fn give(&mut self, input: E::Input, outcome: Outcome<E::Output>) {
        self.give_as(input, outcome, false);
    }

    /// Settles the next record, by what an earlier start wrote down if `from_journal`.
    pub(crate) fn give_as(
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

    /// Sets aside what is at fault among the records that are yet to be sent. What an earlier start has
    /// sent is not looked at, even if it is sent again: it may be in Copper whatever is wrong with it.
    pub(crate) fn look_through(&mut self) {
        if self.is_in_doubt() {
            return;
        }
        for piece in mem::take(&mut self.queue) {
            let records = match piece {
                Piece::Unsent(records) if records.iter().any(|it| self.fault(it).is_some()) => {
                    records
                }
                piece => {
                    self.queue.push_back(piece);
                    continue;
                }
            };
            let mut good = Vec::new();
            for record in records {
                match self.fault(&record) {
                    None => good.push(record),
                    Some(why) => {
                        if !good.is_empty() {
                            self.queue.push_back(Piece::Unsent(mem::take(&mut good)));
                        }
                        self.queue.push_back(Piece::Faulty(record, why));
                    }
                }
            }
            if !good.is_empty() {
                self.queue.push_back(Piece::Unsent(good));
            }
        }
    }

    /// Settles the next record, which is at fault.
    pub(crate) fn give_faulty(&mut self) {
        if let Some(Piece::Faulty(record, why)) = self.queue.pop_front() {
            self.give(record, Outcome::Rejected(why));
        }
    }

    /// Shows and tells what has become of all records.
    fn tell(&self) {
        let (first, count) = (self.first, self.settled.len());
        let known = self.settled.iter().filter(|settled| settled.from_journal);
        let fresh = (count - known.count()) as u64;
        let mut outcomes = Summary::new("");
        for settled in &self.settled {
            outcomes.count(&settled.outcome);
        }
        self.context
            .tally
            .send_modify(|tally| tally.add(&outcomes, fresh, Instant::now()));
        self.context
            .span
            .in_scope(|| telemetry::settled((first, count), outcomes.counts()));
    }

    /// The outcomes so far.
    pub(crate) fn settled(&self) -> &[Settled<E::Input, E::Output>] {
        &self.settled
    }

    /// The outcomes so far, which are not yet given out.
    pub(crate) fn settled_mut(&mut self) -> &mut [Settled<E::Input, E::Output>] {
        &mut self.settled
    }

    /// Takes all outcomes back, to settle the records anew.
    pub(crate) fn take_settled(&mut self) -> Outcomes<E> {
        mem::take(&mut self.settled)
    }

    /// Gives the next records, which are settled already.
    pub(crate) fn give_settled(&mut self) {
        match self.queue.pop_front() {
            Some(Piece::Settled(settled)) => self.settled.extend(settled),
            Some(other) => self.queue.push_front(other),
            None => {}
        }
    }

    /// Lets the run take more from its input.
    pub(crate) fn no_longer_waits(&mut self) {
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
                Piece::Faulty(..) => self.give_faulty(),
                Piece::Settled(_) => self.give_settled(),
                // The journal was not yet asked about them.
                Piece::Unsent(_) if self.entry.is_some() => {
                    self.give_front(|| Outcome::Unknown(Unknown::journalled()))
                }
                Piece::Unsent(_) => self.give_unsent(&by),
            }
        }
        self.tell();
        if let Some(reply) = self.reply.take() {
            // Nobody wants them any more once the run is dropped.
            let _ = reply.send(mem::take(&mut self.settled));
        }
    }
}
