//! Looks up the records of a chunk that are in doubt, until each is settled or the time is up. Results are in
//! the journal before anybody is told. The meaning of a search and the time of the next one are pure
//! functions.

use std::sync::Arc;

use tokio::time::{Instant, sleep_until};

use super::{
    Bounds, Reconciler,
    decision::{Finding, Likeness, decide, is_far, is_of_its_time, may_pass},
    lookup_state::LookupState,
    schedule::Schedule,
};
use crate::{
    Copper, Error,
    circuit_breaker::CircuitBreaker,
    client::ClockOffset,
    item::Record,
    journal::{Entry, Journal, JournalError, MatchKey, MatchKind},
    outcome::{LookupReport, NotSent, Outcome, Settled, UnresolvedReason},
    types::Timestamp,
};

/// The most times that an absent record is sent again.
const MOST_AGAIN: u32 = 3;

/// The match keys of consecutive records, for the journal.
type Keys = (MatchKind, Vec<Option<MatchKey>>);

/// The lookup of a chunk's records. A chunk knows reconciliation only by this type.
pub(crate) struct Lookup<I, T> {
    reconciler: Arc<Reconciler<I, T>>,
    /// The index of the first record.
    first: u64,
    states: Vec<LookupState>,
}

/// The result of one search: for each record that was searched for, its place, the finding, and the record
/// that was found.
type Findings<T> = Vec<(usize, Finding, Option<T>)>;

impl<I, T> Lookup<I, T> {
    /// Adds the keys of a chunk's records to the index, if they are to be sent or may have been sent.
    pub(crate) fn new(
        reconciler: &Arc<Reconciler<I, T>>,
        first: u64,
        records: &[I],
        entry: Option<&Entry>,
        is_sent: impl Fn(u64, &I) -> bool,
    ) -> Self {
        let Reconciler { plan, salt, .. } = &**reconciler;
        let key = |(index, record)| {
            let key = plan.by.key(salt, record);
            key.filter(|_| is_sent(index, record))
        };
        let records = (first..).zip(records);
        let states: Vec<_> = records.map(key).map(LookupState::new).collect();
        let mut index = reconciler.index();
        for (at, state) in (first..).zip(&states) {
            state.key.iter().for_each(|key| index.enter(at, *key));
        }
        if entry.is_some_and(|entry| plan.is_unread(entry)) {
            index.part_is_read();
        }
        drop(index);
        Self {
            reconciler: Arc::clone(reconciler),
            first,
            states,
        }
    }

    /// Adds what earlier starts have sent. Returns the keys of all these records, if earlier starts did not
    /// write them and they are to be written.
    pub(crate) fn recovered(&mut self, entry: &Entry) -> Option<Keys> {
        let kind = self.reconciler.plan.by.kind();
        for request in &entry.requests {
            let count = usize::try_from(request.count).unwrap_or(usize::MAX);
            for (index, state) in (request.first..).zip(self.part(request.first, count)) {
                state.sent = Some(request.sent);
                state.is_marked = state.key.is_some() && entry.key(index, kind) == Some(state.key);
            }
        }
        let is_unread = self.reconciler.plan.is_unread(entry);
        is_unread.then(|| (kind, self.states.iter().map(|state| state.key).collect()))
    }

    /// Notes that a request with these records is about to be sent. Returns their keys, to be written.
    pub(crate) fn sending(&mut self, first: u64, count: usize, at: Timestamp) -> Keys {
        let kind = self.reconciler.plan.by.kind();
        let part = self.part(first, count);
        for state in part.iter_mut() {
            state.sent = Some(at);
            state.is_marked = true;
        }
        (kind, part.iter().map(|state| state.key).collect())
    }

    /// The records with their marks, as they are sent. None if they are sent without marks.
    pub(crate) fn marked(&self, records: &[I]) -> Option<Vec<I>> {
        let by = &self.reconciler.plan.by;
        records.iter().map(|record| by.marked(record)).collect()
    }

