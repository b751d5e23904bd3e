//! A sync: reads the input to its end, then the records of Copper, then sends the differences.

use std::{
    collections::HashMap,
    error::Error as StdError,
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use futures_util::{
    FutureExt,
    future::BoxFuture,
    stream::{self, BoxStream, FusedStream, Stream, StreamExt},
};
use tokio::{runtime::Handle, sync::watch, time::Instant};

use super::{
    Policies, Reading, Sync, SyncOutcome, SyncPlan, SyncProgress, SyncRecord, SyncSummary, Synced,
    comparison::Comparison,
    creates::{SyncCreates, place},
    matcher::KeyMatcher,
    policies::RecordPolicies,
    progress::{SyncPhase, Tally},
    read::read,
    records::Records,
    sending::{Earlier, Sending},
};
use crate::{
    Copper, Error, Invalid, NewLead,
    endpoint::Endpoint,
    journal::{Journal, JournalError, JournalLocation, MatchKey},
    outcome::{NotSent, StopHandle, StoppedBy, Unknown},
    reconcile::Matcher,
    run::Source,
};

/// The facts that a sync learns while it runs, in addition to its outcomes.
#[derive(Debug)]
struct Told<Id> {
    reading: Option<Reading>,
    unmatched: Vec<Id>,
}

/// The outcomes of a sync.
type Outcomes<'a, R> = BoxStream<'a, Synced<R>>;

/// The state of a sync.
enum State<'a, R: SyncRecord> {
    Idle,
    /// Reading the input and Copper.
    Beginning(BoxFuture<'a, Outcomes<'a, R>>),
    Sending(Outcomes<'a, R>),
    Over,
}

/// A sync of leads, people or companies: a stream with one outcome for each record of the input, in the order of the
/// input.
///
/// Made by [`Copper::sync_leads`], [`Copper::sync_people`] and [`Copper::sync_companies`]. Nothing happens before it is
/// polled. It must be polled within a tokio runtime. Dropping it aborts the requests in flight; their records may or
/// may not have had their effect. [`stop`](Self::stop) ends a sync without this doubt.
#[must_use = "a sync reads and sends nothing until it is polled: call `next` until it returns `None`"]
pub struct SyncRun<'a, R: SyncRecord = NewLead> {
    copper: Copper,
    sync: Sync<R>,
    source: Option<BoxStream<'a, Result<R, BoxError>>>,
    journal: Option<JournalLocation>,
    check: Option<Check<R>>,
    policies: Option<RecordPolicies>,
    state: State<'a, R>,
    stop: StopHandle,
    tally: watch::Sender<Tally>,
    told: Arc<Mutex<Told<R::Id>>>,
    summary: SyncSummary,
}

/// A check of a record, which also gets its place in the input.
type Check<R> = Arc<dyn Fn(u64, &R) -> Result<(), Invalid> + Send + std::marker::Sync>;
type BoxError = Box<dyn StdError + Send + std::marker::Sync>;

impl<'a, R: SyncRecord> SyncRun<'a, R> {
    pub(super) fn new(
        copper: &Copper,
        records: impl Source<'a, R, Key = ()>,
        sync: Sync<R>,
    ) -> Self {
        let records = records.into_stream();
        let noun = R::plural();
        Self {
            copper: copper.clone(),
            sync,
            source: Some(records.map(|item| item.map(|((), record)| record)).boxed()),
            journal: None,
            check: None,
            policies: None,
            state: State::Idle,
            stop: StopHandle::new(),
            tally: watch::Sender::new(Tally::new(noun)),
            told: Arc::new(Mutex::new(Told {
                reading: None,
                unmatched: Vec::new(),
            })),
            summary: SyncSummary::new(noun),
        }
    }

    /// Keeps a journal in this file, or in another [store](crate::bulk::JournalStore). If the sync ends early, even by
    /// a power cut, start it again with the same input and the same journal: no record is created twice.
    ///
    /// The journal holds only [creates](crate::bulk#the-journal), because each start compares changes again. A record
    /// that an earlier start has created comes back as [`Created`](SyncOutcome::Created), with
    /// [`from_journal`](Synced::from_journal) set. A record that it left in doubt is looked up.
    pub fn journal(mut self, location: impl Into<JournalLocation>) -> Self {
        self.journal = Some(location.into());
        self
    }

