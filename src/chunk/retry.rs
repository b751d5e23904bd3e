//! Acts on the retry decision about a request whose answer does not settle its records. The decision itself
//! is the pure function [`retry::decide`].

use std::sync::{Arc, atomic::Ordering};

use tokio::time::{Instant, sleep};

use super::{
    Context,
    queue::{Queue, Range},
};
use crate::{
    Error,
    client::Deadline,
    endpoint::Endpoint,
    outcome::{NotSent, Outcome, Rejection, StoppedBy, Unknown},
    retry::{self, Decision, RetryState},
    telemetry,
};

/// The attempts at one request so far.
#[derive(Default)]
pub(super) struct Attempts {
    state: RetryState,
}

impl Attempts {
    /// The number of the next attempt, from 1.
    pub(super) fn next(&self) -> u32 {
        self.state.all().saturating_add(1)
    }
}

/// The next step.
pub(super) enum Next {
    /// Send the same request again.
    SendAgain,
    /// Go on with this request, if there is one.
    Request(Option<Range>),
}

/// Decides about the next request of the queue, whose last attempt failed with `error`; records the decision
/// in the journal, and carries it out.
pub(super) async fn retry<E: Endpoint>(
    context: &Context,
    queue: &mut Queue<E>,
    attempts: &mut Attempts,
    deadline: Option<Deadline>,
    error: Error,
) -> Next {
    let (first, records) = match queue.next() {
        Some(range) => range,
        None => return Next::Request(None),
    };
    let attempt = attempts.next();
    let (event, error) = (error.event(), Arc::new(error));
    let cause = || Arc::clone(&error);
    attempts.state.count(event, Instant::now());
    let decision = retry::decide(event, E::OPERATION.idempotency, records, attempts.state);
    match decision {
        _ if event.leaves_doubt() => queue.begin_doubt(Unknown::failed(cause())),
        Decision::Split(_) | Decision::Halve | Decision::Rejected => queue.end_doubt(),
        _ => {}
    }
    let pause = retry::pause(attempts.state, error.retry_after(), retry::jitter());
    let range = Some((first, records));
    telemetry::decision(
        E::OPERATION.id,
        attempt,
        event,
        decision,
        Some(pause),
        range,
    );

    if let Decision::Rejected | Decision::Read | Decision::Unknown = decision {
        let progress = queue.settle(|| match decision {
            Decision::Rejected => Outcome::Rejected(Rejection::request(cause())),
            _ => Outcome::Unknown(Unknown::failed(cause())),
        });
        // A later start may try an idempotent request again.
        let is_open = decision == Decision::Unknown && E::OPERATION.idempotency.may_repeat();
        if let (Some(journal), false) = (context.journal.get(), is_open)
            && let Err(error) = journal.answered(first, progress.settled).await
        {
            context.stop_by_journal(&error);
        }
        return Next::Request(progress.next);
    }
    // A request that is sent again because it is idempotent stays in doubt until it is answered.
    if let (Some(journal), false) = (context.journal.get(), queue.is_in_doubt())
        && let Err(error) = journal.refused(first, records).await
    {
        context.stop_by_journal(&error);
    }
    match decision {
        Decision::SendAgain if error.is_rate_limited() => {
            context.copper.limiter().hold(E::LANE, pause);
        }
        Decision::SendAgain => {
            if let Err(reason) = context.unless_stopped(deadline, sleep(pause)).await {
                return Next::Request(queue.give_up(|| context.unsent_by::<E>(&reason)));
            }
        }
        Decision::Split(limit) => {
            context.size_limit.fetch_min(limit, Ordering::AcqRel);
            return Next::Request(queue.split(limit));
        }
        Decision::Halve => return Next::Request(queue.split(records.div_ceil(2))),
        // The request never left. Earlier ones of this run did, so a connection may be possible again later.
        Decision::NotSent if error.is_not_connected() && context.breaker.trip() => {
            *attempts = Attempts::default();
        }
        Decision::Stop if context.breaker.trip_by_refusal(event) => {
            *attempts = Attempts::default();
        }
        Decision::NotSent if !error.is_not_connected() => {
            return Next::Request(queue.give_up(|| Outcome::NotSent(NotSent::failed(cause()))));
        }
        Decision::NotSent | Decision::Stop => {
            context.stop.stop_by(StoppedBy::Error(cause()));
        }
        // The parts have settled the records.
        Decision::Rejected | Decision::Read | Decision::Unknown => {}
    }
    Next::SendAgain
}
