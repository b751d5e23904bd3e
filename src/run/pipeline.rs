//! The pipeline of a run: takes records from the input as fast as they can be sent, keeps a limited number of
//! chunks in flight, and returns their outcomes in the order of the input.

use std::{
    mem,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
    time::Duration,
};

use futures_util::{
    FutureExt,
    stream::{FusedStream, Stream, StreamExt},
};
use tokio::{runtime::Handle, sync::oneshot, task::JoinHandle, time::Instant};
use tracing::Instrument;

use super::Run;
use crate::{
    Error,
    chunk::{Chunk, Outcomes, send},
    client::{Deadline, MAX_IN_FLIGHT},
    endpoint::Endpoint,
    journal::{JournalError, RecoveredState},
    outcome::{Settled, StoppedBy, Summary},
    reconcile::Lookup,
    telemetry,
    types::Timestamp,
};

/// A chunk in flight. Its task continues while the caller is busy, and ends with the run.
pub(super) struct InFlight<E: Endpoint> {
    outcomes: oneshot::Receiver<Outcomes<E>>,
    _task: Option<ChunkTask>,
}

/// The task of a chunk. It ends when this is dropped.
struct ChunkTask(JoinHandle<()>);

impl Drop for ChunkTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<E: Endpoint> Future for InFlight<E> {
    type Output = Outcomes<E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        // A chunk replies even when it is dropped, for any reason.
        self.outcomes.poll_unpin(cx).map(Result::unwrap_or_default)
    }
}

impl<E: Endpoint, K> Stream for Run<'_, E, K> {
    type Item = Settled<E::Input, E::Output, K>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        let settled = ready!(self.poll_settled(cx));
        // Outcomes come in the order of the input, and so do the keys.
        let (Some(settled), Some(key)) = (settled, self.keys.pop_front()) else {
            self.end();
            return Poll::Ready(None);
        };
        self.summary.count(&settled.outcome);
        Poll::Ready(Some(Settled {
            index: settled.index,
            input: settled.input,
            outcome: settled.outcome,
            from_journal: settled.from_journal,
            key,
        }))
    }
}

impl<E: Endpoint, K> FusedStream for Run<'_, E, K> {
    fn is_terminated(&self) -> bool {
        self.source.is_none()
            && self.filling.is_empty()
            && self.chunks.is_empty()
            && self.settled.len() == 0
    }
}

