//! Sends what a sync has decided: creates and updates as two bulk runs side by side, under the same limits
//! and with one stop, and gives all outcomes in the order of the input.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    future::poll_fn,
    task::{Context, Poll},
};

use futures_util::stream::StreamExt;
use tokio::sync::watch;

use super::{
    Sync, SyncOutcome, SyncSummary, Synced, Updated,
    creates::{SyncCreates, Terms},
    matcher::plan,
    plan::{Comparison, Decision},
    progress::Tally,
    updates::{Reread, SharedTargets, Target, updates},
};
use crate::{
    Copper,
    journal::{Journal, RecoveredState},
    outcome::{NotSent, Outcome, Rejection, Settled, StopHandle, StoppedBy},
    run::{Run, from_stream},
    types::{BulkUpdateLeads, Lead, LeadId, LeadUpdate, NewLead},
};

/// Outcomes of one run that may wait for their turn before the run is no longer polled.
const MOST_EARLY: usize = 1_000;

const GONE: &str =
    "its lead was deleted, converted or given another key during the sync; run it again";
const TURNED_UP: &str = "an earlier start was going to create it, but others have created a lead with its key since then; run it again without the journal";
const ONLY_CREATES: &str = "its lead is there and differs, and only new leads are wanted";
const ONLY_UPDATES: &str = "it has no lead, and only changes are wanted";

/// The journal of a sync, and the records of the input that earlier starts were to create.
pub(super) struct Earlier {
    pub(super) journal: Journal,
    pub(super) recovered: RecoveredState,
    /// Their places in the input, in the order of the journal.
    pub(super) creates: Vec<usize>,
}

type Update = crate::value::Update<LeadId, LeadUpdate>;

/// The work that is left for a record.
enum Lane {
    /// It is among the creates.
    Create,
    /// It is among the updates.
    Update,
    /// It is decided.
    Decided(Box<(NewLead, SyncOutcome)>),
}

/// A sync that sends.
pub(super) struct Sending {
    lanes: std::vec::IntoIter<Lane>,
    current: Option<Lane>,
    next: u64,
    creates: Run<'static, SyncCreates>,
    /// The index in the input of each create, in the order in which they are sent.
    create_indexes: std::vec::IntoIter<u64>,
    created: BTreeMap<u64, Settled<NewLead, Lead>>,
    creates_over: bool,
    updates: Run<'static, BulkUpdateLeads>,
    targets: SharedTargets,
    /// The records whose updates were sent, by the lead.
    update_indexes: HashMap<LeadId, u64>,
    updated: BTreeMap<u64, Outcome<Lead>>,
    updates_over: bool,
    terms: HashSet<String>,
    sync: Sync,
    stop: StopHandle,
    tally: watch::Sender<Tally>,
}

