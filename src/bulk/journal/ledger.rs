//! What the lines of a journal come to: which records of the input are settled or were under way, and
//! which may be sent. Pure, and small: the states themselves stay in the file until they are wanted.

use std::collections::VecDeque;

use super::{
    super::reconcile::{Key, Way},
    Fingerprint,
    line::{Line, State},
};
use crate::types::Timestamp;

/// What earlier starts have left: the records that they took from the input, from the first on and
/// without a gap.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Ledger {
    entries: VecDeque<Entry>,
    end: u64,
    /// Which records the line before gives the keys of.
    keyed: Option<(u64, u64)>,
    says_version: bool,
}

/// Records that were taken from the input together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) first: u64,
    pub(crate) count: u64,
    pub(crate) fingerprint: Fingerprint,
    /// Those that must not be sent again, in no order.
    pub(crate) requests: Vec<Request>,
    /// What some of its records can be recognised by, in no order.
    pub(crate) keys: Vec<Keys>,
}

/// Records of one request, or those of them that fared alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) first: u64,
    pub(crate) count: u64,
    /// When it was sent, if that is known.
    pub(crate) sent: Option<Timestamp>,
    pub(crate) answer: Answer,
}

/// What is known of the records of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Answer {
    /// They were under way.
    None,
    /// The line at this offset has their states.
    At(u64),
    /// Their answer left them in doubt.
    Unknown,
    /// There is one, it was in doubt, and was found by this id.
    Found(i64),
}

/// What records that follow on each other can be recognised by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Keys {
    pub(crate) first: u64,
    pub(crate) way: Way,
    pub(crate) keys: Vec<Option<Key>>,
}

impl Ledger {
    /// Takes in the line at `offset`. False if it can't follow on the lines before.
    pub(super) fn read(&mut self, line: Line, offset: u64) -> bool {
        let keyed = self.keyed.take();
        match line {
            Line::Version => {
                self.says_version = true;
                true
            }
            Line::Keys { first, way, keys } => {
                let count = keys.len() as u64;
                let entry = self.entry_of(first, count);
                let known = entry
                    .map(|entry| entry.recognise(first, way, keys))
                    .is_some();
                self.keyed = known.then_some((first, count));
                known
            }
            Line::Records {
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
            Line::Sending { first, count, at } => {
                self.entry_of(first, count).is_some_and(|entry| {
                    if keyed != Some((first, count)) {
                        entry.forget_keys(first, count);
                    }
                    entry.send(first, count, at)
                })
            }
            Line::Refused { first, count } => self.entry_of(first, count).is_some_and(|entry| {
                let known = entry.under_way(first, count).is_some();
                entry
                    .requests
                    .retain(|request| !request.is_under_way(first, count));
                known
            }),
            Line::Answered { first, states } => {
                let entry = self.entry_of(first, states.len() as u64);
                entry.is_some_and(|entry| entry.answer(first, &states, offset))
            }
            Line::Found { index, id } => self
                .entry_of(index, 1)
                .is_some_and(|entry| entry.settle(index, 1, Some(Answer::Found(id)))),
            Line::Absent { first, count } => self
                .entry_of(first, count)
                .is_some_and(|entry| entry.settle(first, count, None)),
        }
    }

    /// The entry that holds all these records.
    fn entry_of(&mut self, first: u64, count: u64) -> Option<&mut Entry> {
        let after = self.entries.partition_point(|entry| entry.first <= first);
        let entry = self.entries.get_mut(after.checked_sub(1)?)?;
        (first.saturating_add(count) <= entry.first + entry.count).then_some(entry)
    }

    /// The next entry, in the order of the input.
    pub(crate) fn pop(&mut self) -> Option<Entry> {
        self.entries.pop_front()
    }

    /// How many records the next entry holds.
    pub(crate) fn next_count(&self) -> Option<u64> {
        self.entries.front().map(|entry| entry.count)
    }

    /// Whether it goes on in the present version, whatever its first line says.
    pub(super) fn says_version(&self) -> bool {
        self.says_version
    }

    /// All entries that are left, in the order of the input.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How many records of the input it knew of in all.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }
}

impl Entry {
    /// What the record at this index can be recognised by, if that was written down.
    pub(crate) fn key(&self, index: u64, way: Way) -> Option<Option<Key>> {
        let mut of_way = self.keys.iter().filter(|keys| keys.way == way);
        of_way.find_map(|keys| {
            let place = usize::try_from(index.checked_sub(keys.first)?).ok()?;
            keys.keys.get(place).copied()
        })
    }

