//! Sends what a sync has decided. Creates and updates are two bulk runs at the same time, with the same limits and the
//! same stop. All outcomes are returned in the order of the input.

use std::{
    collections::{BTreeMap, HashMap},
    future::poll_fn,
    task::{Context, Poll},
};

use futures_util::stream::StreamExt;
use tokio::sync::watch;

use super::{
    Sync, SyncOutcome, SyncRecord, SyncSummary, Synced, Updated,
    comparison::Comparison,
    creates::{SyncCreates, Terms},
    decision::{Decision, Withheld},
    matcher::plan,
    progress::Tally,
    updates::{Reread, Shared, updates},
};
use crate::{
    Copper,
    journal::{Journal, RecoveredState},
    outcome::{NotSent, Outcome, Rejection, Settled, StopHandle, StoppedBy},
    run::{Run, from_stream, keyed},
};

/// The most outcomes of one run that may wait for earlier records before the run is no longer polled.
const MOST_EARLY: usize = 1_000;

/// The journal of a sync, and the records of the input that earlier starts began to create.
pub(super) struct Earlier {
    pub(super) journal: Journal,
    pub(super) recovered: RecoveredState,
    /// The places of these records in the input, in the order of the journal.
    pub(super) creates: Vec<usize>,
}

/// The open work for a record.
enum Lane<R: SyncRecord> {
    /// The run of creates has it.
    Create,
    /// The run of updates has it.
    Update(R::Id),
    /// It is decided already, and is not sent.
    Decided(SyncOutcome<R>),
}

/// The sending part of a sync.
pub(super) struct Sending<R: SyncRecord> {
    shared: Shared<R>,
    /// The number of records in the input.
    count: usize,
    /// The place of the record whose outcome is returned next.
    next: usize,
    creates: Run<'static, SyncCreates<R>, u64>,
    created: BTreeMap<u64, Settled<R, R::Found, u64>>,
    creates_over: bool,
    updates: Run<'static, R::Update, u64>,
    updated: BTreeMap<u64, Outcome<R::Found>>,
    updates_over: bool,
    terms: Terms<R>,
    sync: Sync<R>,
    stop: StopHandle,
    tally: watch::Sender<Tally>,
}

impl<R: SyncRecord> Sending<R> {
    pub(super) fn new(
        copper: &Copper,
        sync: Sync<R>,
        mut comparison: Comparison<R>,
        earlier: Option<Earlier>,
        stop: StopHandle,
        tally: watch::Sender<Tally>,
    ) -> Self {
        comparison.forget_keys();
        let (journal, begun) = match earlier {
            Some(earlier) => (Some((earlier.journal, earlier.recovered)), earlier.creates),
            None => (None, Vec::new()),
        };
        let mut withheld = HashMap::new();
        for place in &begun {
            let reason = comparison.begin(*place, sync.scope);
            if let (Some(reason), Some(record)) = (reason, comparison.records.get(*place)) {
                let keys = sync.key.of_record(record).into_iter();
                withheld.extend(keys.map(|key| (key, reason.clone())));
            }
        }
        // In a sync that was stopped before, Copper is not read to its end.
        if stop.reason().is_none() {
            comparison.reject_nameless(sync.scope);
        }
        let count = comparison.records.count();
        let mut counted = SyncSummary::new(R::plural());
        for place in 0..count {
            if let Lane::Decided(outcome) = lane(&comparison, &sync, place) {
                counted.count(&outcome);
            }
        }
        tally.send_modify(|tally| tally.settled = counted);

        let shared = Shared::new(comparison);
        let terms = Terms::new(sync.key.clone(), withheld);
        let records = creates(shared.clone(), sync.clone(), count, begun);
        let mut creates =
            Run::<SyncCreates<R>, u64>::with_terms(copper.clone(), keyed(records), terms.clone())
                .with_stop(stop.clone());
        if let Some((journal, recovered)) = journal {
            creates = creates.with_journal(journal, recovered);
        }
        creates.plan = Some(plan(&sync));
        let stream = updates(
            copper.without_computed_values(),
            shared.clone(),
            sync.clone(),
            stop.clone(),
        );
        let updates = Run::<R::Update, u64>::new(copper.clone(), keyed(from_stream(stream)))
            .with_stop(stop.clone());
        Self {
            shared,
            count,
            next: 0,
            creates,
            created: BTreeMap::new(),
            creates_over: false,
            updates,
            updated: BTreeMap::new(),
            updates_over: false,
            terms,
            sync,
            stop,
            tally,
        }
    }

