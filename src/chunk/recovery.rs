//! What a chunk reads from the journal, and writes into it: the intent before a request is sent, and
//! what came of it before anyone is told.

use std::sync::Arc;

use super::{Chunk, Piece};
use crate::{
    endpoint::Endpoint,
    item::Record,
    journal::{JournalError, State, Taken},
    operation::Repeat,
    outcome::{Outcome, Rejection, Unknown},
    retry::Decision,
    types::Timestamp,
};

impl<E: Endpoint> Chunk<E> {
    /// Finds what an earlier start has sent of these records, and leaves the rest to be sent. Records
    /// that were sent by any start are known before a later chunk is taken from the input.
    pub(super) async fn recall(&mut self) -> Result<(), JournalError> {
        let context = Arc::clone(&self.context);
        let Some(journal) = context.journal.get() else {
            return Ok(());
        };
        let records = match self.queue.front() {
            Some(Piece::Unsent(records)) => records.as_slice(),
            _ => &[],
        };
        let fingerprint = journal.fingerprint(records)?;
        let Some(mut entry) = self.entry.clone() else {
            self.taken = Some(Taken {
                first: self.first,
                count: records.len(),
                fingerprint,
            });
            return Ok(());
        };
        if (records.len() as u64) < entry.count {
            let end = self.first.saturating_add(records.len() as u64);
            return Err(JournalError::InputEnded {
                end,
                known: entry.first.saturating_add(entry.count),
            });
        }
        if fingerprint != entry.fingerprint {
            return Err(JournalError::OtherInput {
                first: entry.first,
                count: entry.count,
            });
        }
        entry.requests.sort_by_key(|request| request.first);
        let again = E::OPERATION.repeat == Repeat::Always && records.len() == 1;
        let mut doubt = false;
        if let Some(traces) = &mut self.traces {
            for request in &entry.requests {
                traces.was_sent(&entry, *request);
            }
            if let Some((way, keys)) = traces.unwritten(&entry) {
                journal.keys(entry.first, way, keys).await?;
            }
        }
        let mut states = Vec::with_capacity(records.len());
        for request in entry.requests {
            // What no request had may be sent.
            states.resize(request.first.saturating_sub(self.first) as usize, None);
            if again && request.is_unanswered() {
                // It may be done twice, and is sent as it was: there is no other record to join it.
                doubt = true;
                continue;
            }
            states.extend(journal.states(request).await?.into_iter().map(Some));
        }
        states.resize(records.len(), None);
        self.lay_out(states);
        self.entry = None;
        if doubt {
            self.begin_doubt(Unknown::journalled());
        }
        // Nothing more is to be learned about the input here, so the next chunk may be looked at; but what
        // is sent from here goes before what that one sends.
        if !self
            .queue
            .iter()
            .any(|piece| matches!(piece, Piece::Unsent(_)))
        {
            self.no_longer_waits();
        }
        Ok(())
    }

    /// Puts pieces in the place of the one that has all records: known ones, and those for requests.
    fn lay_out(&mut self, states: Vec<Option<State>>) {
        for (record, state) in self.take_front().into_iter().zip(states) {
            match (state, self.queue.back_mut()) {
                (Some(state), Some(Piece::Known(known))) => known.push((record, state)),
                (Some(state), _) => self.queue.push_back(Piece::Known(vec![(record, state)])),
                (None, Some(Piece::Unsent(unsent))) => unsent.push(record),
                (None, _) => self.queue.push_back(Piece::Unsent(vec![record])),
            }
        }
    }

    /// Settles the next records as an earlier start has left them.
    pub(super) fn give_known(&mut self) {
        let Some(Piece::Known(known)) = self.queue.pop_front() else {
            return;
        };
        for (record, state) in known {
            let outcome = match state {
                State::Done(id) => match E::Output::of_id(id) {
                    Some(record) => Outcome::Done(Box::new(record)),
                    None => Outcome::Unknown(Unknown::journalled()),
                },
                State::Rejected(fields) => Outcome::Rejected(Rejection::journalled(fields)),
                State::Unknown => Outcome::Unknown(Unknown::journalled()),
            };
            self.give_as(record, outcome, true);
        }
    }

    /// Writes down that the next request is about to be sent.
    pub(super) async fn write_intent(&mut self) -> Result<(), JournalError> {
        let (first, count, now) = (self.next(), self.front_len(), Timestamp::now());
        let traces = self.traces.as_mut();
        let keys = traces.map(|traces| traces.sending(first, count, now));
        if let Some(journal) = self.context.journal.get() {
            journal.sending(self.taken, keys, first, count, now).await?;
            self.taken = None;
        }
        Ok(())
    }

    /// Writes down how the records were taken from the input, if no request has done so: all were at
    /// fault. In a run that is stopped nothing follows them.
    pub(super) async fn write_taken(&mut self) -> Result<(), JournalError> {
        if let Some(journal) = self.context.journal.get()
            && self.context.stop.reason().is_none()
            && let Some(taken) = self.taken.take()
        {
            journal.taken(taken).await?;
        }
        Ok(())
    }

    /// Writes down what came of the next request, if it had no answer that settles its records.
    pub(super) async fn write_verdict(&self, verdict: Decision) {
        let Some(journal) = self.context.journal.get() else {
            return;
        };
        let (first, count) = (self.next(), self.front_len());
        let written = match verdict {
            Decision::Rejected => {
                journal
                    .answered(first, vec![State::Rejected(Vec::new()); count])
                    .await
            }
            // A later start may try it again.
            Decision::Unknown if E::OPERATION.repeat == Repeat::Always => Ok(()),
            Decision::Read | Decision::Unknown => {
                journal.answered(first, vec![State::Unknown; count]).await
            }
            // It is sent again because doing it twice is no harm; the doubt stays until it is answered.
            _ if self.is_in_doubt() => Ok(()),
            _ => journal.refused(first, count).await,
        };
        if let Err(fault) = written {
            self.context.stop_by_journal(&fault);
        }
    }

    /// Writes down the outcomes of the chunk from the `from`th on.
    pub(super) async fn write_answer(&self, from: usize) {
        let Some(journal) = self.context.journal.get() else {
            return;
        };
        let states: Vec<State> = self.settled().iter().skip(from).map(State::of).collect();
        if let Err(fault) = journal
            .answered(self.first.saturating_add(from as u64), states)
            .await
        {
            self.context.stop_by_journal(&fault);
        }
    }
}