    /// Checks each record before it is compared. If the check finds a record invalid, it comes back as
    /// [`Rejected`](SyncOutcome::Rejected), and the record in Copper is left alone. The check gets the place of the
    /// record in the input, from 0.
    pub fn checked_by(
        mut self,
        check: impl Fn(u64, &R) -> Result<(), Invalid> + Send + std::marker::Sync + 'static,
    ) -> Self {
        self.check = Some(Arc::new(check));
        self
    }

    /// Sets the policies of each record, in place of those of the [`Sync`]. The function gets the place of the record in
    /// the input, from 0, and is called whenever the record is compared. Use it if records name different fields, such
    /// as objects with different keys.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use std::sync::Arc;
    /// use copper_crm::{NewLead, sync::{Empties, Policies, Sync, SyncField}};
    ///
    /// let record = |name: &str| NewLead::named(name).email(format!("{name}@example.com"));
    /// let clerk = |name| record(name).title("Clerk");
    /// let mut run = copper.sync_leads(["Jim", "Pam"].map(clerk), Sync::by_email());
    /// while run.next().await.is_some() {}
    ///
    /// let keep = Arc::new(Policies::default().empties(Empties::Clear));
    /// let clear = Arc::new(Policies::clone(&keep).naming([SyncField::Title]));
    /// let policies = move |place| Arc::clone(if place == 0 { &keep } else { &clear });
    /// let run = copper.sync_leads(["Jim", "Pam"].map(record), Sync::by_email());
    /// let plan = run.policies_by(policies).plan().await?;
    /// assert_eq!(
    ///     plan.to_string(),
    ///     "+ 0 new\n~ 1 changed\n  Pam\n    title: \"Clerk\" → null\n= 1 unchanged\n"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub fn policies_by(
        mut self,
        policies: impl Fn(u64) -> Arc<Policies> + Send + std::marker::Sync + 'static,
    ) -> Self {
        self.policies = Some(RecordPolicies::Own(Arc::new(policies)));
        self
    }

    /// Waits for the next outcome; returns `None` after the last. It is cancel-safe: dropping a call loses no outcome.
    pub async fn next(&mut self) -> Option<Synced<R>> {
        StreamExt::next(self).await
    }

    /// Reads the input and Copper, and returns the planned changes. Sends nothing.
    ///
    /// # Errors
    /// When the input fails, or Copper can't be read.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::{NewLead, sync::Sync};
    ///
    /// let pam = NewLead::named("Pam").email("pam@example.com");
    /// copper.create_lead(&pam).await?;
    /// let records = [pam.title("Manager"), NewLead::named("Jim").email("jim@example.com")];
    /// let plan = copper.sync_leads(records, Sync::by_email()).plan().await?;
    /// assert_eq!(
    ///     plan.to_string(),
    ///     "+ 1 new\n  Jim\n~ 1 changed\n  Pam\n    title: null → \"Manager\"\n= 0 unchanged\n"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub async fn plan(mut self) -> Result<SyncPlan<R::Id>, StoppedBy> {
        let source = self.source.take();
        let records = match read_input(source, &self.tally).await {
            (records, None) => records,
            (_, Some(error)) => return Err(StoppedBy::Input(error.into())),
        };
        let policies = self.policies.clone();
        let comparison = compare(records, &self.sync, policies, self.check.as_ref());
        let mut comparison = comparison.keeping_changes();
        if self.sync.unmatched {
            comparison = comparison.keeping_unmatched();
        }
        let reading = self.read(&mut comparison).await;
        let reading = reading.map_err(|error| StoppedBy::Error(Arc::new(error)))?;
        Ok(SyncPlan::new(comparison, &self.sync, reading))
    }

    async fn read(&self, comparison: &mut Comparison<R>) -> Result<Reading, Error> {
        read_copper(&self.copper, comparison, &self.sync, &self.tally).await
    }

    /// Waits until the input and Copper are read, and the journal is open if there is one. Nothing is sent before the
    /// next outcome is requested. If something prevents the sync from sending, [`stopped_by`](Self::stopped_by) returns
    /// the reason. It is cancel-safe: another call continues.
    pub async fn ready(&mut self) {
        poll_fn(|cx| self.poll_begin(cx)).await;
    }

    /// Stops the sync: requests in flight are settled, and nothing more is sent. Keep polling: the other records come
    /// back as [`NotSent`](SyncOutcome::NotSent).
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// Returns a handle that stops this sync from elsewhere.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Returns the reason why the sync ended, or is ending, before everything was sent.
    pub fn stopped_by(&self) -> Option<StoppedBy> {
        self.stop.reason()
    }

    /// Returns a handle that watches this sync from elsewhere.
    pub fn progress(&self) -> SyncProgress {
        SyncProgress::new(&self.tally)
    }

    /// Returns the number of records with each outcome that was returned so far.
    pub fn summary(&self) -> SyncSummary {
        self.summary
    }

    /// Returns the method by which the records of Copper were read, once they are read.
    pub fn reading(&self) -> Option<Reading> {
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .reading
    }

    /// Returns the ids of the records in Copper that match no record of the input. It is empty before Copper is read,
    /// and without [`Sync::unmatched`]. These records are left alone.
    pub fn unmatched(&self) -> Vec<R::Id> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.unmatched.clone()
    }

    /// Reads the input and Copper. Returns the stream that sends, and that has the outcomes.
    fn begin(&mut self) -> BoxFuture<'a, Outcomes<'a, R>> {
        let (copper, sync) = (self.copper.clone(), self.sync.clone());
        let (source, journal) = (self.source.take(), self.journal.take());
        let (check, policies) = (self.check.clone(), self.policies.clone());
        let (stop, tally, told) = (
            self.stop.clone(),
            self.tally.clone(),
            Arc::clone(&self.told),
        );
        Box::pin(async move {
            tally.send_modify(|tally| tally.start = Some(Instant::now()));
            let (records, failed) = read_input(source, &tally).await;
            if let Some(error) = failed {
                stop.stop_by(StoppedBy::Input(error.into()));
            }
            if let Some(by) = stop.reason() {
                return unsent(records, move || {
                    SyncOutcome::NotSent(NotSent::stopped(by.clone()))
                });
            }
            let earlier = match journal {
                None => None,
                Some(location) => match open(&copper, &sync, location, &records).await {
                    Ok(earlier) => Some(earlier),
                    Err(error) => {
                        let error = Arc::new(error.to_error());
                        stop.stop_by(StoppedBy::Error(Arc::clone(&error)));
                        // An unusable journal may hold outcomes that can't be read, so its records may be in doubt.
                        return unsent(records, move || match error.may_have_taken_effect() {
                            true => SyncOutcome::Unknown(Unknown::failed(Arc::clone(&error))),
                            false => SyncOutcome::NotSent(NotSent::failed(Arc::clone(&error))),
                        });
                    }
                },
            };
            let mut comparison = compare(records, &sync, policies, check.as_ref());
            if sync.unmatched {
                comparison = comparison.keeping_unmatched();
            }
            let reading = read_copper(&copper, &mut comparison, &sync, &tally);
            let stopped = match stop.unless_stopped(reading).await {
                Ok(Ok(reading)) => {
                    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                    told.reading = Some(reading);
                    told.unmatched = comparison.take_unmatched();
                    None
                }
                Ok(Err(error)) => Some(StoppedBy::Error(Arc::new(error))),
                Err(by) => Some(by),
            };
            // Outcomes in the journal are returned even if the sync is stopped.
            if let Some(by) = stopped {
                stop.stop_by(by.clone());
                if earlier
                    .as_ref()
                    .is_none_or(|earlier| earlier.creates.is_empty())
                {
                    let records = comparison.records;
                    return unsent(records, move || {
                        SyncOutcome::NotSent(NotSent::stopped(by.clone()))
                    });
                }
            }
            tally.send_modify(|tally| tally.phase = SyncPhase::Sending);
            let sending = Sending::new(&copper, sync, comparison, earlier, stop, tally);
            stream::unfold(sending, async |mut sending| {
                let next = sending.next().await?;
                Some((next, sending))
            })
            .boxed()
        })
    }

    fn poll_begin(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if matches!(self.state, State::Idle) {
            self.state = State::Beginning(self.begin());
        }
        if let State::Beginning(beginning) = &mut self.state {
            self.state = State::Sending(ready!(beginning.poll_unpin(cx)));
        }
        Poll::Ready(())
    }
}

