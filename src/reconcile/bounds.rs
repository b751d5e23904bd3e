//! The limits of a lookup in time: the stop of the run, and the deadline of the record.

use std::future::Future;

use tokio::time::Instant;

use crate::{
    client::{Deadline, before},
    outcome::{StopHandle, UnresolvedReason},
};

/// Ends a lookup when the run is stopped, or when the deadline has passed.
#[derive(Clone, Copy)]
pub(crate) struct Bounds<'a> {
    pub(crate) stop: &'a StopHandle,
    pub(crate) deadline: Option<Deadline>,
}

impl Bounds<'_> {
    /// Returns the bound that is reached, if there is one.
    pub(super) fn reached(self) -> Option<UnresolvedReason> {
        let is_over = |deadline: Deadline| deadline.left(Instant::now()).is_zero();
        match self.stop.reason() {
            Some(_) => Some(UnresolvedReason::Stopped),
            None if self.deadline.is_some_and(is_over) => Some(UnresolvedReason::Expired),
            None => None,
        }
    }

    /// Awaits a future until one of the bounds is reached.
    pub(super) async fn within<T>(
        self,
        wanted: impl Future<Output = T>,
    ) -> Result<T, UnresolvedReason> {
        match before(self.deadline, self.stop.unless_stopped(wanted)).await {
            Ok(done) => done.map_err(|_| UnresolvedReason::Stopped),
            Err(_) => Err(UnresolvedReason::Expired),
        }
    }
}
