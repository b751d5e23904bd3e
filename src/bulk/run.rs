//! The pipeline: takes records from the input as fast as they can be sent, keeps a bounded number of
//! chunks on their way, and gives out their outcomes in the order of the input.

use std::{
    error::Error as StdError,
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context as TaskContext, Poll, ready},
    vec,
};

use futures_util::{
    FutureExt,
    stream::{BoxStream, FusedStream, FuturesOrdered, Stream, StreamExt},
    task::AtomicWaker,
};
use tokio::{runtime::Handle, sync::oneshot, task::AbortHandle};

use super::{
    Endpoint, NotSent, Outcome, Settled, Source, StopHandle, StoppedBy, Summary,
    chunk::{Chunk, Context, Outcomes},
};
use crate::{Copper, Error};

/// Chunks that may be unsettled at a time, counting those that are settled and wait for their turn.
/// At 3 requests a second it covers answers that take five seconds.
const UNSETTLED: usize = 16;

type BoxError = Box<dyn StdError + Send + Sync>;

/// A bulk run: a stream of outcomes, one per record of the input and in its order.
///
/// Made by [`Copper::bulk_create_leads`]. Nothing happens before it is polled, and it must be polled
/// within a tokio runtime. Dropping it aborts the requests that are under way, whose records may or
/// may not be in Copper then; [`stop`](Self::stop) ends a run without such doubt.
pub struct Run<'a, E: Endpoint> {
    source: Option<BoxStream<'a, Result<E::Input, BoxError>>>,
    chunk_size: usize,
    context: Arc<Context>,
    /// Records of the next chunk.
    filling: Vec<E::Input>,
    chunks: FuturesOrdered<OnItsWay<E>>,
    /// Outcomes of the oldest chunk.
    settled: vec::IntoIter<Settled<E::Input, E::Output>>,
    /// The index of the next record to be taken from the input.
    next: u64,
    input_error: Option<StoppedBy>,
    summary: Summary,
}

impl<'a, E: Endpoint> Run<'a, E> {
    pub(crate) fn new(copper: Copper, source: impl Source<'a, E::Input>) -> Self {
        let bulk = E::OPERATION.bulk.as_ref();
        Self {
            source: Some(source.into_stream()),
            chunk_size: bulk.map_or(1, |bulk| bulk.max_items),
            context: Arc::new(Context {
                copper,
                stop: StopHandle::new(),
                size_limit: AtomicUsize::new(usize::MAX),
                waiting: AtomicUsize::new(0),
                waker: AtomicWaker::new(),
            }),
            filling: Vec::new(),
            chunks: FuturesOrdered::new(),
            settled: Vec::new().into_iter(),
            next: 0,
            input_error: None,
            summary: Summary::new(bulk.map_or("records", |bulk| bulk.key)),
        }
    }

    /// Puts this many records into a request, instead of as many as the schema says Copper takes; 0
    /// counts as 1. Where Copper takes fewer, it says so, and the run goes on with that size.
    pub fn chunk_size(mut self, records: usize) -> Self {
        self.chunk_size = records.max(1);
        self
    }

    /// The next outcome; `None` when all records have theirs.
    pub async fn next(&mut self) -> Option<Settled<E::Input, E::Output>> {
        StreamExt::next(self).await
    }

    /// Lets what is under way settle, and sends nothing more. Keep polling: the rest of the input
    /// comes back as [`Outcome::NotSent`].
    pub fn stop(&self) {
        self.context.stop.stop();
    }

    /// A handle that stops this run from elsewhere.
    pub fn stop_handle(&self) -> StopHandle {
        self.context.stop.clone()
    }

    /// Why the run ended, or is ending, before its input.
    pub fn stopped_by(&self) -> Option<StoppedBy> {
        self.context
            .stop
            .reason()
            .or_else(|| self.input_error.clone())
    }

