//! Gives out the outcomes of a run, in the order of its input.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use futures_util::stream::{FusedStream, Stream, StreamExt};
use tokio::time::Instant;

use super::Run;
use crate::{
    endpoint::Endpoint,
    outcome::{Settled, StoppedBy, Summary},
    telemetry,
};

impl<E: Endpoint> Run<'_, E> {
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
            }
        }))
    }

    /// All outcomes are given out.
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
                self.reconciler = Some(Arc::new(plan.begin(journal, &self.ledger)));
            }
            self.launch(cx);
            // A chunk that waits for its permit wakes the run; it may have got it before there was a waker.
            self.context.waker.register(cx.waker());
            self.launch(cx);
            match self.chunks.poll_next_unpin(cx) {
                Poll::Ready(Some(outcomes)) => self.settled = outcomes.into_iter(),
                Poll::Pending => return Poll::Pending,
                // What the journal knows of records that are yet to come is still to be said.
                Poll::Ready(None)
                    if self.source.is_some() && self.ledger.next_count().is_some() =>
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
}

impl<E: Endpoint> Stream for Run<'_, E> {
    type Item = Settled<E::Input, E::Output>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        let settled = ready!(self.poll_settled(cx));
        match &settled {
            Some(settled) => self.summary.count(&settled.outcome),
            None => self.end(),
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
