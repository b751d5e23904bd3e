//! An entry of a journal: records that were taken from the input together, and the state that their lines
//! give them. It says which of them must not be sent again.

use super::{Fingerprint, MatchKey, MatchKind, RecordedOutcome};
use crate::types::Timestamp;

/// Records that were taken from the input together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) first: u64,
    pub(crate) count: u64,
    pub(crate) fingerprint: Fingerprint,
    /// The requests of records that must not be sent again, in no order.
    pub(crate) requests: Vec<Request>,
    /// The match keys of some of its records, in no order.
    pub(crate) keys: Vec<Keys>,
}

/// Records of one request, or those of them with the same state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) first: u64,
    pub(crate) count: u64,
    /// The time when it was sent.
    pub(crate) sent: Timestamp,
    pub(crate) state: RequestState,
}

/// The state of a request's records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RequestState {
    /// They were in flight.
    InFlight,
    /// The line at this position has their states.
    AnsweredAt(u64),
    /// Their answer left them in doubt.
    InDoubt,
    /// One record, which was in doubt and was found under this id.
    Found(i64),
}

/// The match keys of consecutive records.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Keys {
    pub(crate) first: u64,
    pub(crate) kind: MatchKind,
    pub(crate) keys: Vec<Option<MatchKey>>,
}

impl Entry {
    /// The match key of the record at this index, if it was recorded.
    pub(crate) fn key(&self, index: u64, kind: MatchKind) -> Option<Option<MatchKey>> {
        let mut of_kind = self.keys.iter().filter(|keys| keys.kind == kind);
        of_kind.find_map(|keys| {
            let place = usize::try_from(index.checked_sub(keys.first)?).ok()?;
            keys.keys.get(place).copied()
        })
    }

    /// True if keys were recorded for all records that must not be sent again.
    pub(crate) fn is_keyed(&self, kind: MatchKind) -> bool {
        let mut sent = self
            .requests
            .iter()
            .flat_map(|request| request.first..request.first.saturating_add(request.count));
        sent.all(|index| self.key(index, kind).is_some())
    }

    /// Adds a request that was sent. An idempotent one may contain a record again; otherwise no record is
    /// sent twice.
    pub(super) fn send(&mut self, first: u64, count: u64, sent: Timestamp) -> bool {
        let again = self.in_flight(first, count).is_some();
        let free = self
            .requests
            .iter()
            .all(|sent| first + count <= sent.first || sent.first + sent.count <= first);
        if free {
            self.requests.push(Request {
                first,
                count,
                sent,
                state: RequestState::InFlight,
            });
        }
        again || free
    }

    /// Adds the answer to a request. Its records in doubt are separated, because each may be settled later by
    /// itself.
    pub(super) fn answer(&mut self, first: u64, states: &[RecordedOutcome], offset: u64) -> bool {
        let count = states.len() as u64;
        let Some(whole) = self.take(|request| request.is_under_way(first, count)) else {
            return false;
        };
        let sent = whole.sent;
        let mut from = first;
        for alike in states
            .chunk_by(|a, b| (*a == RecordedOutcome::Unknown) == (*b == RecordedOutcome::Unknown))
        {
            let in_doubt = alike.contains(&RecordedOutcome::Unknown);
            let count = alike.len() as u64;
            self.requests.push(Request {
                first: from,
                count,
                sent,
                state: match in_doubt {
                    true => RequestState::InDoubt,
                    false => RequestState::AnsweredAt(offset),
                },
            });
            from += count;
        }
        true
    }

    /// Settles records of one request that were in doubt: as found, or, without an answer, as free to be sent
    /// again.
    pub(super) fn settle(&mut self, first: u64, count: u64, answer: Option<RequestState>) -> bool {
        let Some(whole) = self.take(|request| request.is_in_doubt(first, count)) else {
            return false;
        };
        let part = |from: u64, to: u64, answer| Request {
            first: from,
            count: to - from,
            state: answer,
            ..whole
        };
        let (end, whole_end) = (first + count, whole.first + whole.count);
        let parts = [
            Some(part(whole.first, first, whole.state)),
            answer.map(|answer| part(first, end, answer)),
            Some(part(end, whole_end, whole.state)),
        ];
        let parts = parts.into_iter().flatten().filter(|part| part.count > 0);
        self.requests.extend(parts);
        true
    }

    /// Adds the match keys of records, in place of earlier ones.
    pub(super) fn recognise(&mut self, first: u64, kind: MatchKind, keys: Vec<Option<MatchKey>>) {
        self.forget_keys(first, keys.len() as u64);
        self.keys.push(Keys { first, kind, keys });
    }

    pub(super) fn forget_keys(&mut self, first: u64, count: u64) {
        let end = first + count;
        for Keys {
            first: start,
            kind,
            keys: mut before,
        } in std::mem::take(&mut self.keys)
        {
            let count = before.len() as u64;
            let place = |index: u64| index.saturating_sub(start).min(count) as usize;
            let after = before.split_off(place(end));
            before.truncate(place(first));
            for (first, keys) in [(start, before), (end.max(start), after)] {
                if !keys.is_empty() {
                    self.keys.push(Keys { first, kind, keys });
                }
            }
        }
    }

    /// Removes a request like this, if there is one.
    fn take(&mut self, is_wanted: impl Fn(&Request) -> bool) -> Option<Request> {
        let at = self.requests.iter().position(is_wanted)?;
        Some(self.requests.swap_remove(at))
    }

    pub(super) fn in_flight(&mut self, first: u64, count: u64) -> Option<&mut Request> {
        self.requests
            .iter_mut()
            .find(|request| request.is_under_way(first, count))
    }
}

impl Request {
    /// True if it was in flight.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.state == RequestState::InFlight
    }

    pub(super) fn is_under_way(&self, first: u64, count: u64) -> bool {
        (self.first, self.count, self.state) == (first, count, RequestState::InFlight)
    }

    /// True if the outcomes of these records are not known.
    fn is_in_doubt(&self, first: u64, count: u64) -> bool {
        matches!(self.state, RequestState::InFlight | RequestState::InDoubt)
            && self.first <= first
            && first + count <= self.first + self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_forgotten_where_requests_and_they_overlap() {
        let keys: Vec<_> = (2..8)
            .map(|n: u8| Some(MatchKey::of(b"", &[&n.to_string()])))
            .collect();
        for ((from, to), left) in [
            ((0, 2), vec![(2, 8)]),
            ((0, 3), vec![(3, 8)]),
            ((2, 4), vec![(4, 8)]),
            ((4, 5), vec![(2, 4), (5, 8)]),
            ((6, 8), vec![(2, 6)]),
            ((7, 10), vec![(2, 7)]),
            ((8, 10), vec![(2, 8)]),
            ((2, 8), vec![]),
            ((0, 10), vec![]),
        ] {
            let mut entry = Entry {
                first: 0,
                count: 10,
                fingerprint: Fingerprint([0; 16]),
                requests: Vec::new(),
                keys: Vec::new(),
            };
            entry.recognise(2, MatchKind::Tag, keys.clone());
            entry.forget_keys(from, to - from);
            let mut known: Vec<_> = entry
                .keys
                .iter()
                .map(|k| (k.first, k.keys.as_slice()))
                .collect();
            known.sort_by_key(|(first, _)| *first);
            let part = |(from, to): (usize, usize)| (from as u64, &keys[from - 2..to - 2]);
            let left: Vec<_> = left.into_iter().map(part).collect();
            assert_eq!(known, left, "{from} to {to}");
        }
    }
}