    /// Whether that was written down of all records that must not be sent again.
    pub(crate) fn is_keyed(&self, way: Way) -> bool {
        let mut sent = self
            .requests
            .iter()
            .flat_map(|request| request.first..request.first.saturating_add(request.count));
        sent.all(|index| self.key(index, way).is_some())
    }

    /// A request may be sent again as it was if what it does may be done twice; otherwise no record is
    /// sent that was sent before.
    fn send(&mut self, first: u64, count: u64, sent: Option<Timestamp>) -> bool {
        let again = self.under_way(first, count).is_some();
        let free = self
            .requests
            .iter()
            .all(|sent| first + count <= sent.first || sent.first + sent.count <= first);
        if free {
            self.requests.push(Request {
                first,
                count,
                sent,
                answer: Answer::None,
            });
        }
        again || free
    }

    /// Takes in the answer to a request. Those of its records that are in doubt are set apart, for they
    /// may be settled later, one by one.
    fn answer(&mut self, first: u64, states: &[State], offset: u64) -> bool {
        let count = states.len() as u64;
        let Some(at) = self
            .requests
            .iter()
            .position(|request| request.is_under_way(first, count))
        else {
            return false;
        };
        let sent = self.requests.swap_remove(at).sent;
        let mut from = first;
        for alike in states.chunk_by(|a, b| (*a == State::Unknown) == (*b == State::Unknown)) {
            let in_doubt = alike.contains(&State::Unknown);
            let count = alike.len() as u64;
            self.requests.push(Request {
                first: from,
                count,
                sent,
                answer: match in_doubt {
                    true => Answer::Unknown,
                    false => Answer::At(offset),
                },
            });
            from += count;
        }
        true
    }

    /// Settles records of one request that were in doubt: as found, or, where there is no answer, as free
    /// to be sent again.
    fn settle(&mut self, first: u64, count: u64, answer: Option<Answer>) -> bool {
        let Some(at) = self
            .requests
            .iter()
            .position(|request| request.is_in_doubt(first, count))
        else {
            return false;
        };
        let whole = self.requests.swap_remove(at);
        let part = |from: u64, to: u64, answer| Request {
            first: from,
            count: to - from,
            answer,
            ..whole
        };
        let (end, whole_end) = (first + count, whole.first + whole.count);
        let parts = [
            Some(part(whole.first, first, whole.answer)),
            answer.map(|answer| part(first, end, answer)),
            Some(part(end, whole_end, whole.answer)),
        ];
        let parts = parts.into_iter().flatten().filter(|part| part.count > 0);
        self.requests.extend(parts);
        true
    }

    /// Takes in what records can be recognised by, in the place of what they could be by before.
    fn recognise(&mut self, first: u64, way: Way, keys: Vec<Option<Key>>) {
        self.forget_keys(first, keys.len() as u64);
        self.keys.push(Keys { first, way, keys });
    }

    fn forget_keys(&mut self, first: u64, count: u64) {
        let end = first + count;
        for Keys {
            first: start,
            way,
            keys: mut before,
        } in std::mem::take(&mut self.keys)
        {
            let count = before.len() as u64;
            let place = |index: u64| index.saturating_sub(start).min(count) as usize;
            let after = before.split_off(place(end));
            before.truncate(place(first));
            for (first, keys) in [(start, before), (end.max(start), after)] {
                if !keys.is_empty() {
                    self.keys.push(Keys { first, way, keys });
                }
            }
        }
    }

    fn under_way(&mut self, first: u64, count: u64) -> Option<&mut Request> {
        self.requests
            .iter_mut()
            .find(|request| request.is_under_way(first, count))
    }
}

impl Request {
    /// Whether it was under way.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.answer == Answer::None
    }

    fn is_under_way(&self, first: u64, count: u64) -> bool {
        (self.first, self.count, self.answer) == (first, count, Answer::None)
    }

    /// Whether it is open what became of these of its records.
    fn is_in_doubt(&self, first: u64, count: u64) -> bool {
        matches!(self.answer, Answer::None | Answer::Unknown)
            && self.first <= first
            && first + count <= self.first + self.count
    }
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    fn records(first: u64, count: u64) -> Line {
        let fingerprint =
            Fingerprint::read("00112233445566778899aabbccddeeff").expect("a fingerprint");
        Line::Records {
            first,
            count,
            fingerprint,
        }
    }

    fn sending(first: u64, count: u64) -> Line {
        Line::Sending {
            first,
            count,
            at: Some(Timestamp(1)),
        }
    }

    fn refused(first: u64, count: u64) -> Line {
        Line::Refused { first, count }
    }