impl Sending {
    pub(super) fn new(
        copper: &Copper,
        sync: Sync,
        comparison: Comparison,
        earlier: Option<Earlier>,
        stop: StopHandle,
        tally: watch::Sender<Tally>,
    ) -> Self {
        let decisions = comparison.decide(sync.scope);
        let (journal, begun) = match earlier {
            Some(earlier) => (Some((earlier.journal, earlier.recovered)), earlier.creates),
            None => (None, Vec::new()),
        };
        let of_earlier: HashSet<usize> = begun.iter().copied().collect();
        let mut taken = HashSet::new();
        let mut begun_records = HashMap::new();
        let mut fresh = Vec::new();
        let mut targets = Vec::new();
        let mut update_indexes = HashMap::new();
        let mut lanes = Vec::with_capacity(decisions.len());
        let mut counted = SyncSummary::default();
        let key_field = sync.key.key_field();
        for (place, (record, decision)) in comparison.records.into_iter().zip(decisions).enumerate()
        {
            let index = place as u64;
            if of_earlier.contains(&place) {
                if decision != Decision::Create {
                    taken.extend(sync.key.of_record(&record));
                }
                begun_records.insert(place, record);
                lanes.push(Lane::Create);
                continue;
            }
            let rejected = |why: String| SyncOutcome::Rejected(Rejection::unsent(key_field, why));
            let outcome = match decision {
                Decision::Create => {
                    fresh.push((index, record));
                    lanes.push(Lane::Create);
                    continue;
                }
                Decision::Update(id) => {
                    update_indexes.insert(id, index);
                    targets.push(Target { index, id, record });
                    lanes.push(Lane::Update);
                    continue;
                }
                Decision::Unchanged(id) => SyncOutcome::Unchanged { id },
                Decision::Several(ids) => {
                    let ids = ids.iter().map(|id| id.0).collect();
                    SyncOutcome::Rejected(Rejection::several(key_field, ids))
                }
                Decision::Duplicate(first) if first == index => {
                    rejected("another record of the input has it as well".to_owned())
                }
                Decision::Duplicate(first) => rejected(format!(
                    "record {first} of the input, counted from 0, has it as well"
                )),
                Decision::Invalid(invalid) => SyncOutcome::Rejected(Rejection::checked(invalid)),
                Decision::NoKey => {
                    rejected("it is missing, and the lead is matched by it".to_owned())
                }
                Decision::NotFinite(field) => SyncOutcome::Rejected(Rejection::unsent(
                    field,
                    "it holds a number that is not finite".to_owned(),
                )),
                Decision::Unreadable(id, field) => {
                    let why = format!(
                        "the field {field:?} of lead {id} can't be read, so not be compared"
                    );
                    SyncOutcome::Rejected(Rejection::unsent("", why))
                }
                Decision::OnlyCreates(_) => SyncOutcome::NotSent(NotSent::left(ONLY_CREATES)),
                Decision::OnlyUpdates => SyncOutcome::NotSent(NotSent::left(ONLY_UPDATES)),
            };
            counted.count(&outcome);
            lanes.push(Lane::Decided(Box::new((record, outcome))));
        }
        tally.send_modify(|tally| tally.settled = counted);

        // What an earlier start has begun keeps its place in the journal; what is new comes after it.
        let begun = begun.into_iter().filter_map(|place| {
            let record = begun_records.remove(&place)?;
            Some((place as u64, record))
        });
        let (create_indexes, creates): (Vec<u64>, Vec<NewLead>) = begun.chain(fresh).unzip();
        let terms = Terms {
            key: sync.key.clone(),
            taken: taken.clone(),
        };
        let mut creates =
            Run::<SyncCreates>::with_terms(copper.clone(), creates, terms).with_stop(stop.clone());
        if let Some((journal, recovered)) = journal {
            creates = creates.with_journal(journal, recovered);
        }
        creates.plan = Some(plan(&sync));

        let targets = SharedTargets::new(targets);
        let stream = updates(
            copper.without_computed_values(),
            targets.clone(),
            sync.key.clone(),
            sync.policies.clone(),
            stop.clone(),
        );
        let updates = Run::<BulkUpdateLeads>::new(copper.clone(), from_stream(stream))
            .with_stop(stop.clone());
        Self {
            lanes: lanes.into_iter(),
            current: None,
            next: 0,
            creates,
            create_indexes: create_indexes.into_iter(),
            created: BTreeMap::new(),
            creates_over: false,
            updates,
            targets,
            update_indexes,
            updated: BTreeMap::new(),
            updates_over: false,
            terms: taken,
            sync,
            stop,
            tally,
        }
    }

    /// The next outcome, in the order of the input.
    pub(super) async fn next(&mut self) -> Option<Synced> {
        if self.current.is_none() {
            self.current = self.lanes.next();
        }
        self.current.as_ref()?;
        while !self.is_ready() {
            poll_fn(|cx| self.poll_runs(cx)).await;
        }
        let index = self.next;
        self.next += 1;
        let (input, outcome, from_journal) = match self.current.take()? {
            Lane::Decided(decided) => {
                let (input, outcome) = *decided;
                (input, outcome, false)
            }
            Lane::Create => {
                let settled = self.created.remove(&index)?;
                let from_journal = settled.from_journal;
                let outcome = self.create_outcome(&settled.input, settled.outcome);
                self.count(&outcome);
                (settled.input, outcome, from_journal)
            }
            Lane::Update => {
                let (target, outcome) = self.update_outcome(index)?;
                self.count(&outcome);
                (target.record, outcome, false)
            }
        };
        Some(Synced {
            index,
            input,
            outcome,
            from_journal,
        })
    }