    /// Returns the next outcome, in the order of the input.
    pub(super) async fn next(&mut self) -> Option<Synced<R>> {
        if self.next >= self.count {
            return None;
        }
        let lane = lane(&self.shared.lock().comparison, &self.sync, self.next);
        while !self.is_ready(&lane) {
            poll_fn(|cx| self.poll_runs(&lane, cx)).await;
        }
        let (place, index) = (self.next, self.next as u64);
        self.next += 1;
        let (input, outcome, from_journal) = match lane {
            Lane::Decided(outcome) => (self.take(place)?, outcome, false),
            Lane::Create => {
                let settled = self.created.remove(&index)?;
                let withheld = match settled.from_journal {
                    true => None,
                    false => self.terms.withheld(&settled.input),
                };
                let outcome = create_outcome::<R>(settled.outcome, withheld);
                self.count(&outcome);
                (settled.input, outcome, settled.from_journal)
            }
            Lane::Update(id) => {
                let outcome = self.update_outcome(place, id);
                self.count(&outcome);
                (self.take(place)?, outcome, false)
            }
        };
        Some(Synced {
            index,
            input,
            outcome,
            from_journal,
        })
    }

    fn take(&self, place: usize) -> Option<R> {
        self.shared.lock().comparison.records.take(place)
    }

    fn count(&self, outcome: &SyncOutcome<R>) {
        self.tally.send_modify(|tally| tally.settled.count(outcome));
    }

    fn update_outcome(&mut self, place: usize, id: R::Id) -> SyncOutcome<R> {
        let reread = self.shared.lock().take_reread(place);
        match (reread, self.updated.remove(&(place as u64))) {
            (Some(Reread::Same), _) => SyncOutcome::Unchanged { id },
            (Some(Reread::Gone), _) => SyncOutcome::NotSent(NotSent::left(format!(
                "its {} was deleted, converted or given another key during the sync, or left what the sync reads; \
                 run it again",
                R::NOUN
            ))),
            (Some(Reread::Unreadable(field)), _) => {
                SyncOutcome::Rejected(cannot_compare::<R>(id, &field))
            }
            (Some(Reread::Late(error)), _) => SyncOutcome::NotSent(NotSent::failed(error)),
            (Some(Reread::Sent(changes)), Some(Outcome::Done(record))) => {
                SyncOutcome::Updated(Box::new(Updated {
                    record: *record,
                    changes,
                }))
            }
            (_, Some(Outcome::Rejected(why))) => SyncOutcome::Rejected(why),
            (_, Some(Outcome::NotSent(why))) => SyncOutcome::NotSent(why),
            (_, Some(Outcome::Unknown(why))) => SyncOutcome::Unknown(why),
            // The sync was stopped before the record was read again, or before its update was ready.
            (None, _) | (Some(Reread::Sent(_)), None) => {
                let by = self.stop.reason().unwrap_or(StoppedBy::Caller);
                SyncOutcome::NotSent(NotSent::stopped(by))
            }
        }
    }

    fn is_ready(&self, lane: &Lane<R>) -> bool {
        let index = self.next as u64;
        match lane {
            Lane::Decided(_) => true,
            Lane::Create => self.creates_over || self.created.contains_key(&index),
            Lane::Update(_) => {
                self.updates_over
                    || self.updated.contains_key(&index)
                    || self.shared.lock().is_settled(self.next)
            }
        }
    }

