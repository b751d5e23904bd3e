//! What a chunk keeps in mind of its records to look for them: what each is recognised by, and when and how
//! it was sent.

use std::sync::Arc;

use super::Reconciler;
use crate::{
    journal::{Entry, MatchKey, MatchKind, Request},
    types::Timestamp,
};

/// What is known of the records of a chunk, to look for them.
pub(crate) struct LookupState<I, T> {
    pub(super) by: Arc<Reconciler<I, T>>,
    /// The index of the first.
    first: u64,
    pub(super) traces: Vec<RecordLookup>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct RecordLookup {
    pub(super) key: Option<MatchKey>,
    /// When it was sent last, if that is known.
    pub(super) sent: Option<Timestamp>,
    /// Whether it was sent with its mark.
    pub(super) marked: bool,
    /// How often it was sent again because it was absent.
    pub(super) again: u32,
}

impl<I, T> LookupState<I, T> {
    /// Takes the keys of a chunk's records into the register, if they are to be sent or may have been.
    pub(crate) fn new(
        by: &Arc<Reconciler<I, T>>,
        first: u64,
        records: &[I],
        entry: Option<&Entry>,
        is_sent: impl Fn(&I) -> bool,
    ) -> Self {
        let key = |record| by.plan.by.key(&by.salt, record).filter(|_| is_sent(record));
        let keys: Vec<_> = records.iter().map(key).collect();
        let mut register = by.register();
        for (index, key) in (first..).zip(&keys) {
            key.iter().for_each(|key| register.enter(index, *key));
        }
        if entry.is_some_and(|entry| by.plan.is_unread(entry)) {
            register.part_is_read();
        }
        drop(register);
        let trace = |key| RecordLookup {
            key,
            ..RecordLookup::default()
        };
        Self {
            by: Arc::clone(by),
            first,
            traces: keys.into_iter().map(trace).collect(),
        }
    }

    fn part(&mut self, first: u64, count: usize) -> &mut [RecordLookup] {
        let from = usize::try_from(first.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let rest = self.traces.get_mut(from..).unwrap_or_default();
        let count = count.min(rest.len());
        rest.get_mut(..count).unwrap_or_default()
    }

    /// The records as they are sent. None if that is as they are.
    pub(crate) fn marked(&self, records: &[I]) -> Option<Vec<I>> {
        records.iter().map(|r| self.by.plan.by.marked(r)).collect()
    }

    /// A request with these records is about to be sent. Gives what is written down of them.
    pub(crate) fn sending(
        &mut self,
        first: u64,
        count: usize,
        at: Timestamp,
    ) -> (MatchKind, Vec<Option<MatchKey>>) {
        let way = self.by.plan.by.way();
        let part = self.part(first, count);
        for trace in part.iter_mut() {
            trace.sent = Some(at);
            trace.marked = true;
        }
        (way, part.iter().map(|trace| trace.key).collect())
    }

    /// An earlier start has sent this request of the entry.
    pub(crate) fn was_sent(&mut self, entry: &Entry, request: Request) {
        let way = self.by.plan.by.way();
        let count = usize::try_from(request.count).unwrap_or(usize::MAX);
        for (index, trace) in (request.first..).zip(self.part(request.first, count)) {
            trace.sent = request.sent;
            trace.marked = trace.key.is_some() && entry.key(index, way) == Some(trace.key);
        }
    }

    /// The keys of all records, if they are to be written down because earlier starts did not.
    pub(crate) fn unwritten(&self, entry: &Entry) -> Option<(MatchKind, Vec<Option<MatchKey>>)> {
        let keys = || self.traces.iter().map(|trace| trace.key).collect();
        let unread = self.by.plan.is_unread(entry);
        unread.then(|| (self.by.plan.by.way(), keys()))
    }
}
