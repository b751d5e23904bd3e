//! Brings the records of a chunk to their outcomes, in one request if all goes well. What to do after
//! an attempt is decided in `retry`; here it is done, and written down in the journal: the intent
//! before a request is sent, with its permit in hand, and what came of it before anyone is told.

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::future::{Either, select};
use tokio::{
    sync::SemaphorePermit,
    time::{Instant, sleep},
};
use tracing::Span;

use super::{Chunk, Context, Piece};
use crate::{
    Error,
    circuit_breaker::Flight,
    client::count,
    endpoint::{Endpoint, lane},
    limit::{Lane, Permit},
    outcome::{NotSent, Outcome, Rejection, StoppedBy, Unknown},
    retry::{self, Decision, RetryState},
    telemetry,
};

impl<E: Endpoint> Chunk<E> {
    /// Settles all records.
    pub(crate) async fn settle(mut self) {
        if let Err(fault) = self.recall().await {
            self.context.stop_by_journal(&fault);
        } else {
            self.look_through();
        }
        loop {
            match self.queue.front() {
                Some(Piece::Known(_)) => self.give_known(),
                Some(Piece::Faulty(..)) => self.give_faulty(),
                Some(Piece::Settled(_)) => self.give_settled(),
                Some(Piece::Unsent(_)) => self.settle_front().await,
                None => {
                    if !self.reconcile().await {
                        break;
                    }
                }
            }
        }
        // What comes later in the input is written down after it.
        if let Err(fault) = self.write_taken().await {
            self.context.stop_by_journal(&fault);
        }
    }

    /// Makes the first request of the queue and settles its records, or puts smaller requests in its place.
    async fn settle_front(&mut self) {
        let mut tries = RetryState::default();
        let mut first_limited = None;
        let context = Arc::clone(&self.context);
        let _turn = match self.key() {
            None => None,
            Some(key) => match self.unless_stopped(context.turns.take(key)).await {
                Ok(turn) => Some(turn),
                Err(by) => return self.give_unsent(&by),
            },
        };
        let lane = lane(E::OPERATION);
        loop {
            let departure = match self.unless_stopped(departure(&context, lane)).await {
                Ok(Ok(departure)) => departure,
                Ok(Err(gone)) => {
                    self.context.stop.stop_by(StoppedBy::Error(gone));
                    continue;
                }
                Err(by) => return self.give_unsent(&by),
            };
            let limit = match lane {
                Lane::Bulk => self.context.size_limit.load(Ordering::Acquire),
                _ => E::OPERATION.max_items(),
            };
            if self.front_len() > limit {
                return self.split_front(limit);
            }
            if let Err(fault) = self.write_intent().await {
                self.context.stop_by_journal(&fault);
                continue;
            }
            self.no_longer_waits();
            let (id, records) = (E::OPERATION.id, (self.next(), self.front_len()));
            let attempt = tries.all().saturating_add(1);
            let span = telemetry::request(id, attempt, departure.waited, Some(records));
            let Err(error) = self.send_front(departure, span).await else {
                return;
            };
            let (event, error) = (error.event(), Arc::new(error));
            count(&mut tries, event, &mut first_limited);
            let verdict = retry::decide(event, E::OPERATION.repeat, self.front_len(), tries);
            match verdict {
                _ if event.leaves_doubt() => self.begin_doubt(Unknown::failed(Arc::clone(&error))),
                Decision::Split(_) | Decision::Halve | Decision::Rejected => self.end_doubt(),
                _ => {}
            }
            self.write_verdict(verdict).await;
            let pause = retry::pause(tries, error.retry_after(), retry::jitter());
            telemetry::decision(id, attempt, event, verdict, Some(pause), Some(records));
            let cause = || Arc::clone(&error);
            match verdict {
                Decision::SendAgain => {
                    if error.is_rate_limited() {
                        self.context.copper.limiter().hold(lane, pause);
                    } else if let Err(by) = self.unless_stopped(sleep(pause)).await {
                        return self.give_unsent(&by);
                    }
                }
                Decision::Split(limit) => {
                    self.context.size_limit.fetch_min(limit, Ordering::AcqRel);
                    return self.split_front(limit);
                }
                Decision::Halve => return self.split_front(self.front_len().div_ceil(2)),
                Decision::Rejected => {
                    return self.give_front(|| Outcome::Rejected(Rejection::request(cause())));
                }
                // It never left, and the run has seen better times: they may come back.
                Decision::NotSent if error.is_not_connected() && self.context.outage.suspend() => {
                    tries = RetryState::default()
                }
                Decision::NotSent if error.is_not_connected() => {
                    self.context.stop.stop_by(StoppedBy::Error(cause()))
                }
                Decision::NotSent => {
                    return self.give_no_more(|| Outcome::NotSent(NotSent::failed(cause())));
                }
                Decision::Stop => self.context.stop.stop_by(StoppedBy::Error(cause())),
                Decision::Read | Decision::Unknown => {
                    return self.give_front(|| Outcome::Unknown(Unknown::failed(cause())));
                }
            }
        }
    }

