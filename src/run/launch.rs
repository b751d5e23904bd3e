//! Takes records from the input, as fast as they can be sent, and sends them on their way in chunks.

use std::{
    io, mem,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    task::{Context as TaskContext, Poll, ready},
};

use futures_util::{FutureExt, stream::StreamExt};
use tokio::{runtime::Handle, sync::oneshot, time::Instant};
use tracing::Instrument;

use super::{InFlight, Run};
use crate::{
    Error, chunk::Chunk, client::MAX_IN_FLIGHT, endpoint::Endpoint, journal::JournalError,
    outcome::StoppedBy, reconcile::LookupState,
};

impl<E: Endpoint> Run<'_, E> {
    /// Takes one record from the input.
    pub(super) fn poll_source(&mut self, cx: &mut TaskContext<'_>) -> Poll<Option<E::Input>> {
        let Some(source) = &mut self.source else {
            return Poll::Ready(None);
        };
        match ready!(source.poll_next_unpin(cx)) {
            Some(Ok(record)) => return Poll::Ready(Some(record)),
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

    /// Opens the journal, if there is to be one.
    pub(super) fn poll_open(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        let Some(opening) = &mut self.opening else {
            return Poll::Ready(());
        };
        let opened = if Handle::try_current().is_ok() {
            ready!(opening.poll_unpin(cx))
        } else {
            Err(no_runtime())
        };
        self.opening = None;
        match opened {
            Ok((journal, ledger)) => {
                self.ledger = ledger;
                // It is the first: there is one `opening` at most.
                let _ = self.context.journal.set(journal);
            }
            Err(fault) => self.context.stop_by_journal(&fault),
        }
        Poll::Ready(())
    }

    /// Sends chunks on their way, as long as the last one got its permit. What the journal knows is said
    /// even when the run is stopped.
    pub(super) fn launch(&mut self, cx: &mut TaskContext<'_>) {
        while self.chunks.len() < MAX_IN_FLIGHT
            && self.context.waiting.load(Ordering::Acquire) == 0
            && (!self.is_stopped() || self.ledger.next_count().is_some())
        {
            let known = self.ledger.next_count();
            let size = known.map_or(self.chunk_size, |count| {
                usize::try_from(count).unwrap_or(usize::MAX)
            });
            while self.filling.len() < size {
                match self.poll_source(cx) {
                    Poll::Ready(Some(record)) => {
                        // Records are large: let none be moved because the list grows.
                        self.filling
                            .reserve_exact(size.saturating_sub(self.filling.len()));
                        self.filling.push(record);
                    }
                    Poll::Ready(None) => break,
                    // A slow input's records go out together, unless nothing else is on its way: its
                    // owner may be waiting for their outcomes before yielding more.
                    Poll::Pending if self.chunks.is_empty() && known.is_none() => break,
                    Poll::Pending => return,
                }
            }
            if self.filling.is_empty() {
                let (end, known) = (self.next, self.ledger.end());
                if self.source.is_none() && end < known {
                    self.context
                        .stop_by_journal(&JournalError::InputEnded { end, known });
                }
                return;
            }
            self.launch_chunk(cx);
        }
    }

    fn launch_chunk(&mut self, cx: &mut TaskContext<'_>) {
        let records = mem::take(&mut self.filling);
        let first = self.next;
        self.next += records.len() as u64;
        self.context.tally.send_modify(|tally| {
            tally.taken = self.next;
            tally.start(Instant::now());
        });
        let (reply, outcomes) = oneshot::channel();
        let entry = self.ledger.pop();
        let reconciler = self.reconciler.as_ref();
        let finds = self.finds.filter(|_| entry.is_none());
        // What is kept back is like nothing that was sent.
        let is_sent = |record: &E::Input| finds.is_none_or(|finds| finds(record).is_ok());
        let traces =
            reconciler.map(|by| LookupState::new(by, first, &records, entry.as_ref(), is_sent));
        let chunk = Chunk::<E>::new(
            Arc::clone(&self.context),
            Arc::clone(&self.terms),
            self.finds,
            first,
            records,
            entry,
            reply,
        )
        .with_traces(traces);
        // A task of its own, so that it goes on, and keeps its timeouts, while the caller is busy.
        let task = match Handle::try_current() {
            Ok(runtime) => {
                // Its first steps are done here: where it gets its permit at once, the next chunk follows
                // without a change of tasks. A panic ends the chunk, as it would end a task.
                let settle = chunk.settle().instrument(self.context.span.clone());
                let mut task = Box::pin(AssertUnwindSafe(settle).catch_unwind().map(drop));
                match task.poll_unpin(cx) {
                    Poll::Ready(()) => None,
                    Poll::Pending => Some(runtime.spawn(task).abort_handle()),
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
        self.chunks.push_back(InFlight { outcomes, task });
    }
}

fn no_runtime() -> JournalError {
    // What is in the journal can't be asked for either.
    JournalError::Unreadable(io::Error::other(
        "a run must be polled within a tokio runtime",
    ))
}