    /// How many outcomes of each kind have been given out so far.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    fn is_stopped(&self) -> bool {
        self.context.stop.reason().is_some()
    }

    /// Takes one record from the input.
    fn poll_source(&mut self, cx: &mut TaskContext<'_>) -> Poll<Option<E::Input>> {
        let Some(source) = &mut self.source else {
            return Poll::Ready(None);
        };
        match ready!(source.poll_next_unpin(cx)) {
            Some(Ok(record)) => return Poll::Ready(Some(record)),
            Some(Err(error)) => self.input_error = Some(StoppedBy::Input(error.into())),
            None => {}
        }
        self.source = None;
        Poll::Ready(None)
    }

    /// Sends chunks on their way, as long as the last one got its permit.
    fn launch(&mut self, cx: &mut TaskContext<'_>) {
        while self.chunks.len() < UNSETTLED
            && self.context.waiting.load(Ordering::Acquire) == 0
            && !self.is_stopped()
        {
            while self.filling.len() < self.chunk_size {
                match self.poll_source(cx) {
                    Poll::Ready(Some(record)) => self.filling.push(record),
                    Poll::Ready(None) => break,
                    // A slow input's records go out together, unless nothing else is on its way: its
                    // owner may be waiting for their outcomes before yielding more.
                    Poll::Pending if self.chunks.is_empty() => break,
                    Poll::Pending => return,
                }
            }
            if self.filling.is_empty() {
                return;
            }
            self.launch_chunk();
        }
    }

    fn launch_chunk(&mut self) {
        let records = mem::take(&mut self.filling);
        let first = self.next;
        self.next += records.len() as u64;
        let (reply, outcomes) = oneshot::channel();
        let chunk = Chunk::<E>::new(Arc::clone(&self.context), first, records, reply);
        // A task of its own, so that it goes on, and keeps its timeouts, while the caller is busy.
        let task = match Handle::try_current() {
            Ok(runtime) => Some(runtime.spawn(chunk.settle()).abort_handle()),
            Err(error) => {
                let error = Error::config(format!(
                    "a run must be polled within a tokio runtime: {error}"
                ));
                self.context.stop.stop_by(StoppedBy::Error(Arc::new(error)));
                None
            }
        };
        self.chunks.push_back(OnItsWay { outcomes, task });
    }

    /// What is left of the input once the run is stopped and all else is settled.
    fn poll_rest(
        &mut self,
        by: StoppedBy,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Settled<E::Input, E::Output>>> {
        let record = if self.filling.is_empty() {
            ready!(self.poll_source(cx))
        } else {
            Some(self.filling.remove(0))
        };
        Poll::Ready(record.map(|input| {
            let index = self.next;
            self.next += 1;
            Settled {
                index,
                input,
                outcome: Outcome::NotSent(NotSent::stopped(by)),
            }
        }))
    }

    fn poll_settled(
        &mut self,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Settled<E::Input, E::Output>>> {
        loop {
            if let Some(settled) = self.settled.next() {
                return Poll::Ready(Some(settled));
            }
            self.context.waker.register(cx.waker());
            self.launch(cx);
            match self.chunks.poll_next_unpin(cx) {
                Poll::Ready(Some(outcomes)) => self.settled = outcomes.into_iter(),
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => match self.context.stop.reason() {
                    Some(by) => return self.poll_rest(by, cx),
                    None if self.source.is_none() && self.filling.is_empty() => {
                        return Poll::Ready(None);
                    }
                    None => return Poll::Pending,
                },
            }
        }
    }
}

impl<E: Endpoint> Stream for Run<'_, E> {
    type Item = Settled<E::Input, E::Output>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        let settled = ready!(self.poll_settled(cx));
        if let Some(settled) = &settled {
            self.summary.count(&settled.outcome);
        }
        Poll::Ready(settled)
    }
}

impl<E: Endpoint> FusedStream for Run<'_, E> {
    fn is_terminated(&self) -> bool {
        self.source.is_none()
            && self.filling.is_empty()
            && self.chunks.is_empty()
            && self.settled.len() == 0
    }
}

// Nothing in it is ever pinned in place; its records need not say so.
impl<E: Endpoint> Unpin for Run<'_, E> {}

impl<E: Endpoint> fmt::Debug for Run<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("operation", &E::OPERATION.id)
            .field("unsettled_chunks", &self.chunks.len())
            .field("summary", &self.summary)
            .finish_non_exhaustive()
    }
}

/// A chunk's task, which ends with whoever waits for it.
struct OnItsWay<E: Endpoint> {
    outcomes: oneshot::Receiver<Outcomes<E>>,
    task: Option<AbortHandle>,
}

impl<E: Endpoint> Future for OnItsWay<E> {
    type Output = Outcomes<E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        // A chunk replies when it is dropped, however that comes about.
        self.outcomes.poll_unpin(cx).map(Result::unwrap_or_default)
    }
}

impl<E: Endpoint> Drop for OnItsWay<E> {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
