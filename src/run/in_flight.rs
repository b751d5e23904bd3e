//! A chunk as its run sees it: a task that goes on while the caller is busy, and ends when nobody waits
//! for its outcomes any more.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::FutureExt;
use tokio::{sync::oneshot, task::AbortHandle};

use crate::{chunk::Outcomes, endpoint::Endpoint};

/// A chunk's task, which ends with whoever waits for it.
pub(crate) struct InFlight<E: Endpoint> {
    pub(crate) outcomes: oneshot::Receiver<Outcomes<E>>,
    pub(crate) task: Option<AbortHandle>,
}

impl<E: Endpoint> Future for InFlight<E> {
    type Output = Outcomes<E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // A chunk replies when it is dropped, however that comes about.
        self.outcomes.poll_unpin(cx).map(Result::unwrap_or_default)
    }
}

impl<E: Endpoint> Drop for InFlight<E> {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