impl<E: Endpoint, K> Run<'_, E, K> {
    fn poll_settled(
        &mut self,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Settled<E::Input, E::Output>>> {
        loop {
            if let Some(settled) = self.settled.next() {
                return Poll::Ready(Some(settled));
            }
            ready!(self.poll_open(cx));
            if let Some(plan) = self.plan.take() {
                let journal = self.context.journal.get();
                self.reconciler = Some(Arc::new(plan.begin(journal, &self.recovered)));
            }
            self.launch(cx);
            // A chunk that waits for its permit wakes the run. It may have got the permit before there was a
            // waker.
            self.context.waker.register(cx.waker());
            self.launch(cx);
            match self.chunks.poll_next_unpin(cx) {
                Poll::Ready(Some(outcomes)) => self.settled = outcomes.into_iter(),
                Poll::Pending => return Poll::Pending,
                // The journal may have outcomes of later records.
                Poll::Ready(None)
                    if self.source.is_some() && self.recovered.next_count().is_some() =>
                {
                    return Poll::Pending;
                }
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

    /// Opens the journal, if the run has one.
    fn poll_open(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        let Some(opening) = &mut self.opening else {
            return Poll::Ready(());
        };
        let opened = if Handle::try_current().is_ok() {
            ready!(opening.poll_unpin(cx))
        } else {
            Err(JournalError::no_runtime("a run"))
        };
        self.opening = None;
        match opened {
            Ok((journal, recovered)) => {
                self.count_earlier(&recovered);
                self.recovered = recovered;
                // It is the first one: there is only one `opening`.
                let _ = self.context.journal.set(journal);
            }
            Err(error) => self.context.stop_by_journal(&error),
        }
        Poll::Ready(())
    }

    /// Tells the limiter of requests that earlier starts sent recently, because the server still counts them.
    fn count_earlier(&self, recovered: &RecoveredState) {
        let now = Timestamp::now();
        for sent in recovered.sent() {
            // The journal has whole seconds: the request may have been sent at the end of its second.
            let ago = u64::try_from(now.0.saturating_sub(sent.0).saturating_sub(1));
            let ago = Duration::from_secs(ago.unwrap_or_default());
            self.context.copper.limiter().sent_before(E::LANE, ago);
        }
    }

    /// Sends chunks as long as the previous one got its permit. Outcomes in the journal are returned even if
    /// the run is stopped.
    fn launch(&mut self, cx: &mut TaskContext<'_>) {
        while self.chunks.len() < MAX_IN_FLIGHT
            && !self.context.is_waiting()
            && (self.context.stop.reason().is_none() || self.recovered.next_count().is_some())
        {
            let known = self.recovered.next_count();
            let size = known.map_or(self.chunk_size, |count| {
                usize::try_from(count).unwrap_or(usize::MAX)
            });
            while self.filling.len() < size {
                match self.poll_source(cx) {
                    Poll::Ready(Some(record)) => {
                        // Records are large, so the list is given its full size and never moves them.
                        self.filling
                            .reserve_exact(size.saturating_sub(self.filling.len()));
                        self.filling.push(record);
                    }
                    Poll::Ready(None) => break,
                    // Records of a slow input are collected for one request, unless nothing else is in
                    // flight: the input may wait for their outcomes before it gives more.
                    Poll::Pending if self.chunks.is_empty() && known.is_none() => break,
                    Poll::Pending => return,
                }
            }
            if self.filling.is_empty() {
                let (end, known) = (self.next, self.recovered.end());
                if self.source.is_none() && end < known {
                    self.context
                        .stop_by_journal(&JournalError::InputEnded { end, known });
                }
                return;
            }
            self.launch_chunk(cx);
        }
    }

    /// Takes one record from the input.
    fn poll_source(&mut self, cx: &mut TaskContext<'_>) -> Poll<Option<E::Input>> {
        let Some(source) = &mut self.source else {
            return Poll::Ready(None);
        };
        match ready!(source.poll_next_unpin(cx)) {
            Some(Ok((key, record))) => {
                if self.context.copper.deadline().is_some() {
                    self.filling_since.get_or_insert_with(Instant::now);
                }
                self.keys.push_back(key);
                return Poll::Ready(Some(record));
            }
            Some(Err(error)) => {
                let by = StoppedBy::Input(error.into());
                self.context.span.in_scope(|| by.trace());
                self.input_error = Some(by);
            }
            None => {}
        }
        self.source = None;
        Poll::Ready(None)
    }

    fn launch_chunk(&mut self, cx: &mut TaskContext<'_>) {
        let records = mem::take(&mut self.filling);
        let first = self.next;
        self.next += records.len() as u64;
        let since = self.filling_since.take().unwrap_or_else(Instant::now);
        let deadline = self.context.copper.deadline();
        let deadline = deadline.map(|of| Deadline::new(since, of));
        self.context.tally.send_modify(|tally| {
            tally.taken = self.next;
            tally.start(Instant::now());
        });
        let entry = self.recovered.pop();
        let check = self.check.as_ref().filter(|_| entry.is_none());
        // A record that is not sent can't be confused with another one.
        let is_sent =
            |index, record: &E::Input| check.is_none_or(|check| check(index, record).is_ok());
        let lookup = self
            .reconciler
            .as_ref()
            .map(|by| Lookup::new(by, first, &records, entry.as_ref(), is_sent));
        let chunk = Chunk::<E> {
            context: Arc::clone(&self.context),
            terms: Arc::clone(&self.terms),
            check: self.check.clone(),
            first,
            records,
            entry,
            deadline,
            lookup,
        };
        let (reply, outcomes) = oneshot::channel();
        let sending = send(chunk, reply).instrument(self.context.span.clone());
        // A task of its own, so that it continues, and keeps its timeouts, while the caller is busy.
        let task = match Handle::try_current() {
            Ok(runtime) => {
                // The chunk takes its first steps here. If it gets its permit at once, the next chunk follows
                // without a switch of tasks. A panic ends the chunk, as it would end a task.
                let mut task = Box::pin(AssertUnwindSafe(sending).catch_unwind().map(drop));
                match task.poll_unpin(cx) {
                    Poll::Ready(()) => None,
                    Poll::Pending => Some(ChunkTask(runtime.spawn(task))),
                }
            }
            Err(error) => {
                let error = Error::config(format!(
                    "a run must be polled within a tokio runtime: {error}"
                ));
                self.context.stop.stop_by(StoppedBy::Error(Arc::new(error)));
                None
            }
        };
        self.chunks.push_back(InFlight {
            outcomes,
            _task: task,
        });
    }

    /// The rest of the input, when the run is stopped and everything else is settled.
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
            let outcome = self.context.unsent(by);
            let mut counted = Summary::new("");
            counted.count(&outcome);
            self.context.tally.send_modify(|tally| {
                tally.taken = self.next;
                tally.add(&counted, 0, Instant::now());
            });
            Settled {
                index,
                input,
                outcome,
                from_journal: false,
                key: (),
            }
        }))
    }

    /// Notes that all outcomes are returned.
    fn end(&mut self) {
        let first = self
            .context
            .tally
            .send_if_modified(|tally| tally.end(Instant::now()));
        if first {
            self.context
                .span
                .in_scope(|| telemetry::over(self.summary.counts()));
        }
    }
}

impl<E: Endpoint, K> Drop for Run<'_, E, K> {
    fn drop(&mut self) {
        let given_out = self.summary.total();
        if self.next > given_out && !self.context.tally.borrow().is_over() {
            self.context
                .span
                .in_scope(|| telemetry::run_dropped(given_out, self.next - given_out));
        }
    }
}
