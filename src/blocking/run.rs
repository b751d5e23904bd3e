//! A bulk run as an iterator.

use std::{fmt, time::Duration};

use super::runtime::Runtime;
use crate::{
    Check, Error,
    bulk::{
        self, Endpoint, JournalLocation, Progress, Reconcile, Settled, StopHandle, StoppedBy,
        Summary,
    },
    search,
    types::BulkCreateLeads,
};

/// A bulk run: an iterator over outcomes, one per record of the input and in its order.
///
/// Up to 16 requests are in flight while the caller is busy with an outcome. Dropping the run aborts them,
/// and their records may or may not be in Copper. [`stop`](Self::stop) ends a run without such doubt.
#[must_use = "a run sends nothing until it is iterated over"]
pub struct Run<'a, E: Endpoint, K = ()> {
    run: bulk::Run<'a, E, K>,
    runtime: Runtime,
}

impl<'a, E: Endpoint, K> Run<'a, E, K> {
    pub(super) fn new(run: bulk::Run<'a, E, K>, runtime: Runtime) -> Self {
        Self { run, runtime }
    }

    /// Applies any setting of the async [`Run`](bulk::Run).
    ///
    /// ```
    /// # fn settings(copper: copper_crm::blocking::Copper, leads: Vec<copper_crm::NewLead>) {
    /// let run = copper.bulk_create_leads(leads).with(|run| run.expected(1_000).chunk_size(5));
    /// # }
    /// ```
    pub fn with(self, settings: impl FnOnce(bulk::Run<'a, E, K>) -> bulk::Run<'a, E, K>) -> Self {
        Self::new(settings(self.run), self.runtime)
    }

    /// Keeps a journal (a write-ahead log) there; see [`bulk::Run::journal`].
    pub fn journal(self, location: impl Into<JournalLocation>) -> Self {
        self.with(|run| run.journal(location))
    }

    /// Validates each record before it is sent; see [`bulk::Run::checked`].
    pub fn checked(self) -> Self
    where
        E::Input: Check,
    {
        self.with(bulk::Run::checked)
    }

    /// Sets the number of records that are expected; see [`bulk::Run::expected`].
    pub fn expected(self, records: u64) -> Self {
        self.with(|run| run.expected(records))
    }

    /// Waits this long for the end of an outage; see [`bulk::Run::wait_out_outages`].
    pub fn wait_out_outages(self, longest: Duration) -> Self {
        self.with(|run| run.wait_out_outages(longest))
    }

    /// Sets the number of records in a request; see [`bulk::Run::chunk_size`].
    pub fn chunk_size(self, records: usize) -> Self {
        self.with(|run| run.chunk_size(records))
    }

    /// Returns a handle that watches this run from another thread; see [`bulk::Run::progress`].
    pub fn progress(&self) -> Progress {
        self.run.progress()
    }

    /// Stops the run: requests in flight are settled, and the rest of the input comes back as `NotSent`.
    pub fn stop(&self) {
        self.run.stop();
    }

    /// Returns a handle that stops this run from another thread.
    pub fn stop_handle(&self) -> StopHandle {
        self.run.stop_handle()
    }

    /// Returns the reason why the run ended early, if it did.
    pub fn stopped_by(&self) -> Option<StoppedBy> {
        self.run.stopped_by()
    }

    /// Returns the number of records with each outcome that was returned so far.
    pub fn summary(&self) -> Summary {
        self.run.summary()
    }
}

impl<K> Run<'_, BulkCreateLeads, K> {
    /// Looks up the leads that are in doubt; see [`bulk::Run::reconcile`].
    pub fn reconcile(self, how: impl Into<Reconcile>) -> Self {
        self.with(|run| run.reconcile(how))
    }
}

impl<E: Endpoint, K> Iterator for Run<'_, E, K> {
    type Item = Settled<E::Input, E::Output, K>;

    /// Blocks until the next outcome is there.
    fn next(&mut self) -> Option<Self::Item> {
        self.runtime.wait(self.run.next())
    }
}

impl<E: Endpoint, K> fmt::Debug for Run<'_, E, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.run.fmt(f)
    }
}

/// The records that a search finds: an iterator over all pages. Each page is fetched when it is needed.
#[derive(Debug)]
#[must_use = "a search sends nothing until it is iterated over"]
pub struct Found<T> {
    found: search::Found<T>,
    runtime: Runtime,
}

impl<T> Found<T> {
    pub(super) fn new(found: search::Found<T>, runtime: Runtime) -> Self {
        Self { found, runtime }
    }
}

impl<T> Iterator for Found<T> {
    type Item = Result<T, Error>;

    /// Blocks until the next record is there.
    fn next(&mut self) -> Option<Self::Item> {
        self.runtime.wait(self.found.next())
    }
}
