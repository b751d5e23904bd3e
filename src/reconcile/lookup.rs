//! Looks for a chunk's records in doubt, writes down what is settled, and puts what is to be sent again
//! back into the chunk's queue.

use std::sync::Arc;

use tokio::time::{Instant, sleep_until};

use super::{
    LookupState,
    decision::{Finding, Likeness, decide, is_of_its_time, may_pass},
    schedule::Schedule,
};
use crate::{
    Error,
    chunk::{Chunk, Piece},
    endpoint::Endpoint,
    item::Record,
    outcome::{LookupReport, NotSent, Outcome, Settled, UnresolvedReason},
    types::Timestamp,
};

/// How often a record is sent again that was absent.
const MOST_AGAIN: u32 = 3;

/// One look, by what it said of each record that it was for.
struct Seen<T> {
    /// The places of the records among the settled ones, with what was found.
    findings: Vec<(usize, Finding)>,
    found: Vec<Option<T>>,
}

impl<E: Endpoint> Chunk<E> {
    /// Looks for the records that are in doubt. True if some of them are to be sent again.
    pub(crate) async fn reconcile(&mut self) -> bool {
        let Some(traces) = self.traces.take() else {
            return false;
        };
        let in_doubt = |settled: &Settled<_, _>| match &settled.outcome {
            // What was sent again beside it brings no news of it.
            Outcome::Unknown(unknown) => !unknown.was_left(),
            _ => false,
        };
        let places = 0..self.settled().len();
        let places = places.filter(|place| self.settled().get(*place).is_some_and(in_doubt));
        let places: Vec<_> = places.collect();
        let mut again = Vec::new();
        let open = match self.context.stop.reason() {
            None => self.set_apart(&traces, places),
            // Nor can it be told then by what they would be found.
            Some(_) => {
                self.leave_all(&places, None, || UnresolvedReason::Stopped);
                Vec::new()
            }
        };
        if !open.is_empty() {
            again = self.look_for(&traces, open).await;
        }
        self.traces = Some(traces);
        self.lay_out_again(&again);
        !again.is_empty()
    }

    /// Leaves those of the records in doubt as they are that can't be looked for.
    fn set_apart(
        &mut self,
        traces: &LookupState<E::Input, E::Output>,
        places: Vec<usize>,
    ) -> Vec<usize> {
        let needs_mark = traces.by.plan.by.needs_mark();
        let mut open = Vec::new();
        for place in places {
            let why = match traces.traces.get(place) {
                Some(trace) if trace.key.is_none() => UnresolvedReason::NoKey,
                Some(trace) if needs_mark && !trace.marked => UnresolvedReason::NotMarked,
                Some(trace) if trace.sent.is_none() => UnresolvedReason::NotTimed,
                _ => {
                    open.push(place);
                    continue;
                }
            };
            self.leave(place, LookupReport { until: None, why });
        }
        open
    }

    /// Looks for these records until each is settled or it is too late. Gives those that are to be sent
    /// again.
    async fn look_for(
        &mut self,
        traces: &LookupState<E::Input, E::Output>,
        mut open: Vec<usize>,
    ) -> Vec<usize> {
        let plan = &traces.by.plan;
        let earlier = |place: &usize| self.settled().get(*place).is_some_and(|s| s.from_journal);
        let since = match open.iter().all(earlier) {
            true => traces.by.began,
            false => Instant::now(),
        };
        let schedule = Schedule::new(since, plan.absent_after);
        let (mut looks, mut failures, mut until) = (0, 0, None);
        let mut again = Vec::new();
        loop {
            let (began, time) = (Instant::now(), Timestamp::now());
            let next = match self.unless_stopped(self.look(traces, &open)).await {
                Err(_) => {
                    self.leave_all(&open, until, || UnresolvedReason::Stopped);
                    return again;
                }
                Ok(Err((error, may_pass))) => {
                    failures += 1;
                    let next = schedule.next_try(failures, Instant::now());
                    let next = next.filter(|_| may_pass);
                    if next.is_none() {
                        self.leave_all(&open, until, || {
                            UnresolvedReason::Failed(Arc::clone(&error))
                        });
                        return again;
                    }
                    next
                }
                Ok(Ok(seen)) => {
                    (looks, failures, until) = (looks + 1, 0, Some(time));
                    let absent = schedule.tells_absence(began);
                    let next = schedule.next(looks, began, Instant::now());
                    let left = self.conclude(traces, seen, absent, time, &mut again).await;
                    open = left
                        .into_iter()
                        .filter(|(place, finding)| {
                            let is_last = next.is_none() || finding.is_final();
                            if is_last {
                                let why = UnresolvedReason::from(*finding);
                                self.leave(*place, LookupReport { until, why });
                            }
                            !is_last
                        })
                        .map(|(place, _)| place)
                        .collect();
                    next
                }
            };
            let Some(next) = next.filter(|_| !open.is_empty()) else {
                return again;
            };
            if self.unless_stopped(sleep_until(next)).await.is_err() {
                self.leave_all(&open, until, || UnresolvedReason::Stopped);
                return again;
            }
        }
    }

