//! The updates of a sync. Each record is read again just before its update, and only fields that differ then are sent.
//! Copper has no conditional update, so a change by others between the two may be overwritten.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::stream::{self, Stream};

use super::{
    FieldChange, Sync, SyncRecord,
    comparison::{Comparison, Difference},
    decision::Decision,
    read::read_again,
};
use crate::{
    Copper, Error,
    outcome::{StopHandle, StoppedBy},
    schema::search::LARGEST_PAGE,
    value::Update,
};

/// The result of reading a record again before its update.
#[derive(Debug)]
pub(super) enum Reread {
    /// An update with these changes was handed to the run.
    Sent(Vec<FieldChange>),
    /// The record in Copper agrees by now.
    Same,
    /// The record in Copper is gone, has another key, or is not found by the search of the sync any more.
    Gone,
    /// A field of the record in Copper can't be read any more, so it can't be compared.
    Unreadable(String),
    /// The record could not be read before its deadline.
    Late(Arc<Error>),
}

/// The shared state of a sync that sends.
#[derive(Debug)]
pub(super) struct Work<R: SyncRecord> {
    pub(super) comparison: Comparison<R>,
    reread: BTreeMap<usize, Reread>,
    /// The place of the first record that is not read again yet.
    next: usize,
}

/// The same state. The streams of creates and updates and the stream of outcomes share it.
#[derive(Clone, Debug)]
pub(super) struct Shared<R: SyncRecord>(Arc<Mutex<Work<R>>>);

/// An update, with the place of its record in the input.
type Placed<R> = (
    u64,
    Update<<R as SyncRecord>::Id, <R as SyncRecord>::Changes>,
);

