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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tracing::Span;

    use super::*;
    use crate::{
        Copper,
        error::Refusal,
        generated::operation,
        limit::Lane,
        outcome::Summary,
        progress::Tally,
        types::{BulkUpdateLeads, LeadId, LeadUpdate},
        value::Update,
    };

    const PAUSE: Duration = Duration::from_secs(20);

    /// The times until a chunk whose update failed with this status has its next permit, and until two other
    /// chunks have theirs.
    async fn times_to_permits(status: u16) -> (Duration, [Duration; 2]) {
        // Nothing is sent. Without TLS there is no client for the default base URL.
        let builder = Copper::builder("token", "owner@example.com").base_url("http://127.0.0.1:9");
        let copper = builder.build();
        let tally = Tally::new(Summary::new("leads"), None);
        let context = Context::new(copper.expect("a client"), tally, Span::none());
        let update = Update::new(LeadId(1), LeadUpdate::default());
        let (mut queue, _) = Queue::<BulkUpdateLeads>::new(0, vec![update], |_, _| None);
        let refusal = Refusal {
            status,
            retry_after: Some(PAUSE),
            ..Refusal::default()
        };
        let error = Error::refused(operation::BULK_UPDATE_LEADS, refusal);
        let mut attempts = Attempts::default();
        let since = Instant::now();
        let permit = async || {
            drop(context.copper.limiter().acquire(Lane::Bulk).await);
            since.elapsed()
        };
        let failed = async {
            let next = retry(&context, &mut queue, &mut attempts, None, error).await;
            assert!(matches!(next, Next::SendAgain));
            permit().await
        };
        let (own, one, another) = tokio::join!(failed, permit(), permit());
        (own, [one, another])
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_for_the_rate_holds_all_chunks_and_another_failure_only_its_own() {
        assert_eq!(times_to_permits(429).await, (PAUSE, [PAUSE; 2]));
        assert_eq!(times_to_permits(503).await, (PAUSE, [Duration::ZERO; 2]));
    }
}
