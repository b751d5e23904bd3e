//! A bulk run: a stream of outcomes, with its settings and its handles for progress and stop.
//!
//! `pipeline` does the work. It and this file use each other, because the run is one stream whose settings
//! and work stand in two files.

mod pipeline;
mod source;

use std::{collections::VecDeque, error::Error as StdError, fmt, sync::Arc, time::Duration, vec};

use futures_util::{
    future::BoxFuture,
    stream::{BoxStream, FuturesOrdered, StreamExt},
};

use tokio::time::Instant;

use pipeline::InFlight;
pub use source::{
    FromResults, FromStream, FromTryStream, Keyed, Source, from_results, from_stream,
    from_try_stream, keyed,
};

use crate::{
    Check, Copper, Invalid,
    chunk::{self, Context},
    endpoint::Endpoint,
    journal::{Journal, JournalError, JournalLocation, MAX_RECORDS, RecoveredState},
    outcome::{Settled, StopHandle, StoppedBy, Summary},
    progress::{Progress, Tally},
    reconcile::{Plan, Reconcile, Reconciler},
    telemetry,
    types::BulkCreateLeads,
};

type Opening = BoxFuture<'static, Result<(Journal, RecoveredState), JournalError>>;
type BoxError = Box<dyn StdError + Send + Sync>;

/// Records with the keys that the caller gave them, or the error that ends the input.
type Records<'a, K, I> = BoxStream<'a, Result<(K, I), BoxError>>;

/// A bulk run: a stream of outcomes, one per record of the input and in its order.
///
/// [`Copper::bulk_create_leads`] and the other bulk calls return it. Nothing happens before it is polled, and
/// it must be polled within a tokio runtime. Dropping it aborts the requests in flight, and their records may
/// or may not be in Copper. [`stop`](Self::stop) ends a run without such doubt.
#[must_use = "a run sends nothing until it is polled: call `next` until it returns `None`"]
pub struct Run<'a, E: Endpoint, K = ()> {
    source: Option<Records<'a, K, E::Input>>,
    /// The keys of the records whose outcomes are not yet returned, in order.
    keys: VecDeque<K>,
    chunk_size: usize,
    context: Arc<Context>,
    terms: Arc<E::Terms>,
    /// The records of the next chunk.
    filling: Vec<E::Input>,
    /// The time when the first of these was taken from the input, if there is a deadline.
    filling_since: Option<Instant>,
    chunks: FuturesOrdered<InFlight<E>>,
    /// The outcomes of the oldest chunk.
    settled: vec::IntoIter<Settled<E::Input, E::Output>>,
    /// The index of the next record to be taken from the input.
    next: u64,
    input_error: Option<StoppedBy>,
    opening: Option<Opening>,
    /// The state that earlier starts have left.
    recovered: RecoveredState,
    check: Option<chunk::Check<E::Input>>,
    /// The lookup of records in doubt, until the first record is taken from the input.
    pub(crate) plan: Option<Plan<E::Input, E::Output>>,
    reconciler: Option<Arc<Reconciler<E::Input, E::Output>>>,
    summary: Summary,
}

