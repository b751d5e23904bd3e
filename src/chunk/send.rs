//! Sends the records of a chunk. One function brings them to their outcomes, and reads from top to bottom:
//! permit, intent, send, read, settle. The journal is written ahead: the intent before the request is sent,
//! and the result before anybody is told.

use std::{
    future::Future,
    mem,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::{SemaphorePermit, oneshot},
    time::Instant,
};

use super::{
    Context,
    context::Waiting,
    queue::{Outcomes, Queue},
    recovery::recover,
    retry::{Attempts, Next, retry},
};
use crate::{
    Error, Invalid,
    circuit_breaker::Flight,
    client::{self, Deadline, Ready},
    endpoint::Endpoint,
    item::{Item, Record},
    journal::Entry,
    limit::{self, Lane},
    outcome::{Rejection, StoppedBy, Summary},
    reconcile::{Bounds, Lookup},
    telemetry,
    types::Timestamp,
    value::unsendable,
};

/// The check of a record by its index, before it is sent.
pub(crate) type Check<I> = Arc<dyn Fn(u64, &I) -> Result<(), Invalid> + Send + Sync>;

/// Records that were taken from the input together.
pub(crate) struct Chunk<E: Endpoint> {
    pub(crate) context: Arc<Context>,
    pub(crate) terms: Arc<E::Terms>,
    pub(crate) check: Option<Check<E::Input>>,
    /// The index of the first record in the input.
    pub(crate) first: u64,
    pub(crate) records: Vec<E::Input>,
    /// Their entry in the journal, if an earlier start took them from the input.
    pub(crate) entry: Option<Entry>,
    /// The deadline of their outcomes.
    pub(crate) deadline: Option<Deadline>,
    /// The lookup of those in doubt, if they are looked up.
    pub(crate) lookup: Option<Lookup<E::Input, E::Output>>,
}

/// Brings all records of a chunk to their outcomes, and sends these to `reply`. If the future is dropped, at
/// any point, the reply still has all records.
pub(crate) fn send<E: Endpoint>(
    chunk: Chunk<E>,
    reply: oneshot::Sender<Outcomes<E>>,
) -> impl Future<Output = ()> + Send {
    let Chunk {
        context,
        terms,
        check,
        first,
        records,
        entry,
        deadline,
        mut lookup,
    } = chunk;
    let journal = context.journal.get().cloned();
    let taken = journal
        .as_ref()
        .map(|journal| journal.taken(first, &records));
    let invalid = {
        let terms = Arc::clone(&terms);
        move |index, record: &E::Input| {
            let invalid = check.as_ref();
            let invalid = invalid.and_then(|check| check(index, record).err());
            let lacks_key = || E::key(record, &terms).err();
            let unsendable =
                || unsendable(record).map(|(field, why)| Rejection::unsent(field, why));
            let invalid = invalid.map(Rejection::checked);
            invalid.or_else(lacks_key).or_else(unsendable)
        }
    };
    let (queue, mut next) = match &entry {
        None => Queue::<E>::new(first, records, &invalid),
        Some(_) => (Queue::recovering(first, records), None),
    };
    let mut held = Held {
        waiting: Waiting::new(&context),
        context: Arc::clone(&context),
        queue,
        reply: Some(reply),
    };
    async move {
        let mut taken = match taken.transpose() {
            Ok(taken) => taken,
            Err(error) => {
                context.stop_by_journal(&error);
                None
            }
        };
        if let Some(entry) = entry {
            next = held.queue.next();
            if let (Some(journal), Some(taken)) = (&journal, taken.take()) {
                let idempotency = E::OPERATION.idempotency;
                match recover(journal, entry, taken, idempotency, &mut lookup).await {
                    Ok((known, doubt)) => next = held.queue.recovered(known, doubt, &invalid),
                    Err(error) => context.stop_by_journal(&error),
                }
            }
        }
        // Nothing more is to be learned about the input here. Records that are not yet in the journal block
        // later ones, because the journal has them in the order of the input.
        if next.is_none() && taken.is_none() {
            held.waiting.done();
        }
        loop {
            let Some((first, count)) = next else {
                next = look_up(&context, deadline, &mut lookup, &mut held.queue).await;
                match next {
                    Some(_) => continue,
                    None => break,
                }
            };
            let key = match count {
                1 => key::<E>(held.queue.front(), &terms),
                // It has no key, or will be split.
                _ => None,
            };
            let _key = match key {
                None => None,
                Some(key) => match context
                    .unless_stopped(deadline, context.keys.lock(key))
                    .await
                {
                    Ok(key) => Some(key),
                    Err(reason) => {
                        next = held.queue.give_up(|| context.unsent_by::<E>(&reason));
                        continue;
                    }
                },
            };
            let mut attempts = Attempts::default();
            next = loop {
                // Permit.
                let permit = permit(&context, E::LANE);
                let permit = match context.unless_stopped(deadline, permit).await {
                    Ok(Ok(permit)) => permit,
                    Ok(Err(outage)) => {
                        context.stop.stop_by(StoppedBy::Error(outage));
                        continue;
                    }
                    Err(reason) => break held.queue.give_up(|| context.unsent_by::<E>(&reason)),
                };
                let limit = match E::LANE {
                    Lane::Bulk => context.size_limit.load(Ordering::Acquire),
                    _ => E::MAX_ITEMS,
                };
                if count > limit {
                    break held.queue.split(limit);
                }

                // Intent.
                let now = Timestamp::now();
                let keys = lookup
                    .as_mut()
                    .map(|lookup| lookup.sending(first, count, now));
                if let Some(journal) = &journal {
                    if let Err(error) = journal.sending(taken, keys, first, count, now).await {
                        context.stop_by_journal(&error);
                        continue;
                    }
                    taken = None;
                }
                held.waiting.done();

                // Send.
                let client = context.copper.client_ready(Ready {
                    permit: permit.limiter,
                    attempt: attempts.next(),
                    waited: permit.waited,
                    records: Some((first, count)),
                    deadline,
                });
                let mark = |records: &[_]| lookup.as_ref()?.marked(records);
                let (request, marked) = held.queue.depart(&terms, mark);
                let answer = E::send(&client, marked.as_ref().unwrap_or(request)).await;

                // Read.
                let items = match answer {
                    Ok(items) => items,
                    Err(error) => {
                        let error = client::error(E::OPERATION, error).await;
                        // Another run need not wait until the result is in the journal.
                        drop(permit.place);
                        permit.flight.failed(error.event(), Instant::now());
                        held.queue.unanswered();
                        match retry(&context, &mut held.queue, &mut attempts, deadline, error).await
                        {
                            Next::SendAgain => continue,
                            Next::Request(next) => break next,
                        }
                    }
                };
                drop(permit.place);

                // Settle.
                if items.len() == count {
                    permit.flight.answered(Instant::now());
                } else {
                    permit.flight.in_doubt();
                }
                let repeated = match E::OPERATION.idempotency.may_repeat() {
                    false => context
                        .ids
                        .enter(items.iter().filter_map(|item| match item {
                            Item::Done(record) => Some(record.id()),
                            _ => None,
                        })),
                    // An input may update the same record twice.
                    true => Vec::new(),
                };
                let progress = held.queue.answered(items, &repeated);
                if let Some(journal) = &journal
                    && let Err(error) = journal.answered(first, progress.settled).await
                {
                    context.stop_by_journal(&error);
                }
                break progress.next;
            };
        }
        // Records that come later in the input are written after these. In a stopped run nothing comes later.
        if let (Some(journal), Some(taken), None) = (&journal, taken, context.stop.reason())
            && let Err(error) = journal.write_taken(taken).await
        {
            context.stop_by_journal(&error);
        }
        drop(held);
    }
}

