//! The state recovered from a journal: which records of the input are settled or were in flight, and which
//! may be sent. It is small, because the outcomes of records stay in the store until they are needed.

use std::collections::VecDeque;

use super::{Entry, RequestState, record::LogRecord};
use crate::types::Timestamp;

/// The number of requests whose time of sending is kept: more than Copper accepts in any window.
const LATEST: usize = 1000;

/// The records that earlier starts took from the input, from the first one on and without a gap.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct RecoveredState {
    entries: VecDeque<Entry>,
    /// The times when the latest requests were sent.
    sent: VecDeque<Timestamp>,
    end: u64,
    /// The records whose keys the previous line has.
    keyed: Option<(u64, u64)>,
}

impl RecoveredState {
    /// Applies the line at `offset`. Returns false if it can't follow the lines before it.
    pub(super) fn read(&mut self, line: LogRecord, offset: u64) -> bool {
        let keyed = self.keyed.take();
        match line {
            LogRecord::Keys { first, kind, keys } => {
                let count = keys.len() as u64;
                let entry = self.entry_of(first, count);
                let known = entry
                    .map(|entry| entry.recognise(first, kind, keys))
                    .is_some();
                self.keyed = known.then_some((first, count));
                known
            }
            LogRecord::Records {
                first,
                count,
                fingerprint,
            } => {
                let follows = first == self.end;
                if follows {
                    self.end += count;
                    self.entries.push_back(Entry {
                        first,
                        count,
                        fingerprint,
                        requests: Vec::new(),
                        keys: Vec::new(),
                    });
                }
                follows
            }
            LogRecord::Sending { first, count, at } => {
                if self.sent.len() == LATEST {
                    self.sent.pop_front();
                }
                self.sent.push_back(at);
                self.entry_of(first, count).is_some_and(|entry| {
                    if keyed != Some((first, count)) {
                        entry.forget_keys(first, count);
                    }
                    entry.send(first, count, at)
                })
            }
            LogRecord::Refused { first, count } => {
                self.entry_of(first, count).is_some_and(|entry| {
                    let known = entry.in_flight(first, count).is_some();
                    entry
                        .requests
                        .retain(|request| !request.is_under_way(first, count));
                    known
                })
            }
            LogRecord::Answered { first, states } => {
                let entry = self.entry_of(first, states.len() as u64);
                entry.is_some_and(|entry| entry.answer(first, &states, offset))
            }
            LogRecord::Found { index, id } => self
                .entry_of(index, 1)
                .is_some_and(|entry| entry.settle(index, 1, Some(RequestState::Found(id)))),
            LogRecord::Absent { first, count } => self
                .entry_of(first, count)
                .is_some_and(|entry| entry.settle(first, count, None)),
        }
    }

    /// The entry that contains all these records.
    fn entry_of(&mut self, first: u64, count: u64) -> Option<&mut Entry> {
        let after = self.entries.partition_point(|entry| entry.first <= first);
        let entry = self.entries.get_mut(after.checked_sub(1)?)?;
        (first.saturating_add(count) <= entry.first + entry.count).then_some(entry)
    }

    /// The next entry, in the order of the input.
    pub(crate) fn pop(&mut self) -> Option<Entry> {
        self.entries.pop_front()
    }

    /// The number of records of the next entry.
    pub(crate) fn next_count(&self) -> Option<u64> {
        self.entries.front().map(|entry| entry.count)
    }

    /// All remaining entries, in the order of the input.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The times when the latest requests were sent, as many as any of Copper's limits counts.
    pub(crate) fn sent(&self) -> impl Iterator<Item = Timestamp> {
        self.sent.iter().copied()
    }

