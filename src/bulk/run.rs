//! The pipeline: takes records from the input as fast as they can be sent, keeps a bounded number of
//! chunks on their way, and gives out their outcomes in the order of the input.

use std::{
    error::Error as StdError,
    fmt, io, mem,
    panic::AssertUnwindSafe,
    path::Path,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context as TaskContext, Poll, ready},
    vec,
};

use futures_util::{
    FutureExt,
    future::BoxFuture,
    stream::{BoxStream, FusedStream, FuturesOrdered, Stream, StreamExt},
};
use tokio::{runtime::Handle, sync::oneshot, time::Instant};
use tracing::Instrument;

use super::{
    Endpoint, Progress, Settled, Source, StopHandle, StoppedBy, Summary,
    chunk::{Chunk, Context, Finds, MOST_TOGETHER},
    journal::{Fault, Journal, Ledger},
    on_its_way::OnItsWay,
    progress::Tally,
    reconcile::{Plan, Reconciler, Traces},
};
use crate::{Check, Copper, Error, trace};

/// Chunks that may be unsettled at a time, counting those that are settled and wait for their turn.
/// At 3 requests a second it covers answers that take five seconds. All runs of a client together have no
/// more requests under way, as they share its rate.
pub(crate) const UNSETTLED: usize = 16;

type Opening = BoxFuture<'static, Result<(Journal, Ledger), Fault>>;
type BoxError = Box<dyn StdError + Send + Sync>;

/// A bulk run: a stream of outcomes, one per record of the input and in its order.
///
/// Made by [`Copper::bulk_create_leads`] and its like. Nothing happens before it is polled, and it must be polled
/// within a tokio runtime. Dropping it aborts the requests that are under way, whose records may or
/// may not be in Copper then; [`stop`](Self::stop) ends a run without such doubt.
pub struct Run<'a, E: Endpoint> {
    source: Option<BoxStream<'a, Result<E::Input, BoxError>>>,
    chunk_size: usize,
    context: Arc<Context>,
    terms: Arc<E::Terms>,
    /// Records of the next chunk.
    filling: Vec<E::Input>,
    chunks: FuturesOrdered<OnItsWay<E>>,
    /// Outcomes of the oldest chunk.
    settled: vec::IntoIter<Settled<E::Input, E::Output>>,
    /// The index of the next record to be taken from the input.
    next: u64,
    input_error: Option<StoppedBy>,
    opening: Option<Opening>,
    /// What earlier starts have left.
    ledger: Ledger,
    finds: Option<Finds<E::Input>>,
    /// How records in doubt are to be looked up, until the first is taken from the input.
    pub(super) plan: Option<Plan<E::Input, E::Output>>,
    reconciler: Option<Arc<Reconciler<E::Input, E::Output>>>,
    summary: Summary,
}

impl<'a, E: Endpoint> Run<'a, E> {
    pub(crate) fn new(copper: Copper, source: impl Source<'a, E::Input>) -> Self
    where
        E: Endpoint<Terms = ()>,
    {
        Self::with_terms(copper, source, ())
    }

    pub(crate) fn with_terms(
        copper: Copper,
        source: impl Source<'a, E::Input>,
        terms: E::Terms,
    ) -> Self {
        let summary = Summary::new(E::OPERATION.records());
        let source = source.into_stream();
        let (least, most) = source.size_hint();
        let expected = most.filter(|most| *most == least).map(|most| most as u64);
        let tally = Tally::new(summary, expected);
        let span = trace::run(E::OPERATION.id);
        Self {
            source: Some(source),
            chunk_size: E::OPERATION.max_items(),
            context: Arc::new(Context::new(copper, tally, span)),
            terms: Arc::new(terms),
            filling: Vec::new(),
            chunks: FuturesOrdered::new(),
            settled: Vec::new().into_iter(),
            next: 0,
            input_error: None,
            opening: None,
            ledger: Ledger::default(),
            finds: None,
            plan: None,
            reconciler: None,
            summary,
        }
    }

    /// Puts this many records into a request, instead of as many as the schema says Copper takes; 0
    /// counts as 1, and more than 1,000 as 1,000. Where Copper takes fewer, it says so, and the run goes on
    /// with that size. An upsert has one lead a request, whatever is said here.
    pub fn chunk_size(mut self, records: usize) -> Self {
        if E::OPERATION.bulk.is_some() {
            self.chunk_size = records.clamp(1, MOST_TOGETHER);
        }
        self
    }

    /// How many records it puts into a request: as many as the schema says that Copper takes, or what
    /// [`chunk_size`](Self::chunk_size) was told. With the [limits](crate::limit::Limiter::limits), it tells
    /// how long a run takes at the least.
    ///
    /// ```
    /// # fn main() -> Result<(), copper_crm::Error> {
    /// # let copper = copper_crm::Copper::builder("the API key", "owner@example.com").build()?;
    /// let run = copper.bulk_create_leads([]).chunk_size(5);
    /// assert_eq!(run.records_per_request(), 5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn records_per_request(&self) -> usize {
        self.chunk_size
    }