    /// Sends the first request of the queue, once. Its records are settled by the answer; where there
    /// is none, they are back in the queue.
    async fn send_front(&mut self, departure: Departure<'_>, span: Span) -> Result<(), Error> {
        let Departure {
            place,
            permit,
            flight,
            ..
        } = departure;
        let records = self.take_front();
        let traces = self.traces.as_ref();
        let marked = traces.and_then(|traces| traces.marked(&records));
        let marked = marked.map(|records| E::wrap(records, &self.terms));
        let client = self.context.copper.client_with_permit(permit, span);
        let request = self.under_way.insert(E::wrap(records, &self.terms));
        let answer = match E::send(&client, marked.as_ref().unwrap_or(request)).await {
            Ok(items) => Ok(items),
            Err(error) => Err(Error::of_call(E::OPERATION, error).await),
        };
        // Another run need not wait until what came of it is written down.
        drop(place);
        let records = self.under_way.take().map(E::unwrap).unwrap_or_default();
        let items = match answer {
            Ok(items) => items,
            Err(error) => {
                flight.failed(error.event(), Instant::now());
                self.queue.push_front(Piece::Unsent(records));
                return Err(error);
            }
        };
        let first = self.settled().len();
        let (sent, answered) = (records.len(), items.len());
        if sent == answered {
            flight.answered(Instant::now());
            for (record, item) in records.into_iter().zip(items) {
                self.give(record, item.into());
            }
        } else {
            flight.in_doubt();
            for record in records {
                let doubt = Unknown::miscounted(sent, answered);
                self.give(record, Outcome::Unknown(doubt));
            }
        }
        self.write_answer(first).await;
        Ok(())
    }

    /// Waits for something, but not beyond the run's stop.
    pub(crate) async fn unless_stopped<T>(
        &self,
        wanted: impl Future<Output = T>,
    ) -> Result<T, StoppedBy> {
        match select(pin!(self.context.stop.stopped()), pin!(wanted)).await {
            Either::Left((by, _)) => Err(by),
            Either::Right((got, _)) => Ok(got),
        }
    }
}

/// What a request needs to be sent.
struct Departure<'a> {
    /// Among the requests of all runs that are under way, or about to be.
    place: Option<SemaphorePermit<'a>>,
    permit: Permit,
    /// How long it waited for both.
    waited: Duration,
    flight: Flight<'a>,
}

/// Waits for what a request needs, with no sign of an outage.
async fn departure(context: &Context, lane: Lane) -> Result<Departure<'_>, Arc<Error>> {
    loop {
        context.outage.wait(&context.copper).await?;
        let since = Instant::now();
        let place = context.copper.place().await;
        let permit = context.copper.limiter().acquire(lane).await;
        let now = Instant::now();
        if let Some(flight) = context.outage.depart(now) {
            return Ok(Departure {
                place,
                permit,
                waited: now.saturating_duration_since(since),
                flight,
            });
        }
    }
}
