//! The updates of a sync: each lead is read again just before it is sent, and what is sent is what differs
//! then. Copper has no conditional update, so the time between the two is the gap that remains.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::stream::{self, Stream};

use super::{
    FieldChange, Policies,
    key::{LeadKey, SyncKey},
    read::read_again,
};
use crate::{
    Copper,
    outcome::{StopHandle, StoppedBy},
    schema::search::LARGEST_PAGE,
    types::{Lead, LeadId, LeadUpdate, NewLead},
    value::Update,
};

/// A record whose lead is to be changed.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) index: u64,
    pub(super) id: LeadId,
    pub(super) record: NewLead,
}

/// The result of reading a record's lead again.
#[derive(Debug)]
pub(super) enum Reread {
    /// An update with these changes is in flight.
    Sent(Vec<FieldChange>),
    /// The lead agrees with the record by now.
    Same,
    /// The lead is not there any more, or has another key.
    Gone,
}

/// The records whose leads are to be changed: those that are to be read again, and those that were.
#[derive(Debug, Default)]
pub(super) struct Targets {
    waiting: VecDeque<Target>,
    reread: BTreeMap<u64, (Target, Reread)>,
}

/// The same, shared by the stream of updates and by whoever gives out their outcomes.
#[derive(Clone, Debug)]
pub(super) struct SharedTargets(Arc<Mutex<Targets>>);

impl SharedTargets {
    pub(super) fn new(targets: impl IntoIterator<Item = Target>) -> Self {
        let waiting = targets.into_iter().collect();
        let reread = BTreeMap::new();
        Self(Arc::new(Mutex::new(Targets { waiting, reread })))
    }

    fn lock(&self) -> MutexGuard<'_, Targets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of reading this record's lead again, once it is there.
    pub(super) fn take(&self, index: u64) -> Option<(Target, Reread)> {
        self.lock().reread.remove(&index)
    }

    /// True if this record's lead was read again, and no update is in flight.
    pub(super) fn is_settled(&self, index: u64) -> bool {
        let targets = self.lock();
        let reread = targets.reread.get(&index);
        reread.is_some_and(|(_, reread)| !matches!(reread, Reread::Sent(_)))
    }

    /// A record whose lead was not read again, when no more will be.
    pub(super) fn take_waiting(&self, index: u64) -> Option<Target> {
        let mut targets = self.lock();
        let at = targets
            .waiting
            .iter()
            .position(|target| target.index == index)?;
        targets.waiting.remove(at)
    }

    fn next_batch(&self) -> Vec<(LeadId, u64)> {
        let targets = self.lock();
        let page = usize::try_from(LARGEST_PAGE).unwrap_or(1);
        let batch = targets.waiting.iter().take(page);
        batch.map(|target| (target.id, target.index)).collect()
    }

    /// Compares the next records with their leads as they are now. Gives the updates to send.
    fn compare(
        &self,
        count: usize,
        leads: &[Lead],
        key: &SyncKey,
        policies: &Policies,
    ) -> VecDeque<Update<LeadId, LeadUpdate>> {
        let by_id: BTreeMap<LeadId, &Lead> = leads.iter().map(|lead| (lead.id, lead)).collect();
        let mut updates = VecDeque::new();
        let mut targets = self.lock();
        for _ in 0..count {
            let Some(target) = targets.waiting.pop_front() else {
                break;
            };
            let same_key = |lead: &&&Lead| {
                let wanted = key.of_record(&target.record);
                matches!((key.of_lead(lead), wanted), (LeadKey::Is(found), Some(wanted)) if found == wanted)
            };
            let reread = match by_id.get(&target.id).filter(same_key) {
                None => Reread::Gone,
                Some(lead) => {
                    let update = LeadUpdate::between(lead, &target.record, policies);
                    if update.changes_nothing() {
                        Reread::Same
                    } else {
                        let changes = update.changes(lead);
                        updates.push_back(Update::new(lead.id, update));
                        Reread::Sent(changes)
                    }
                }
            };
            targets.reread.insert(target.index, (target, reread));
        }
        updates
    }
}

/// The updates, as they are wanted. It ends when the sync is stopped; what was not read again is still
/// among the targets then.
pub(super) fn updates(
    copper: Copper,
    targets: SharedTargets,
    key: SyncKey,
    policies: Policies,
    stop: StopHandle,
) -> impl Stream<Item = Update<LeadId, LeadUpdate>> + Send {
    let ready = VecDeque::new();
    let state = (copper, targets, key, policies, stop, ready);
    stream::unfold(state, async move |mut state| {
        let (copper, targets, key, policies, stop, ready) = &mut state;
        loop {
            if let Some(update) = ready.pop_front() {
                return Some((update, state));
            }
            let batch = targets.next_batch();
            if batch.is_empty() || stop.reason().is_some() {
                return None;
            }
            let ids = batch.iter().map(|(id, _)| *id);
            match stop.unless_stopped(read_again(copper, ids)).await {
                Err(_) => return None,
                Ok(Err(error)) => {
                    stop.stop_by(StoppedBy::Error(Arc::new(error)));
                    return None;
                }
                Ok(Ok(leads)) => *ready = targets.compare(batch.len(), &leads, key, policies),
            }
        }
    })
}
