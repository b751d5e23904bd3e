//! Brings the records of one chunk to their outcomes, in one request if all goes well. A chunk always
//! gives all its records back, even when its task is ended in the middle: that is what its drop is for.

use std::{
    collections::VecDeque,
    future::Future,
    mem,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{
    future::{Either, select},
    task::AtomicWaker,
};
use tokio::{sync::oneshot, time::sleep};

use super::{Endpoint, Item, NotSent, Outcome, Rejection, Settled, StopHandle, StoppedBy, Unknown};
use crate::{
    Copper, Error,
    hooks::count,
    limit::{Lane, Permit},
    retry::{self, Tries, Verdict},
};

/// The outcomes of a chunk, in order.
pub(crate) type Outcomes<E> = Vec<Settled<<E as Endpoint>::Input, <E as Endpoint>::Output>>;

/// What all chunks of a run share.
pub(crate) struct Context {
    pub(crate) copper: Copper,
    pub(crate) stop: StopHandle,
    /// The most records of one request, as learned from a refusal.
    pub(crate) size_limit: AtomicUsize,
    /// Chunks that have not got their first permit.
    pub(crate) waiting: AtomicUsize,
    /// Wakes the run when `waiting` falls, so that it takes more from its input.
    pub(crate) waker: AtomicWaker,
}

/// A chunk on its way.
pub(crate) struct Chunk<E: Endpoint> {
    context: Arc<Context>,
    /// The index of the next record that gets an outcome.
    next: u64,
    /// Requests yet to be made, in order.
    queue: VecDeque<Vec<E::Input>>,
    /// The request that may have left.
    under_way: Option<E>,
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
        reply: oneshot::Sender<Outcomes<E>>,
    ) -> Self {
        context.waiting.fetch_add(1, Ordering::AcqRel);
        let settled = Vec::with_capacity(records.len());
        Self {
            context,
            next: first,
            queue: VecDeque::from([records]),
            under_way: None,
            settled,
            waits: true,
            reply: Some(reply),
        }
    }

    /// Settles all records.
    pub(crate) async fn settle(mut self) {
        while !self.queue.is_empty() {
            self.settle_front().await;
        }
    }

    /// Makes the first request of the queue and settles its records, or puts smaller requests in its place.
    async fn settle_front(&mut self) {
        let mut tries = Tries::default();
        let mut first_limited = None;
        loop {
            let permit = match self
                .unless_stopped(self.context.copper.limiter().acquire(Lane::Bulk))
                .await
            {
                Ok(permit) => permit,
                Err(by) => {
                    return self.give_front(|| Outcome::NotSent(NotSent::stopped(by.clone())));
                }
            };
            self.no_longer_waits();
            let limit = self.context.size_limit.load(Ordering::Acquire);
            if self.front_len() > limit {
                return self.split_front(limit);
            }
            let Err(error) = self.send_front(permit).await else {
                return;
            };
            let (event, error) = (error.event(), Arc::new(error));
            count(&mut tries, event, &mut first_limited);
            let cause = || Arc::clone(&error);
            match retry::verdict(event, E::OPERATION.repeat, self.front_len(), tries) {
                Verdict::SendAgain => {
                    let pause = retry::pause(tries, error.retry_after(), retry::jitter());
                    if error.is_rate_limited() {
                        self.context.copper.limiter().hold(Lane::Bulk, pause);
                    } else if let Err(by) = self.unless_stopped(sleep(pause)).await {
                        return self.give_front(|| Outcome::NotSent(NotSent::stopped(by.clone())));
                    }
                }
                Verdict::Split(limit) => {
                    self.context.size_limit.fetch_min(limit, Ordering::AcqRel);
                    return self.split_front(limit);
                }
                Verdict::Halve => return self.split_front(self.front_len().div_ceil(2)),
                Verdict::Rejected => {
                    return self.give_front(|| Outcome::Rejected(Rejection::request(cause())));
                }
                Verdict::NotSent => {
                    return self.give_front(|| Outcome::NotSent(NotSent::failed(cause())));
                }
                Verdict::Stop => {
                    self.context.stop.stop_by(StoppedBy::Error(cause()));
                    return self.give_front(|| Outcome::NotSent(NotSent::failed(cause())));
                }
                Verdict::Read | Verdict::Unknown => {
                    return self.give_front(|| Outcome::Unknown(Unknown::failed(cause())));
                }
            }
        }
    }

    /// Sends the first request of the queue, once. Its records are settled by the answer; where there
    /// is none, they are back in the queue.
    async fn send_front(&mut self, permit: Permit) -> Result<(), Error> {
        let request = E::wrap(self.queue.pop_front().unwrap_or_default());
        let client = self.context.copper.client_with_permit(permit);
        let answer = E::send(&client, self.under_way.insert(request)).await;
        let answer = match answer {
            Ok(answer) => Ok(answer.into_inner()),
            Err(error) => Err(Error::of_call(E::OPERATION, error).await),
        };
        let records = self.under_way.take().map(E::unwrap).unwrap_or_default();
        match answer {
            Ok(items) if items.len() == records.len() => {
                for (record, item) in records.into_iter().zip(items) {
                    self.give(record, item.into());
                }
            }
            Ok(items) => {
                let (sent, answered) = (records.len(), items.len());
                for record in records {
                    self.give(
                        record,
                        Outcome::Unknown(Unknown::miscounted(sent, answered)),
                    );
                }
            }
            Err(error) => {
                self.queue.push_front(records);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Waits for something, but not beyond the run's stop.
    async fn unless_stopped<T>(&self, wanted: impl Future<Output = T>) -> Result<T, StoppedBy> {
        match select(pin!(self.context.stop.stopped()), pin!(wanted)).await {
            Either::Left((by, _)) => Err(by),
            Either::Right((got, _)) => Ok(got),
        }
    }

    fn front_len(&self) -> usize {
        self.queue.front().map_or(0, Vec::len)
    }

    /// Puts requests of at most `size` records in the place of the first one.
    fn split_front(&mut self, size: usize) {
        let mut rest = self.queue.pop_front().unwrap_or_default();
        let size = size.clamp(1, rest.len().max(1));
        let mut starts: Vec<_> = (0..rest.len()).step_by(size).collect();
        while let Some(start) = starts.pop() {
            self.queue.push_front(rest.split_off(start));
        }
    }

    fn give_front(&mut self, outcome: impl Fn() -> Outcome<E::Output>) {
        for record in self.queue.pop_front().unwrap_or_default() {
            self.give(record, outcome());
        }
    }

    fn give(&mut self, input: E::Input, outcome: Outcome<E::Output>) {
        self.settled.push(Settled {
            index: self.next,
            input,
            outcome,
        });
        self.next += 1;
    }

    fn no_longer_waits(&mut self) {
        if mem::take(&mut self.waits) {
            self.context.waiting.fetch_sub(1, Ordering::AcqRel);
            self.context.waker.wake();
        }
    }
}

impl<T> From<Item<T>> for Outcome<T> {
    fn from(item: Item<T>) -> Self {
        match item {
            Item::Done(record) => Self::Done(record),
            Item::Failed(failure) => Self::Rejected(Rejection::item(failure)),
            Item::Unreadable { raw, reason } => Self::Unknown(Unknown::unreadable(raw, reason)),
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
        while !self.queue.is_empty() {
            self.give_front(|| Outcome::NotSent(NotSent::stopped(by.clone())));
        }
        if let Some(reply) = self.reply.take() {
            // Nobody wants them any more once the run is dropped.
            let _ = reply.send(mem::take(&mut self.settled));
        }
    }
}