/// Reads the input to its end, or to its first error.
async fn read_input<R: SyncRecord>(
    source: Option<BoxStream<'_, Result<R, BoxError>>>,
    tally: &watch::Sender<Tally>,
) -> (Records<R>, Option<BoxError>) {
    let mut records = Records::default();
    let mut source = source.unwrap_or_else(|| stream::empty().boxed());
    let mut failed = None;
    while let Some(record) = source.next().await {
        match record {
            Ok(record) => records.add(record),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    tally.send_modify(|tally| {
        tally.records = records.count() as u64;
        tally.phase = SyncPhase::ReadingCopper;
    });
    (records, failed)
}

fn compare<R: SyncRecord>(
    records: Records<R>,
    sync: &Sync<R>,
    policies: Option<RecordPolicies>,
    check: Option<&Check<R>>,
) -> Comparison<R> {
    let policies = policies.unwrap_or_else(|| sync.policies.clone().into());
    let check = |index, record: &_| check.map_or(Ok(()), |check| check(index, record));
    Comparison::new(records, sync.key.clone(), policies, check)
}

async fn read_copper<R: SyncRecord>(
    copper: &Copper,
    comparison: &mut Comparison<R>,
    sync: &Sync<R>,
    tally: &watch::Sender<Tally>,
) -> Result<Reading, Error> {
    let told = |done| tally.send_modify(|tally| tally.read = done);
    let copper = copper.without_computed_values();
    read(
        &copper,
        comparison,
        &sync.key,
        &sync.within,
        sync.unmatched,
        told,
    )
    .await
}

/// Opens the journal, and finds the records that earlier starts began to create.
async fn open<R: SyncRecord>(
    copper: &Copper,
    sync: &Sync<R>,
    location: JournalLocation,
    records: &Records<R>,
) -> Result<Earlier, JournalError> {
    if Handle::try_current().is_err() {
        return Err(JournalError::no_runtime("a sync"));
    }
    let place = place(copper.base_url(), &sync.key);
    let operation = SyncCreates::<R>::OPERATION.id;
    let (journal, recovered) = Journal::open(location, operation, &place).await?;
    let matcher = KeyMatcher::new(sync);
    let salt = journal.salt().0;
    let mut wanted: HashMap<MatchKey, Option<usize>> = HashMap::new();
    let mut keys = Vec::new();
    for entry in recovered.entries() {
        for index in entry.first..entry.first.saturating_add(entry.count) {
            let key = entry.key(index, matcher.kind()).flatten();
            let other = JournalError::OtherInput {
                first: entry.first,
                count: entry.count,
            };
            let key = key.ok_or(other)?;
            wanted.insert(key, None);
            keys.push((key, entry.first, entry.count));
        }
    }
    if !wanted.is_empty() {
        for (place, record) in records.each().enumerate() {
            let key = matcher.key(&salt, record);
            if let Some(found) = key.and_then(|key| wanted.get_mut(&key)) {
                found.get_or_insert(place);
            }
        }
    }
    let place = |(key, first, count): (MatchKey, u64, u64)| {
        let place = wanted.get(&key).copied().flatten();
        place.ok_or(JournalError::OtherInput { first, count })
    };
    let creates = keys.into_iter().map(place).collect::<Result<_, _>>()?;
    Ok(Earlier {
        journal,
        recovered,
        creates,
    })
}

/// All records, each with this outcome.
fn unsent<'a, R: SyncRecord>(
    mut records: Records<R>,
    outcome: impl Fn() -> SyncOutcome<R> + Send + 'a,
) -> Outcomes<'a, R> {
    let count = records.count();
    let synced = move |place| {
        Some(Synced {
            index: place as u64,
            input: records.take(place)?,
            outcome: outcome(),
            from_journal: false,
        })
    };
    stream::iter((0..count).filter_map(synced)).boxed()
}

impl<R: SyncRecord> Stream for SyncRun<'_, R> {
    type Item = Synced<R>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Synced<R>>> {
        ready!(self.poll_begin(cx));
        let State::Sending(outcomes) = &mut self.state else {
            return Poll::Ready(None);
        };
        let next = ready!(outcomes.poll_next_unpin(cx));
        match &next {
            Some(synced) => self.summary.count(&synced.outcome),
            None => {
                self.state = State::Over;
                let summary = self.summary;
                self.tally.send_modify(|tally| {
                    tally.settled = summary;
                    tally.phase = SyncPhase::Over;
                    tally.end = Some(Instant::now());
                });
            }
        }
        Poll::Ready(next)
    }
}

impl<R: SyncRecord> FusedStream for SyncRun<'_, R> {
    fn is_terminated(&self) -> bool {
        matches!(self.state, State::Over)
    }
}

// The stream never pins a record, so records need not be `Unpin`.
impl<R: SyncRecord> Unpin for SyncRun<'_, R> {}

impl<R: SyncRecord> fmt::Debug for SyncRun<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncRun")
            .field("key", &self.sync.key)
            .field("summary", &self.summary)
            .finish_non_exhaustive()
    }
}