impl<R: SyncRecord> Shared<R> {
    pub(super) fn new(comparison: Comparison<R>) -> Self {
        Self(Arc::new(Mutex::new(Work {
            comparison,
            reread: BTreeMap::new(),
            next: 0,
        })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Work<R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: SyncRecord> Work<R> {
    /// Takes the result of reading this record again, once there is one.
    pub(super) fn take_reread(&mut self, place: usize) -> Option<Reread> {
        self.reread.remove(&place)
    }

    /// True if this record was read again, and needs no update.
    pub(super) fn is_settled(&self, place: usize) -> bool {
        let reread = self.reread.get(&place);
        reread.is_some_and(|reread| !matches!(reread, Reread::Sent(_)))
    }

    /// The next records to read again, at most as many as fit on a page.
    fn next_batch(&mut self, sync: &Sync<R>) -> Vec<(usize, R::Id)> {
        let page = usize::try_from(LARGEST_PAGE).unwrap_or(1);
        let mut batch = Vec::new();
        while batch.len() < page && self.next < self.comparison.records.count() {
            if let Some(Decision::Update(id)) = self.comparison.decide(self.next, sync.scope) {
                batch.push((self.next, id));
            }
            self.next += 1;
        }
        batch
    }

    /// Compares records with their current state in Copper. Returns the updates to send.
    fn compare(
        &mut self,
        batch: &[(usize, R::Id)],
        found: &[R::Found],
        sync: &Sync<R>,
    ) -> VecDeque<Placed<R>> {
        let by_id = found.iter().map(|found| (R::id_of(found), found));
        let by_id: BTreeMap<R::Id, &R::Found> = by_id.collect();
        let mut updates = VecDeque::new();
        for (place, id) in batch {
            let Some(record) = self.comparison.records.get(*place) else {
                continue;
            };
            let same_key = |found: &&R::Found| {
                let keys = sync.key.of_found(found);
                keys.shares_one(&sync.key.of_record(record))
            };
            let found = by_id.get(id).copied().filter(same_key);
            let difference = found.and_then(|found| {
                let difference = self.comparison.difference(*place, found)?;
                Some((found, difference))
            });
            let reread = match difference {
                None => Reread::Gone,
                Some((_, Difference::Unreadable(field))) => Reread::Unreadable(field),
                Some((_, Difference::Nothing)) => Reread::Same,
                Some((found, Difference::Changes(changes))) => {
                    let told = R::changes(&changes, found);
                    updates.push_back((*place as u64, Update::new(*id, changes)));
                    Reread::Sent(told)
                }
            };
            self.reread.insert(*place, reread);
        }
        updates
    }

    fn come_late(&mut self, batch: Vec<(usize, R::Id)>, error: &Arc<Error>) {
        let late = batch.into_iter();
        self.reread
            .extend(late.map(|(place, _)| (place, Reread::Late(Arc::clone(error)))));
    }
}

/// The updates, made when they are needed. The stream ends when the sync is stopped; the outcomes of records that were
/// not read again are still to be returned then.
pub(super) fn updates<R: SyncRecord>(
    copper: Copper,
    shared: Shared<R>,
    sync: Sync<R>,
    stop: StopHandle,
) -> impl Stream<Item = Placed<R>> + Send {
    let ready: VecDeque<Placed<R>> = VecDeque::new();
    let state = (copper, shared, sync, stop, ready);
    stream::unfold(state, async move |mut state| {
        let (copper, shared, sync, stop, ready) = &mut state;
        loop {
            if let Some(update) = ready.pop_front() {
                return Some((update, state));
            }
            let batch = shared.lock().next_batch(sync);
            if batch.is_empty() || stop.reason().is_some() {
                return None;
            }
            let ids: Vec<R::Id> = batch.iter().map(|(_, id)| *id).collect();
            match stop
                .unless_stopped(read_again::<R>(copper, &sync.within, ids))
                .await
            {
                Err(_) => return None,
                // A deadline belongs to its records, and does not end the run.
                Ok(Err(error)) if error.is_timeout() && copper.deadline().is_some() => {
                    shared.lock().come_late(batch, &Arc::new(error));
                }
                Ok(Err(error)) => {
                    stop.stop_by(StoppedBy::Error(Arc::new(error)));
                    return None;
                }
                Ok(Ok(found)) => *ready = shared.lock().compare(&batch, &found, sync),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        NewLead,
        types::{Lead, LeadId},
    };

    #[test]
    fn only_what_can_be_compared_and_still_differs_is_sent() {
        let names = ["gone", "other", "same", "odd", "differs"];
        let record = |name: &str| NewLead::named(name).email(name).title("Clerk");
        let sync: Sync = Sync::by_email();
        let records = names.map(record).into_iter().collect();
        let none = |_, _: &NewLead| Ok(());
        let comparison = Comparison::new(records, sync.key.clone(), sync.policies.clone(), none);
        let shared = Shared::new(comparison);
        let lead = |id: i64, email: &str, title: Value| -> Lead {
            let email = json!({"email": email});
            let lead = json!({"id": id, "name": email["email"], "email": email, "title": title});
            serde_json::from_value(lead).expect("a lead")
        };
        let mut odd = lead(3, "odd", json!("Clerk"));
        odd.extra.insert("tags".to_owned(), json!(7));
        let found = [
            lead(1, "another", json!(null)),
            lead(2, "same", json!("Clerk")),
            odd,
            lead(4, "differs", json!("Manager")),
        ];
        let batch: Vec<_> = (0..5).zip((0..5).map(LeadId)).collect();
        let mut work = shared.lock();
        let sent: Vec<_> = work.compare(&batch, &found, &sync).into();
        let sent: Vec<_> = sent.iter().map(|(place, _)| *place).collect();
        assert_eq!(sent, [4]);
        let mut reread = |place| work.take_reread(place).expect("it was read again");
        assert!(matches!(reread(0), Reread::Gone));
        assert!(matches!(reread(1), Reread::Gone));
        assert!(matches!(reread(2), Reread::Same));
        assert!(matches!(reread(3), Reread::Unreadable(field) if field == "tags"));
        assert!(matches!(reread(4), Reread::Sent(changes) if changes.len() == 1));
    }
}