/// The key by which Copper finds the one record of a request.
fn key<E: Endpoint>(records: &[E::Input], terms: &E::Terms) -> Option<String> {
    // A record without its key was rejected before.
    E::key(records.first()?, terms).ok()?
}

/// The permit and the place that a request needs before it is sent.
struct Permit<'a> {
    /// One of the places for requests of all runs that are in flight.
    place: Option<SemaphorePermit<'a>>,
    limiter: limit::Permit,
    /// The time that it waited for both.
    waited: Duration,
    flight: Flight<'a>,
}

/// Waits until the circuit is closed and the limiter lets a request go.
async fn permit(context: &Context, lane: Lane) -> Result<Permit<'_>, Arc<Error>> {
    loop {
        context.breaker.closed(&context.copper).await?;
        let since = Instant::now();
        let place = context.copper.place().await;
        let limiter = context.copper.limiter().acquire(lane).await;
        let now = Instant::now();
        if let Some(flight) = context.breaker.depart(now) {
            return Ok(Permit {
                place,
                limiter,
                waited: now.saturating_duration_since(since),
                flight,
            });
        }
    }
}

/// Looks up the records in doubt. Returns the index of the first that is to be sent again, if there is one.
async fn look_up<E: Endpoint>(
    context: &Context,
    deadline: Option<Deadline>,
    lookup: &mut Option<Lookup<E::Input, E::Output>>,
    queue: &mut Queue<E>,
) -> Option<(u64, usize)> {
    let lookup = lookup.as_mut()?;
    let journal = context.journal.get();
    let (copper, breaker) = (&context.copper, &context.breaker);
    let bounds = Bounds {
        stop: &context.stop,
        deadline,
    };
    let resolved = lookup
        .resolve(copper, breaker, bounds, journal, queue.settled_mut())
        .await;
    match resolved {
        Ok(absent) => queue.send_again(&absent),
        Err(error) => {
            context.stop_by_journal(&error);
            None
        }
    }
}

/// A chunk's records, which come back however its future ends.
struct Held<E: Endpoint> {
    context: Arc<Context>,
    queue: Queue<E>,
    waiting: Waiting,
    reply: Option<oneshot::Sender<Outcomes<E>>>,
}

impl<E: Endpoint> Drop for Held<E> {
    fn drop(&mut self) {
        let context = &self.context;
        let by = context.stop.reason().unwrap_or(StoppedBy::Caller);
        let is_dropped = self.reply.as_ref().is_none_or(oneshot::Sender::is_closed);
        if is_dropped && let Some(range) = self.queue.in_flight() {
            context.span.in_scope(|| telemetry::interrupted(range));
        }
        let outcomes = self.queue.finish(|| context.unsent(by.clone()));
        let Some(first) = outcomes.first().map(|settled| settled.index) else {
            return;
        };
        let known = outcomes.iter().filter(|settled| settled.from_journal);
        let fresh = (outcomes.len() - known.count()) as u64;
        let mut counted = Summary::new("");
        for settled in &outcomes {
            counted.count(&settled.outcome);
        }
        context
            .tally
            .send_modify(|tally| tally.add(&counted, fresh, Instant::now()));
        let range = (first, outcomes.len());
        context
            .span
            .in_scope(|| telemetry::settled(range, counted.counts()));
        if let Some(reply) = mem::take(&mut self.reply) {
            // Nobody receives them if the run was dropped.
            let _ = reply.send(outcomes);
        }
    }
}