impl<'a, E: Endpoint, K> Run<'a, E, K> {
    pub(crate) fn new(copper: Copper, source: impl Source<'a, E::Input, Key = K>) -> Self
    where
        E: Endpoint<Terms = ()>,
    {
        Self::with_terms(copper, source, ())
    }

    pub(crate) fn with_terms(
        copper: Copper,
        source: impl Source<'a, E::Input, Key = K>,
        terms: E::Terms,
    ) -> Self {
        let summary = Summary::new(E::OPERATION.records());
        let source = source.into_stream();
        let (least, most) = source.size_hint();
        let expected = most.filter(|most| *most == least).map(|most| most as u64);
        let tally = Tally::new(summary, expected);
        let span = telemetry::run(E::OPERATION.id);
        Self {
            source: Some(source),
            chunk_size: E::OPERATION.max_items(),
            context: Arc::new(Context::new(copper, tally, span)),
            terms: Arc::new(terms),
            keys: VecDeque::new(),
            filling: Vec::new(),
            filling_since: None,
            chunks: FuturesOrdered::new(),
            settled: Vec::new().into_iter(),
            next: 0,
            input_error: None,
            opening: None,
            recovered: RecoveredState::default(),
            check: None,
            plan: None,
            reconciler: None,
            summary,
        }
    }

    /// Sets the number of records in a request. The default is the most that Copper accepts, by the schema. 0
    /// counts as 1, and more than 1,000 as 1,000. If Copper accepts fewer, its refusal says so, and the run
    /// continues with that size. An upsert always has one lead per request.
    pub fn chunk_size(mut self, records: usize) -> Self {
        if E::OPERATION.bulk.is_some() {
            self.chunk_size = records.clamp(1, MAX_RECORDS);
        }
        self
    }

    /// Returns the number of records in a request: the most that Copper accepts by the schema, or the number
    /// set with [`chunk_size`](Self::chunk_size). With the [limits](crate::limit::Limiter::limits), it gives
    /// the shortest time that a run can take.
    ///
    /// ```
    /// # fn main() -> Result<(), copper_crm::Error> {
    /// # let copper = copper_crm::Copper::builder("the API key", "owner@example.com").build()?;
    /// let run = copper.bulk_create_leads([]).chunk_size(5);
    /// assert_eq!(run.effective_chunk_size(), 5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn effective_chunk_size(&self) -> usize {
        self.chunk_size
    }