    fn part(&mut self, first: u64, count: usize) -> &mut [LookupState] {
        let from = usize::try_from(first.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let rest = self.states.get_mut(from..).unwrap_or_default();
        let count = count.min(rest.len());
        rest.get_mut(..count).unwrap_or_default()
    }
}

impl<I, T: Record> Lookup<I, T> {
    /// Looks up the settled records that are in doubt, within these bounds. Returns the places of those that are
    /// absent and to be sent again.
    ///
    /// # Errors
    /// When the findings can't be written to the journal. The records then stay in doubt.
    pub(crate) async fn resolve(
        &mut self,
        copper: &Copper,
        breaker: &CircuitBreaker,
        bounds: Bounds<'_>,
        journal: Option<&Journal>,
        settled: &mut [Settled<I, T>],
    ) -> Result<Vec<usize>, JournalError> {
        let mut open = Vec::new();
        for (place, settled) in settled.iter_mut().enumerate() {
            // Records that were sent again with it change nothing for one that was looked up before.
            let Outcome::Unknown(unknown) = &mut settled.outcome else {
                continue;
            };
            if unknown.was_looked_up() {
                continue;
            }
            let needs_mark = self.reconciler.plan.by.needs_mark();
            let obstacle = || self.states.get(place)?.obstacle(needs_mark);
            match bounds.reached().or_else(obstacle) {
                Some(why) => unknown.looked_up(LookupReport { until: None, why }),
                None => open.push(place),
            }
        }
        if open.is_empty() {
            return Ok(open);
        }
        let plan = &self.reconciler.plan;
        let is_earlier = |place: &usize| settled.get(*place).is_some_and(|it| it.from_journal);
        let since = match open.iter().all(is_earlier) {
            true => self.reconciler.began,
            false => Instant::now(),
        };
        let schedule = Schedule::new(since, plan.absent_after);
        let (mut searches, mut failures, mut until) = (0, 0, None);
        let mut again = Vec::new();
        while !open.is_empty() {
            let (began, time) = (Instant::now(), Timestamp::now());
            let search = self.search(copper, breaker, settled, &open);
            let next = match bounds.within(search).await {
                Err(reached) => {
                    leave(settled, &open, until, || reached.clone());
                    break;
                }
                Ok(Err((error, may_pass))) => {
                    failures += 1;
                    let next = schedule.next_attempt(failures, Instant::now());
                    let next = next.filter(|_| may_pass);
                    if next.is_none() {
                        let failed = || UnresolvedReason::Failed(Arc::clone(&error));
                        leave(settled, &open, until, failed);
                        break;
                    }
                    next
                }
                Ok(Ok(findings)) => {
                    (searches, failures, until) = (searches + 1, 0, Some(time));
                    let next = schedule.next(searches, began, Instant::now());
                    let tells_absence = schedule.tells_absence(began);
                    let absent = |finding| tells_absence && finding == Finding::NotThere;
                    write(journal, self.first, &findings, absent)
                        .await
                        .inspect_err(|_| {
                            let stopped = || UnresolvedReason::Stopped;
                            leave(settled, &open, until, stopped);
                        })?;
                    open.clear();
                    for (place, finding, found) in findings {
                        let outcome = match found {
                            Some(record) => Outcome::Done(Box::new(record)),
                            None if absent(finding) => Outcome::NotSent(NotSent::absent(time)),
                            None if next.is_none() || finding.is_final() => {
                                leave(settled, &[place], until, || finding.into());
                                continue;
                            }
                            None => {
                                open.push(place);
                                continue;
                            }
                        };
                        let is_absent = matches!(outcome, Outcome::NotSent(_));
                        if let Some(settled) = settled.get_mut(place) {
                            settled.outcome = outcome;
                            settled.from_journal = false;
                        }
                        let state = self.states.get_mut(place);
                        let state = state.filter(|state| state.sent_again < MOST_AGAIN);
                        if let (true, true, Some(state)) = (is_absent, plan.send_again, state) {
                            state.sent_again += 1;
                            again.push(place);
                        }
                    }
                    next
                }
            };
            if let (Some(next), false) = (next, open.is_empty())
                && let Err(reached) = bounds.within(sleep_until(next)).await
            {
                leave(settled, &open, until, || reached.clone());
                break;
            }
        }
        Ok(again)
    }