    /// Looks once, when Copper is not known to be down. An error comes with whether it may pass.
    async fn look(
        &self,
        traces: &LookupState<E::Input, E::Output>,
        open: &[usize],
    ) -> Result<Seen<E::Output>, (Arc<Error>, bool)> {
        let (by, salt) = (&traces.by.plan.by, &traces.by.salt);
        let copper = self.context.copper.without_computed_values();
        let outage = self.context.outage.wait(&copper).await;
        // It was waited out for as long as any is.
        outage.map_err(|error| (error, false))?;
        let wanted: Vec<_> = open
            .iter()
            .filter_map(|place| {
                let trace = traces.traces.get(*place)?;
                let settled = self.settled().get(*place)?;
                Some((*place, &settled.input, trace.key?, trace.sent?))
            })
            .collect();
        let records: Vec<_> = wanted.iter().map(|(_, i, _, sent)| (*i, *sent)).collect();
        let found = by.find(&copper, &records).await.map_err(|error| {
            let may_pass = may_pass(error.event());
            (Arc::new(error), may_pass)
        })?;
        let mut found: Vec<_> = found.into_iter().map(Some).collect();
        let mut seen = Seen {
            findings: Vec::with_capacity(wanted.len()),
            found: Vec::with_capacity(wanted.len()),
        };
        // Only now: what may have been found was in the register when it was sent.
        let register = traces.by.register();
        for (place, input, key, sent) in wanted {
            let likenesses = found.iter().map(|found| {
                let Some(found) = found else {
                    // It was another's by its key, which this record does not have.
                    return (Likeness::Other, false);
                };
                let likeness = match by.likeness(input, found) {
                    // It is just what another record of the input is recognised by.
                    Likeness::Unclear
                        if by
                            .key_of_found(salt, found)
                            .is_some_and(|other| other != key && register.holds(other)) =>
                    {
                        Likeness::Other
                    }
                    likeness => likeness,
                };
                (likeness, is_of_its_time(by.created(found), sent))
            });
            let finding = decide(likenesses, register.uniqueness(key));
            let record = match finding {
                Finding::Found(at) => found.get_mut(at).and_then(Option::take),
                _ => None,
            };
            seen.findings.push((place, finding));
            seen.found.push(record);
        }
        Ok(seen)
    }

    /// Settles what a look has settled, once it is written down. Gives what is still open.
    async fn conclude(
        &mut self,
        traces: &LookupState<E::Input, E::Output>,
        seen: Seen<E::Output>,
        tells_absence: bool,
        time: Timestamp,
        again: &mut Vec<usize>,
    ) -> Vec<(usize, Finding)> {
        let (mut done, mut absent, mut open) = (Vec::new(), Vec::new(), Vec::new());
        for ((place, finding), record) in seen.findings.into_iter().zip(seen.found) {
            match (finding, record) {
                (_, Some(record)) => done.push((place, record)),
                (Finding::NotThere, None) if tells_absence => absent.push(place),
                _ => open.push((place, finding)),
            }
        }
        if let (false, Some(journal)) = (
            done.is_empty() && absent.is_empty(),
            self.context.journal.get(),
        ) {
            let index = |place: usize| self.first.saturating_add(place as u64);
            let found: Vec<_> = done
                .iter()
                .map(|(place, record)| (index(*place), record.id()))
                .collect();
            let gone: Vec<_> = absent.iter().map(|place| index(*place)).collect();
            if let Err(fault) = journal.looked_up(&found, &gone).await {
                self.context.stop_by_journal(&fault);
                // What is there is there; what is absent must not be sent again without a word of it.
                open.extend(absent.drain(..).map(|place| (place, Finding::NotThere)));
            }
        }
        for (place, record) in done {
            self.settle_as(place, Outcome::Done(Box::new(record)));
        }
        for place in absent {
            self.settle_as(place, Outcome::NotSent(NotSent::absent(time)));
            let sent_again = traces.traces.get(place).map_or(0, |trace| trace.again);
            if traces.by.plan.send_again && sent_again < MOST_AGAIN {
                again.push(place);
            }
        }
        open
    }

    /// Puts records that are to be sent again back into the queue, between those that are settled.
    fn lay_out_again(&mut self, again: &[usize]) {
        if again.is_empty() {
            return;
        }
        // It is known that they are absent, whatever was said of the request before.
        self.end_doubt();
        for (place, settled) in self.take_settled().into_iter().enumerate() {
            let is_sent = again.contains(&place);
            match self.queue.back_mut() {
                Some(Piece::Unsent(unsent)) if is_sent => unsent.push(settled.input),
                Some(Piece::Settled(there)) if !is_sent => there.push(settled),
                _ if is_sent => self.queue.push_back(Piece::Unsent(vec![settled.input])),
                _ => self.queue.push_back(Piece::Settled(vec![settled])),
            }
        }
        for place in again {
            let traces = self.traces.as_mut();
            if let Some(trace) = traces.and_then(|traces| traces.traces.get_mut(*place)) {
                trace.again += 1;
            }
        }
    }

    fn settle_as(&mut self, place: usize, outcome: Outcome<E::Output>) {
        if let Some(settled) = self.settled_mut().get_mut(place) {
            settled.outcome = outcome;
            settled.from_journal = false;
        }
    }

    fn leave(&mut self, place: usize, looked: LookupReport) {
        if let Some(Settled {
            outcome: Outcome::Unknown(unknown),
            ..
        }) = self.settled_mut().get_mut(place)
        {
            unknown.leave(looked);
        }
    }

    fn leave_all(
        &mut self,
        places: &[usize],
        until: Option<Timestamp>,
        why: impl Fn() -> UnresolvedReason,
    ) {
        for place in places {
            self.leave(*place, LookupReport { until, why: why() });
        }
    }
}
