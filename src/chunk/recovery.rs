//! Recovers from the journal which of a chunk's records earlier starts have sent. This is known before a
//! later chunk is taken from the input.

use crate::{
    item::Record,
    journal::{Entry, Journal, JournalError, RecordedOutcome, Taken},
    operation::Idempotency,
    outcome::{Outcome, Rejection, Unknown},
    reconcile::Lookup,
};

/// The outcome of each record that must not be sent again; and the reason for doubt, if one is sent again
/// nevertheless.
type Recovered<T> = (Vec<Option<Outcome<T>>>, Option<Unknown>);

/// Reads the journal's state of the records that are `taken` from the input now.
pub(super) async fn recover<I, T: Record>(
    journal: &Journal,
    mut entry: Entry,
    taken: Taken,
    idempotency: Idempotency,
    lookup: &mut Option<Lookup<I, T>>,
) -> Result<Recovered<T>, JournalError> {
    let (first, count) = (entry.first, entry.count);
    let now = taken.count as u64;
    if now < count {
        return Err(JournalError::InputEnded {
            end: first.saturating_add(now),
            known: first.saturating_add(count),
        });
    }
    if taken.fingerprint != entry.fingerprint {
        return Err(JournalError::OtherInput { first, count });
    }
    entry.requests.sort_by_key(|request| request.first);
    if let Some(lookup) = lookup
        && let Some((kind, keys)) = lookup.recovered(&entry)
    {
        journal.keys(first, kind, keys).await?;
    }
    let is_repeated = idempotency.may_repeat() && now == 1;
    let mut known = Vec::with_capacity(now as usize);
    let mut doubt = None;
    for request in entry.requests {
        // Records that no request contained may be sent.
        known.resize_with(request.first.saturating_sub(first) as usize, || None);
        if is_repeated && request.is_unanswered() {
            // The operation is idempotent, so the same request is sent again. No other record can join it.
            doubt = Some(Unknown::journalled());
            continue;
        }
        let states = journal.states(request).await?;
        known.extend(states.into_iter().map(|state| Some(outcome(state))));
    }
    known.resize_with(now as usize, || None);
    Ok((known, doubt))
}

fn outcome<T: Record>(state: RecordedOutcome) -> Outcome<T> {
    match state {
        RecordedOutcome::Done(id) => match T::of_id(id) {
            Some(record) => Outcome::Done(Box::new(record)),
            None => Outcome::Unknown(Unknown::journalled()),
        },
        RecordedOutcome::Rejected(fields) => Outcome::Rejected(Rejection::journalled(fields)),
        RecordedOutcome::Unknown => Outcome::Unknown(Unknown::journalled()),
    }
}