    /// The number of records of the input that it has.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Fingerprint, MatchKey, MatchKind, RecordedOutcome, Request},
        *,
    };
    use crate::types::Timestamp;

    fn records(first: u64, count: u64) -> LogRecord {
        let fingerprint =
            Fingerprint::read("00112233445566778899aabbccddeeff").expect("a fingerprint");
        LogRecord::Records {
            first,
            count,
            fingerprint,
        }
    }

    fn sending(first: u64, count: u64) -> LogRecord {
        LogRecord::Sending {
            first,
            count,
            at: Timestamp(1),
        }
    }

    fn refused(first: u64, count: u64) -> LogRecord {
        LogRecord::Refused { first, count }
    }

    fn answered(first: u64, count: usize) -> LogRecord {
        LogRecord::Answered {
            first,
            states: vec![RecordedOutcome::Done(1); count],
        }
    }

    fn recover(lines: impl IntoIterator<Item = LogRecord>) -> Option<RecoveredState> {
        let mut recovered = RecoveredState::default();
        lines
            .into_iter()
            .zip(1..)
            .all(|(line, offset)| recovered.read(line, offset))
            .then_some(recovered)
    }

    #[test]
    fn what_was_refused_may_be_sent_again_in_other_pieces() {
        let lines = [
            records(0, 10),
            sending(0, 10),
            refused(0, 10),
            sending(0, 5),
            records(10, 3),
            sending(5, 5),
            answered(5, 5),
        ];
        let mut recovered = recover(lines).expect("they follow on each other");
        assert_eq!((recovered.next_count(), recovered.end()), (Some(10), 13));
        let first = recovered.pop().expect("an entry");
        assert_eq!(
            first.requests,
            [
                Request {
                    first: 0,
                    count: 5,
                    sent: Timestamp(1),
                    state: RequestState::InFlight
                },
                Request {
                    first: 5,
                    count: 5,
                    sent: Timestamp(1),
                    state: RequestState::AnsweredAt(7)
                }
            ]
        );
        let second = recovered.pop().expect("an entry");
        assert_eq!((second.first, second.requests.len()), (10, 0));
        assert_eq!(recovered.pop(), None);
    }

    #[test]
    fn lines_that_would_send_or_settle_twice_or_out_of_nothing_are_refused() {
        for lines in [
            vec![sending(0, 10)],
            vec![answered(0, 10)],
            vec![records(1, 10)],
            vec![records(0, 10), records(9, 10)],
            vec![records(0, 10), records(11, 10)],
            vec![records(0, 10), sending(5, 10)],
            vec![records(0, 10), answered(0, 10)],
            vec![records(0, 10), refused(0, 10)],
            vec![records(0, 10), sending(0, 10), answered(0, 9)],
            vec![records(0, 10), sending(0, 10), refused(0, 5)],
            vec![
                records(0, 10),
                sending(0, 10),
                answered(0, 10),
                answered(0, 10),
            ],
            vec![
                records(0, 10),
                sending(0, 10),
                answered(0, 10),
                refused(0, 10),
            ],
            vec![
                records(0, 10),
                sending(0, 10),
                answered(0, 10),
                sending(0, 10),
            ],
            vec![records(0, 10), sending(0, 10), sending(9, 1)],
            vec![records(0, 10), sending(3, 3), sending(0, 4)],
        ] {
            assert_eq!(recover(lines.clone()), None, "{lines:?}");
        }
    }

    #[test]
    fn a_request_that_may_be_sent_twice_may_stand_twice() {
        assert!(
            recover([
                records(0, 10),
                sending(0, 10),
                sending(0, 10),
                answered(0, 10)
            ])
            .is_some()
        );
    }

    fn absent(first: u64, count: u64) -> LogRecord {
        LogRecord::Absent { first, count }
    }

    fn found(index: u64) -> LogRecord {
        LogRecord::Found { index, id: 7 }
    }

    /// Ten records whose answer leaves the sixth and the seventh in doubt.
    fn in_doubt() -> Vec<LogRecord> {
        let mut states = vec![RecordedOutcome::Done(1); 10];
        states[5..7].fill(RecordedOutcome::Unknown);
        let answered = LogRecord::Answered { first: 0, states };
        vec![records(0, 10), sending(0, 10), answered]
    }

    #[test]
    fn what_was_in_doubt_is_found_or_may_be_sent_again_one_by_one() {
        let mut lines = in_doubt();
        lines.extend([found(5), absent(6, 1), sending(6, 1)]);
        let entry = recover(lines).and_then(|mut recovered| recovered.pop());
        let mut requests = entry.expect("they follow on each other").requests;
        requests.sort_by_key(|request| request.first);
        let answers: Vec<_> = requests
            .iter()
            .map(|request| (request.first, request.count, request.state))
            .collect();
        assert_eq!(
            answers,
            [
                (0, 5, RequestState::AnsweredAt(3)),
                (5, 1, RequestState::Found(7)),
                (6, 1, RequestState::InFlight),
                (7, 3, RequestState::AnsweredAt(3))
            ]
        );
    }

    #[test]
    fn only_what_is_in_doubt_can_be_found_or_absent() {
        for line in [absent(0, 1), found(4), absent(6, 2), absent(4, 2), found(9)] {
            let mut lines = in_doubt();
            lines.push(line.clone());
            assert_eq!(recover(lines), None, "{line:?}");
        }
        let states = vec![RecordedOutcome::Unknown, RecordedOutcome::Done(1)];
        let of_two = LogRecord::Answered { first: 0, states };
        let beyond = [records(0, 2), sending(0, 2), of_two, absent(0, 2)];
        assert_eq!(recover(beyond), None, "one of the two is settled");
        for twice in [
            [found(5), found(5)],
            [absent(5, 1), absent(5, 1)],
            [found(5), absent(5, 1)],
            [absent(5, 1), found(5)],
            [found(5), sending(5, 1)],
        ] {
            let mut lines = in_doubt();
            lines.extend(twice.clone());
            assert_eq!(recover(lines), None, "{twice:?}");
        }
    }

    #[test]
    fn keys_are_those_of_the_last_sending() {
        let key = MatchKey::of(b"", &["a"]);
        let keys = |first, count| LogRecord::Keys {
            first,
            kind: MatchKind::Tag,
            keys: vec![Some(key); count],
        };
        let known = |lines: Vec<LogRecord>| {
            let entry = recover(lines).and_then(|mut recovered| recovered.pop());
            let entry = entry.expect("they follow on each other");
            let known = |index| entry.key(index, MatchKind::Tag).is_some();
            (
                (0..10).map(known).collect::<Vec<_>>(),
                entry.is_keyed(MatchKind::Tag),
            )
        };
        let whole = vec![records(0, 10), keys(0, 10), sending(0, 10)];
        assert_eq!(known(whole.clone()), (vec![true; 10], true));
        let mut again = whole;
        again.extend([absent(3, 2), sending(3, 2)]);
        let mut without = vec![true; 10];
        without[3..5].fill(false);
        assert_eq!(known(again), (without, false));
    }
}
