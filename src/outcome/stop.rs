//! The stop of a run: by its user, by its input, or by a refusal that all later requests would get as
//! well. The first reason is kept.

use std::{error::Error as StdError, fmt, future::Future, pin::pin, sync::Arc};

use futures_util::future::{Either, select};

use tokio::sync::watch;

use crate::{Error, telemetry};

/// The reason why a run ended before its input did.
///
/// Its text is only the reason, to follow on "the run was stopped: ". The full sentence for a record that was
/// therefore not sent is the text of [`NotSent`](crate::bulk::NotSent).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoppedBy {
    /// [`Run::stop`](crate::bulk::Run::stop) or [`StopHandle::stop`] was called.
    Caller,
    /// The input failed.
    Input(Arc<dyn StdError + Send + Sync>),
    /// All later requests would fail in the same way.
    Error(Arc<Error>),
}

impl StoppedBy {
    /// Logs that nothing more is sent.
    pub(crate) fn trace(&self) {
        match self {
            Self::Caller => telemetry::stopped_by_caller(),
            Self::Input(_) => telemetry::stopped_by_input(),
            Self::Error(why) => telemetry::stopped_by_error(why),
        }
    }
}

impl fmt::Display for StoppedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caller => f.write_str("the caller stopped it"),
            Self::Input(error) => write!(f, "the input failed: {error}"),
            Self::Error(error) => error.fmt(f),
        }
    }
}

impl StdError for StoppedBy {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Caller => None,
            Self::Input(error) => Some(&**error),
            Self::Error(error) => Some(&**error),
        }
    }
}

/// A handle that stops a run from another task; see [`Run::stop_handle`](crate::bulk::Run::stop_handle).
#[derive(Clone, Debug)]
pub struct StopHandle(Arc<watch::Sender<Option<StoppedBy>>>);

impl StopHandle {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    /// Stops the run. Requests in flight are settled, and nothing more is sent. The rest of the input comes
    /// back as [`Outcome::NotSent`](super::Outcome::NotSent).
    pub fn stop(&self) {
        self.stop_by(StoppedBy::Caller);
    }

    pub(crate) fn stop_by(&self, by: StoppedBy) {
        let told = by.clone();
        let first = self.0.send_if_modified(|reason| {
            let first = reason.is_none();
            if first {
                *reason = Some(by);
            }
            first
        });
        if first {
            told.trace();
        }
    }

    pub(crate) fn reason(&self) -> Option<StoppedBy> {
        self.0.borrow().clone()
    }

    /// Waits for a future until the run is stopped.
    pub(crate) async fn unless_stopped<T>(
        &self,
        wanted: impl Future<Output = T>,
    ) -> Result<T, StoppedBy> {
        match select(pin!(self.stopped()), pin!(wanted)).await {
            Either::Left((by, _)) => Err(by),
            Either::Right((got, _)) => Ok(got),
        }
    }

    /// Waits until the run is stopped.
    pub(crate) async fn stopped(&self) -> StoppedBy {
        let mut reasons = self.0.subscribe();
        loop {
            if let Some(reason) = reasons.borrow_and_update().clone() {
                return reason;
            }
            // The channel can't be closed: its sender is `self`.
            if reasons.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