    /// Keeps a journal in this file or [store](crate::bulk::JournalStore): a write-ahead log. If a run ends
    /// early, even by a power cut, start it again with the same input and the same journal. It sends only
    /// records that were not sent before.
    ///
    /// Records that an earlier start has settled come back with the same outcome, marked
    /// [`from_journal`](Settled::from_journal). A lead that is done has only its `id` then. Records that were
    /// in flight when that start ended come back as [`Outcome::Unknown`](crate::bulk::Outcome::Unknown), or,
    /// in an upsert run, are sent again. All other records are sent.
    ///
    /// Nothing is sent that can't be written first. The run ends with an error for which
    /// [`is_journal`](crate::Error::is_journal) is true if the journal can't be written, is open in another
    /// run, is damaged, or belongs to another input or operation. The journal is then left unchanged.
    ///
    /// The file is text. It holds ids and salted hashes, and no data of the records in plain text. See its
    /// [format](crate::bulk#the-journal), and [where data lies](crate::guide::where_data_lies).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let file = std::env::temp_dir().join(format!("journal-doctest-{}", std::process::id()));
    /// use copper_crm::NewLead;
    ///
    /// for start in 1..=2 {
    ///     let leads = ["Jim", "Pam"].map(NewLead::named);
    ///     let mut run = copper.bulk_create_leads(leads).journal(&file);
    ///     while let Some(item) = run.next().await {
    ///         assert_eq!(item.from_journal, start == 2);
    ///     }
    ///     assert_eq!(run.summary().done, 2);
    /// }
    /// assert_eq!(sandbox.leads().len(), 2);
    /// # std::fs::remove_file(file)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn journal(mut self, location: impl Into<JournalLocation>) -> Self {
        let location = location.into();
        let place = E::place(self.context.copper.base_url(), &self.terms);
        self.opening = Some(Box::pin(async move {
            Journal::open(location, E::OPERATION.id, &place).await
        }));
        self
    }

    /// Keeps a journal that is already open.
    pub(crate) fn with_journal(mut self, journal: Journal, recovered: RecoveredState) -> Self {
        self.opening = Some(Box::pin(async move { Ok((journal, recovered)) }));
        self
    }

    /// Stops together with other runs, by one handle. It must be the first setting.
    pub(crate) fn with_stop(mut self, stop: StopHandle) -> Self {
        if let Some(context) = Arc::get_mut(&mut self.context) {
            context.stop = stop;
        }
        self
    }

    /// Validates each record before it is sent, and does not send one that a [`Check`] finds invalid. Such a
    /// record comes back as [`Outcome::Rejected`](crate::bulk::Outcome::Rejected), at its own index, and
    /// [`Rejection::invalid`](crate::bulk::Rejection::invalid) has the reasons. It is off by default, because
    /// Copper decides what a record may contain. Each invalid record splits the request that it would have
    /// been in.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::{NewLead, Outcome};
    ///
    /// let leads = ["Jim", " ", "Pam"].map(NewLead::named);
    /// let mut run = copper.bulk_create_leads(leads).checked();
    /// while let Some(item) = run.next().await {
    ///     if let Outcome::Rejected(why) = item.outcome {
    ///         assert_eq!((item.index, why.to_string().as_str()), (1, "name: it is blank"));
    ///     }
    /// }
    /// assert_eq!((run.summary().done, run.summary().rejected), (2, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn checked(mut self) -> Self
    where
        E::Input: Check,
    {
        self.add_check(|_, record| record.check());
        self
    }

    /// Waits this long for the end of an outage, instead of five minutes. It also treats it as an outage if
    /// Copper refuses the token (401), because somebody may repair that meanwhile. Then the run continues.
    /// Without it, the remaining records come back as [`NotSent`](crate::bulk::Outcome::NotSent). It is for a
    /// service that must survive hours of outage, and off by default.
    ///
    /// Requests in flight when the outage begins are in doubt nevertheless. Records with a
    /// [deadline](crate::Copper::with_deadline) wait no longer than that.
    ///
    /// ```
    /// # fn service(copper: copper_crm::Copper, leads: Vec<copper_crm::NewLead>) {
    /// use std::time::Duration;
    ///
    /// let hours = Duration::from_secs(4 * 60 * 60);
    /// let run = copper.bulk_create_leads(leads).wait_out_outages(hours);
    /// # }
    /// ```
    pub fn wait_out_outages(self, longest: Duration) -> Self {
        self.context.breaker.wait_out(longest);
        self
    }

    /// Rejects each record that `check` finds invalid, before it is sent. The closure gets the record's index
    /// in the input, and the record.
    ///
    /// It is for your own rules, and [`checked`](Self::checked) for those that Copper is known to have. With
    /// both, both apply. A rejected record keeps its index, so a journal of the same input stays valid if
    /// your rules change. `check` may be called more than once for a record, and must always give the same
    /// result.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::{Invalid, NewLead};
    ///
    /// let leads = ["Jim", "Test", "Pam"].map(NewLead::named);
    /// let not_a_test = |_index, lead: &NewLead| match lead.name.as_str() {
    ///     "Test" => Err(Invalid::new("name", "it is a test")),
    ///     _ => Ok(()),
    /// };
    /// let mut run = copper.bulk_create_leads(leads).checked_by(not_a_test);
    /// while run.next().await.is_some() {}
    /// assert_eq!((run.summary().done, run.summary().rejected), (2, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn checked_by(
        mut self,
        check: impl Fn(u64, &E::Input) -> Result<(), Invalid> + Send + Sync + 'static,
    ) -> Self {
        self.add_check(check);
        self
    }

    fn add_check(
        &mut self,
        check: impl Fn(u64, &E::Input) -> Result<(), Invalid> + Send + Sync + 'static,
    ) {
        let earlier = self.check.take();
        self.check = Some(Arc::new(move |index, record: &E::Input| {
            earlier
                .as_ref()
                .map_or(Ok(()), |check| check(index, record))?;
            check(index, record)
        }));
    }

    /// Sets the number of records of the input, if the input does not know it, such as a stream. Only
    /// [`progress`](Self::progress) uses it.
    pub fn expected(self, records: u64) -> Self {
        self.context
            .tally
            .send_modify(|tally| tally.expected = Some(records));
        self
    }

    /// Returns a handle that watches this run from another task.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::NewLead;
    ///
    /// let mut run = copper.bulk_create_leads((1..=25).map(|n| NewLead::named(format!("Lead {n}"))));
    /// let mut progress = run.progress();
    /// let watcher = tokio::spawn(async move {
    ///     while let Some(now) = progress.changed().await {
    ///         println!("{} of {:?}, {:.0}/s", now.settled.total(), now.total, now.per_second);
    ///     }
    ///     progress.now()
    /// });
    /// while run.next().await.is_some() {}
    /// assert_eq!(watcher.await?.settled, run.summary());
    /// # Ok(())
    /// # }
    /// ```
    pub fn progress(&self) -> Progress {
        Progress::new(&self.context.tally)
    }

    /// Waits for the next outcome. Returns `None` when all records have theirs.
    ///
    /// It is cancel-safe: a call that is dropped, by `select!` or a timeout, loses no outcome. The run
    /// continues when it is polled again.
    pub async fn next(&mut self) -> Option<Settled<E::Input, E::Output, K>> {
        StreamExt::next(self).await
    }

    /// Stops the run. Requests in flight are settled, and nothing more is sent. Keep polling: the rest of the
    /// input comes back as [`Outcome::NotSent`](crate::bulk::Outcome::NotSent).
    pub fn stop(&self) {
        self.context.stop.stop();
    }

    /// Returns a handle that stops this run from another task.
    pub fn stop_handle(&self) -> StopHandle {
        self.context.stop.clone()
    }

    /// Returns the reason why the run ended, or is ending, before its input.
    pub fn stopped_by(&self) -> Option<StoppedBy> {
        self.context
            .stop
            .reason()
            .or_else(|| self.input_error.clone())
    }

    /// Returns the number of records with each outcome that was returned so far.
    pub fn summary(&self) -> Summary {
        self.summary
    }
}