    /// Polls both runs. Ready when there is something new.
    fn poll_runs(&mut self, lane: &Lane<R>, cx: &mut Context<'_>) -> Poll<()> {
        let mut news = false;
        let wants_create = matches!(lane, Lane::Create);
        while !self.creates_over && (self.created.len() < MOST_EARLY || wants_create) {
            match self.creates.poll_next_unpin(cx) {
                Poll::Ready(Some(settled)) => {
                    news = true;
                    self.created.insert(settled.key, settled);
                }
                Poll::Ready(None) => (self.creates_over, news) = (true, true),
                Poll::Pending => break,
            }
        }
        let wants_update = matches!(lane, Lane::Update(_));
        while !self.updates_over && (self.updated.len() < MOST_EARLY || wants_update) {
            match self.updates.poll_next_unpin(cx) {
                Poll::Ready(Some(Settled { key, outcome, .. })) => {
                    news = true;
                    self.updated.insert(key, outcome);
                }
                Poll::Ready(None) => (self.updates_over, news) = (true, true),
                Poll::Pending => break,
            }
        }
        if news || self.is_ready(lane) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// The records to create, with their places. Creates that an earlier start began keep their order in the journal; new
/// ones come after them.
fn creates<R: SyncRecord>(
    shared: Shared<R>,
    sync: Sync<R>,
    count: usize,
    begun: Vec<usize>,
) -> impl Iterator<Item = (u64, R)> + Send {
    let of_begun = shared.clone();
    let begun = begun.into_iter().filter_map(move |place| {
        Some((
            place as u64,
            of_begun.lock().comparison.records.take(place)?,
        ))
    });
    let fresh = (0..count).filter_map(move |place| {
        let comparison = &mut shared.lock().comparison;
        match comparison.decide(place, sync.scope)? {
            Decision::Create => Some((place as u64, comparison.records.take(place)?)),
            _ => None,
        }
    });
    begun.chain(fresh)
}

/// The outcome of a create. `withheld` is the reason not to send it, if there is one. Copper may have refused it all the
/// same: one that is in doubt can be sent again.
fn create_outcome<R: SyncRecord>(
    outcome: Outcome<R::Found>,
    withheld: Option<&Withheld>,
) -> SyncOutcome<R> {
    let noun = R::NOUN;
    let left = |why: String| SyncOutcome::NotSent(NotSent::left(why));
    match outcome {
        Outcome::Done(record) => SyncOutcome::Created(record),
        Outcome::Rejected(why) => match withheld.filter(|_| why.raw().is_none()) {
            Some(Withheld::Taken) => left(format!(
                "an earlier start was going to create it, but others have created a {noun} with its key since then; \
                 run it again without the journal"
            )),
            Some(Withheld::OnlyUpdates) => left(format!(
                "an earlier start was going to create its {noun}, and only changes are wanted now"
            )),
            Some(Withheld::Invalid(_)) | None => SyncOutcome::Rejected(why),
        },
        Outcome::NotSent(why) => SyncOutcome::NotSent(why),
        Outcome::Unknown(why) => SyncOutcome::Unknown(why),
    }
}

fn cannot_compare<R: SyncRecord>(id: R::Id, field: &str) -> Rejection {
    let noun = R::NOUN;
    let why = format!("the field {field:?} of {noun} {id} can't be read, so not be compared");
    Rejection::unsent("", why)
}

/// The open work for the record at this place.
fn lane<R: SyncRecord>(comparison: &Comparison<R>, sync: &Sync<R>, place: usize) -> Lane<R> {
    let Some(decision) = comparison.decide(place, sync.scope) else {
        return Lane::Create;
    };
    let (key, noun) = (sync.key.key_field(), R::NOUN);
    let rejected = |why: String| SyncOutcome::Rejected(Rejection::unsent(key, why));
    Lane::Decided(match decision {
        Decision::Create => return Lane::Create,
        Decision::Update(id) => return Lane::Update(id),
        Decision::Unchanged(id) => SyncOutcome::Unchanged { id },
        Decision::Several(ids) => {
            let ids = ids.into_iter().map(Into::into).collect();
            SyncOutcome::Rejected(Rejection::several(key, R::plural(), ids))
        }
        Decision::Duplicate(_, other) => {
            SyncOutcome::Rejected(Rejection::same_key(key, None, other))
        }
        Decision::Shared(id, other) => {
            let found = Some(format!("{noun} {id}"));
            SyncOutcome::Rejected(Rejection::same_key(key, found, other))
        }
        Decision::Invalid(invalid) => SyncOutcome::Rejected(Rejection::checked(invalid)),
        Decision::NoKey => rejected(format!("it is missing, and the {noun} is matched by it")),
        Decision::NotFinite(field) => SyncOutcome::Rejected(Rejection::unsent(
            field,
            "it holds a number that is not finite".to_owned(),
        )),
        Decision::Unreadable(id, field) => SyncOutcome::Rejected(cannot_compare::<R>(id, &field)),
        Decision::OnlyCreates(_) => SyncOutcome::NotSent(NotSent::left(format!(
            "its {noun} is there and differs, and only new {} are wanted",
            R::plural()
        ))),
        Decision::OnlyUpdates => SyncOutcome::NotSent(NotSent::left(format!(
            "it has no {noun}, and only changes are wanted"
        ))),
    })
}