    /// Searches once, when the circuit is closed. An error says whether it may pass.
    async fn search(
        &self,
        copper: &Copper,
        breaker: &CircuitBreaker,
        settled: &[Settled<I, T>],
        open: &[usize],
    ) -> Result<Findings<T>, (Arc<Error>, bool)> {
        let Reconciler { plan, salt, .. } = &*self.reconciler;
        // The bounds hold for all searches together.
        let copper = copper.without_computed_values().without_deadline();
        // The longest wait for the end of an outage is over.
        let closed = breaker.closed(&copper).await;
        closed.map_err(|error| (error, false))?;
        let wanted: Vec<_> = open
            .iter()
            .filter_map(|place| {
                let state = self.states.get(*place)?;
                let settled = settled.get(*place)?;
                Some((*place, &settled.input, state.key?, state.sent?))
            })
            .collect();
        let mut offset = copper.clock_offset();
        let found = loop {
            let by_copper = |sent| by_coppers_clock(sent, offset).0;
            let records = wanted.iter().map(|(_, i, _, sent)| (*i, by_copper(*sent)));
            let records: Vec<_> = records.collect();
            let found = plan.by.find(&copper, &records).await.map_err(|error| {
                let may_pass = may_pass(error.event());
                (Arc::new(error), may_pass)
            })?;
            let before = std::mem::replace(&mut offset, copper.clock_offset());
            // The very first answer may show that the search covered the wrong time.
            if before != ClockOffset::Unknown || !is_far(offset) {
                break found;
            }
        };
        if offset == ClockOffset::Disagree {
            let unclear = |(place, ..): (usize, _, _, _)| (place, Finding::ClocksDisagree, None);
            return Ok(wanted.into_iter().map(unclear).collect());
        }
        let Some(found) = found else {
            let too_many = |(place, ..): (usize, _, _, _)| (place, Finding::Alike, None);
            return Ok(wanted.into_iter().map(too_many).collect());
        };
        let mut found: Vec<_> = found.into_iter().map(Some).collect();
        let mut findings = Vec::with_capacity(wanted.len());
        // Only now, because the index must contain every key that was sent when the record was found.
        let index = self.reconciler.index();
        for (place, input, key, sent) in wanted {
            let likenesses = found.iter().map(|found| {
                let Some(found) = found else {
                    // Its key belongs to another record; this one has none.
                    return (Likeness::Other, false);
                };
                let is_another = || {
                    let other = plan.by.key_of_found(salt, found);
                    other.is_some_and(|other| other != key && index.holds(other))
                };
                let likeness = match plan.by.likeness(input, found) {
                    // Its key is the same as that of another record of the input.
                    Likeness::Unclear if is_another() => Likeness::Other,
                    likeness => likeness,
                };
                (
                    likeness,
                    is_of_its_time(plan.by.created(found), by_coppers_clock(sent, offset)),
                )
            });
            let finding = decide(likenesses, index.uniqueness(key));
            let record = match finding {
                Finding::Found(at) => found.get_mut(at).and_then(Option::take),
                _ => None,
            };
            findings.push((place, finding, record));
        }
        Ok(findings)
    }
}

/// The earliest and the latest time by Copper's clock for this time by ours.
fn by_coppers_clock(ours: Timestamp, offset: ClockOffset) -> (Timestamp, Timestamp) {
    let (least, most) = match offset {
        ClockOffset::Between(least, most) => (least, most),
        ClockOffset::Unknown | ClockOffset::Disagree => (0, 0),
    };
    let shifted = |by: i64| Timestamp(ours.0.saturating_add(by));
    (shifted(least), shifted(most))
}

/// Writes what a search has settled, if anything.
async fn write<T: Record>(
    journal: Option<&Journal>,
    first: u64,
    findings: &Findings<T>,
    is_absent: impl Fn(Finding) -> bool,
) -> Result<(), JournalError> {
    let Some(journal) = journal else {
        return Ok(());
    };
    let index = |place: usize| first.saturating_add(place as u64);
    let (mut found, mut absent) = (Vec::new(), Vec::new());
    for (place, finding, record) in findings {
        match record {
            Some(record) => found.push((index(*place), record.id())),
            None if is_absent(*finding) => absent.push(index(*place)),
            None => {}
        }
    }
    if found.is_empty() && absent.is_empty() {
        return Ok(());
    }
    journal.looked_up(&found, &absent).await
}

/// Leaves the records at these places in doubt.
fn leave<I, T>(
    settled: &mut [Settled<I, T>],
    places: &[usize],
    until: Option<Timestamp>,
    why: impl Fn() -> UnresolvedReason,
) {
    for place in places {
        if let Some(Settled {
            outcome: Outcome::Unknown(unknown),
            ..
        }) = settled.get_mut(*place)
        {
            unknown.looked_up(LookupReport { until, why: why() });
        }
    }
}