impl<K> Run<'_, BulkCreateLeads, K> {
    /// Looks up in Copper the leads in doubt, before their outcomes are returned. With a
    /// [journal](Run::journal), these include leads that earlier starts left in doubt. A lead that is found
    /// is [`Done`](crate::bulk::Outcome::Done), with the lead as it was found.
    ///
    /// A lead is looked up at once and then at growing intervals, for a minute, or as long as
    /// [`absent_after`](Reconcile::absent_after) says. If it is not settled by then, it stays
    /// [`Unknown`](crate::bulk::Outcome::Unknown), which has the [time](crate::bulk::Unknown::looked_until)
    /// of the last search and the reason. Nothing is looked up while Copper is down, or after the run was
    /// stopped.
    ///
    /// [`Settled::input`](crate::bulk::Settled::input) and the journal have the leads as they were handed in,
    /// without the mark that the run puts on them. A lead that an earlier start sent without this very mark
    /// stays in doubt. So does a lead in a journal that an earlier version of this crate wrote.
    ///
    /// Searches pass through the limiter like all other calls. During lookups, up to 16 requests in all are
    /// not settled; the run continues when the oldest one is. To know that a lead is unique in the input, the
    /// run keeps a hash of each lead, except for those that a [check](Run::checked) rejects. With half a
    /// million leads it took 36 bytes per lead, and 53 while the table grew; and about 30 more for each lead
    /// whose hash is already in the journal.
    ///
    /// It assumes that the clocks of this machine and of Copper differ by less than two minutes. It also
    /// assumes that nobody changes or deletes the lead, or removes its mark, before it is found.
    ///
    /// ```
    /// use std::time::Duration;
    /// use copper_crm::{NewLead, Outcome, bulk::Reconcile, types::Email};
    /// use copper_crm_sandbox::{Fault, Sandbox, When};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start().await?;
    /// // The first request is lost after its leads were created, the second before.
    /// sandbox.inject(Fault::ResetAfter, When::nth(1).of("bulk_create_leads"));
    /// sandbox.inject(Fault::ResetBefore, When::nth(2).of("bulk_create_leads"));
    ///
    /// let leads = (1..=20).map(|n| NewLead {
    ///     email: Some(Email::new(format!("{n}@example.com"))),
    ///     ..NewLead::named(format!("Lead {n}"))
    /// });
    /// let copper = sandbox.copper().build()?;
    /// // The sandbox's search does not lag. At Copper, use some minutes.
    /// let by_email = Reconcile::by_email().absent_after(Duration::from_millis(10)).send_again();
    /// let mut run = copper.bulk_create_leads(leads).reconcile(by_email);
    /// while let Some(item) = run.next().await {
    ///     assert!(matches!(item.outcome, Outcome::Done(_)));
    /// }
    /// assert_eq!(sandbox.leads().len(), 20);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reconcile(mut self, how: impl Into<Reconcile>) -> Self {
        self.plan = Some(how.into().into());
        self
    }
}

// Nothing in it is ever pinned, so its records need not be `Unpin`.
impl<E: Endpoint, K> Unpin for Run<'_, E, K> {}

impl<E: Endpoint, K> fmt::Debug for Run<'_, E, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("operation", &E::OPERATION.id)
            .field("unsettled_chunks", &self.chunks.len())
            .field("summary", &self.summary)
            .finish_non_exhaustive()
    }
}