    fn count(&self, outcome: &SyncOutcome) {
        self.tally.send_modify(|tally| tally.settled.count(outcome));
    }

    fn create_outcome(&self, input: &NewLead, outcome: Outcome<Lead>) -> SyncOutcome {
        match outcome {
            Outcome::Done(lead) => SyncOutcome::Created(lead),
            Outcome::Rejected(why) => {
                let key = self.sync.key.of_record(input);
                if key.is_some_and(|key| self.terms.contains(&key)) && why.raw().is_none() {
                    SyncOutcome::NotSent(NotSent::left(TURNED_UP))
                } else {
                    SyncOutcome::Rejected(why)
                }
            }
            Outcome::NotSent(why) => SyncOutcome::NotSent(why),
            Outcome::Unknown(why) => SyncOutcome::Unknown(why),
        }
    }

    fn update_outcome(&mut self, index: u64) -> Option<(Target, SyncOutcome)> {
        let Some((target, reread)) = self.targets.take(index) else {
            let by = self.stop.reason().unwrap_or(StoppedBy::Caller);
            let target = self.targets.take_waiting(index)?;
            return Some((target, SyncOutcome::NotSent(NotSent::stopped(by))));
        };
        let outcome = match reread {
            Reread::Same => SyncOutcome::Unchanged { id: target.id },
            Reread::Gone => SyncOutcome::NotSent(NotSent::left(GONE)),
            Reread::Sent(changes) => match self.updated.remove(&index) {
                Some(Outcome::Done(lead)) => SyncOutcome::Updated(Box::new(Updated {
                    lead: *lead,
                    changes,
                })),
                Some(Outcome::Rejected(why)) => SyncOutcome::Rejected(why),
                Some(Outcome::NotSent(why)) => SyncOutcome::NotSent(why),
                Some(Outcome::Unknown(why)) => SyncOutcome::Unknown(why),
                // It was ready to be sent when the sync was stopped.
                None => {
                    let by = self.stop.reason().unwrap_or(StoppedBy::Caller);
                    SyncOutcome::NotSent(NotSent::stopped(by))
                }
            },
        };
        Some((target, outcome))
    }

    fn is_ready(&self) -> bool {
        match &self.current {
            None | Some(Lane::Decided(_)) => true,
            Some(Lane::Create) => self.creates_over || self.created.contains_key(&self.next),
            Some(Lane::Update) => {
                self.updates_over
                    || self.updated.contains_key(&self.next)
                    || self.targets.is_settled(self.next)
            }
        }
    }

    /// Lets both runs get on. Ready when there is something new.
    fn poll_runs(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut news = false;
        let wants_create = matches!(self.current, Some(Lane::Create));
        while !self.creates_over && (self.created.len() < MOST_EARLY || wants_create) {
            match self.creates.poll_next_unpin(cx) {
                Poll::Ready(Some(settled)) => {
                    news = true;
                    if let Some(index) = self.create_indexes.next() {
                        self.created.insert(index, settled);
                    }
                }
                Poll::Ready(None) => (self.creates_over, news) = (true, true),
                Poll::Pending => break,
            }
        }
        let wants_update = matches!(self.current, Some(Lane::Update));
        while !self.updates_over && (self.updated.len() < MOST_EARLY || wants_update) {
            match self.updates.poll_next_unpin(cx) {
                Poll::Ready(Some(Settled { input, outcome, .. })) => {
                    news = true;
                    let Update { id, .. } = input;
                    if let Some(index) = self.update_indexes.get(&id) {
                        self.updated.insert(*index, outcome);
                    }
                }
                Poll::Ready(None) => (self.updates_over, news) = (true, true),
                Poll::Pending => break,
            }
        }
        if news || self.is_ready() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}