    /// Keeps a journal in this file, so that a run which ends early, even by a power cut, can be started
    /// again: with the same input and the same file, it sends only what was not sent before.
    ///
    /// What an earlier start has settled comes back as it was, marked
    /// [`from_journal`](Settled::from_journal); of a lead that is done, only its `id`. What was under way
    /// when that start ended comes back as [`Outcome::Unknown`](super::Outcome::Unknown), or, if it is an
    /// upsert, is sent again. The rest is sent.
    ///
    /// Nothing is sent that can't be written down first. A journal that can't be written, that another
    /// run has open, that is damaged, or that belongs to another input or operation ends the run with an
    /// error of which [`is_journal`](crate::Error::is_journal) is true, and the file is left as it is.
    ///
    /// The file is text, and holds no data of the records; see its [format](super#the-journal).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm::sandbox::Sandbox::start().await?;
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
    pub fn journal(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_owned();
        let place = E::place(self.context.copper.base_url(), &self.terms);
        self.opening = Some(Box::pin(async move {
            Journal::open(&path, E::OPERATION.id, &place).await
        }));
        self
    }

    /// Looks through each record before it is sent, and does not send what a [`Check`] finds fault with:
    /// that comes back as [`Outcome::Rejected`](super::Outcome::Rejected), in its place, and
    /// [`Rejection::invalid`](super::Rejection::invalid) says so. It is off by default, since what may be
    /// in a record is for Copper to say. Each record at fault cuts the request in two that it would have
    /// been in.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm::sandbox::Sandbox::start().await?;
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
        self.finds = Some(Check::check);
        self
    }

    /// Says how many records the input has, where it can't say so itself, as a stream can't. Only
    /// [`progress`](Self::progress) makes use of it.
    pub fn expected(self, records: u64) -> Self {
        self.context
            .tally
            .send_modify(|tally| tally.expected = Some(records));
        self
    }

    /// A handle that watches this run from elsewhere.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm::sandbox::Sandbox::start().await?;
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

    /// The next outcome; `None` when all records have theirs.
    pub async fn next(&mut self) -> Option<Settled<E::Input, E::Output>> {
        StreamExt::next(self).await
    }

    /// Lets what is under way settle, and sends nothing more. Keep polling: the rest of the input
    /// comes back as [`Outcome::NotSent`](super::Outcome::NotSent).
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
            Some(Err(error)) => {
                let by = StoppedBy::Input(error.into());
                self.context.span.in_scope(|| trace::stopped(&by));
                self.input_error = Some(by);
            }
            None => {}
        }
        self.source = None;
        Poll::Ready(None)
    }

    /// Opens the journal, if there is to be one.
    fn poll_open(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
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
    fn launch(&mut self, cx: &mut TaskContext<'_>) {
        while self.chunks.len() < UNSETTLED
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
                        .stop_by_journal(&Fault::InputEnded { end, known });
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
        let traces = reconciler.map(|by| Traces::new(by, first, &records, entry.as_ref(), is_sent));
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
            self.context.span.in_scope(|| trace::over(&self.summary));
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

fn no_runtime() -> Fault {
    // What is in the journal can't be asked for either.
    Fault::Unreadable(io::Error::other(
        "a run must be polled within a tokio runtime",
    ))
}