    fn answered(first: u64, count: usize) -> Line {
        Line::Answered {
            first,
            states: vec![State::Done(1); count],
        }
    }

    fn ledger(lines: impl IntoIterator<Item = Line>) -> Option<Ledger> {
        let mut ledger = Ledger::default();
        lines
            .into_iter()
            .zip(1..)
            .all(|(line, offset)| ledger.read(line, offset))
            .then_some(ledger)
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
        let mut ledger = ledger(lines).expect("they follow on each other");
        assert_eq!((ledger.next_count(), ledger.end()), (Some(10), 13));
        let first = ledger.pop().expect("an entry");
        assert_eq!(
            first.requests,
            [
                Request {
                    first: 0,
                    count: 5,
                    sent: Some(Timestamp(1)),
                    answer: Answer::None
                },
                Request {
                    first: 5,
                    count: 5,
                    sent: Some(Timestamp(1)),
                    answer: Answer::At(7)
                }
            ]
        );
        let second = ledger.pop().expect("an entry");
        assert_eq!((second.first, second.requests.len()), (10, 0));
        assert_eq!(ledger.pop(), None);
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
            assert_eq!(ledger(lines.clone()), None, "{lines:?}");
        }
    }

    #[test]
    fn a_request_that_may_be_sent_twice_may_stand_twice() {
        assert!(
            ledger([
                records(0, 10),
                sending(0, 10),
                sending(0, 10),
                answered(0, 10)
            ])
            .is_some()
        );
    }

    fn absent(first: u64, count: u64) -> Line {
        Line::Absent { first, count }
    }

    fn found(index: u64) -> Line {
        Line::Found { index, id: 7 }
    }

    /// Ten records whose answer leaves the sixth and the seventh in doubt.
    fn in_doubt() -> Vec<Line> {
        let mut states = vec![State::Done(1); 10];
        states[5..7].fill(State::Unknown);
        let answered = Line::Answered { first: 0, states };
        vec![records(0, 10), sending(0, 10), answered]
    }

    #[test]
    fn what_was_in_doubt_is_found_or_may_be_sent_again_one_by_one() {
        let mut lines = in_doubt();
        lines.extend([found(5), absent(6, 1), sending(6, 1)]);
        let entry = ledger(lines).and_then(|mut ledger| ledger.pop());
        let mut requests = entry.expect("they follow on each other").requests;
        requests.sort_by_key(|request| request.first);
        let answers: Vec<_> = requests
            .iter()
            .map(|request| (request.first, request.count, request.answer))
            .collect();
        assert_eq!(
            answers,
            [
                (0, 5, Answer::At(3)),
                (5, 1, Answer::Found(7)),
                (6, 1, Answer::None),
                (7, 3, Answer::At(3))
            ]
        );
    }

    #[test]
    fn only_what_is_in_doubt_can_be_found_or_absent() {
        for line in [absent(0, 1), found(4), absent(6, 2), absent(4, 2), found(9)] {
            let mut lines = in_doubt();
            lines.push(line.clone());
            assert_eq!(ledger(lines), None, "{line:?}");
        }
        let states = vec![State::Unknown, State::Done(1)];
        let of_two = Line::Answered { first: 0, states };
        let beyond = [records(0, 2), sending(0, 2), of_two, absent(0, 2)];
        assert_eq!(ledger(beyond), None, "one of the two is settled");
        for twice in [
            [found(5), found(5)],
            [absent(5, 1), absent(5, 1)],
            [found(5), absent(5, 1)],
            [absent(5, 1), found(5)],
            [found(5), sending(5, 1)],
        ] {
            let mut lines = in_doubt();
            lines.extend(twice.clone());
            assert_eq!(ledger(lines), None, "{twice:?}");
        }
    }

    #[test]
    fn keys_are_those_of_the_last_sending() {
        let key = Key::of(b"", &["a"]);
        let keys = |first, count| Line::Keys {
            first,
            way: Way::Tag,
            keys: vec![Some(key); count],
        };
        let known = |lines: Vec<Line>| {
            let entry = ledger(lines).and_then(|mut ledger| ledger.pop());
            let entry = entry.expect("they follow on each other");
            let known = |index| entry.key(index, Way::Tag).is_some();
            (
                (0..10).map(known).collect::<Vec<_>>(),
                entry.is_keyed(Way::Tag),
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

    #[test]
    fn keys_are_forgotten_where_requests_and_they_overlap() {
        let keys: Vec<_> = (2..8)
            .map(|n: u8| Some(Key::of(b"", &[&n.to_string()])))
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
            entry.recognise(2, Way::Tag, keys.clone());
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
