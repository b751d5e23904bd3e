//! What the lines of a journal come to: which records of the input are settled or were under way, and
//! which may be sent. Pure, and small: the states themselves stay in the file until they are wanted.

use std::collections::VecDeque;

use super::{Fingerprint, line::Line};

/// What earlier starts have left: the records that they took from the input, from the first on and
/// without a gap.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Ledger {
    entries: VecDeque<Entry>,
    end: u64,
}

/// Records that were taken from the input together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) first: u64,
    pub(crate) count: u64,
    pub(crate) fingerprint: Fingerprint,
    /// Those that must not be sent again, in no order.
    pub(crate) requests: Vec<Request>,
}

/// Records of one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) first: u64,
    pub(crate) count: u64,
    /// Where the line with their states is; none if they were under way.
    pub(crate) answer: Option<u64>,
}

impl Ledger {
    /// Takes in the line at `offset`. False if it can't follow on the lines before.
    pub(super) fn read(&mut self, line: Line, offset: u64) -> bool {
        match line {
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
                    });
                }
                follows
            }
            Line::Sending { first, count } => self
                .entry_of(first, count)
                .is_some_and(|entry| entry.send(first, count)),
            Line::Refused { first, count } => self.entry_of(first, count).is_some_and(|entry| {
                let known = entry.under_way(first, count).is_some();
                entry
                    .requests
                    .retain(|request| !request.is_under_way(first, count));
                known
            }),
            Line::Answered { first, states } => {
                let count = states.len() as u64;
                let request = self
                    .entry_of(first, count)
                    .and_then(|entry| entry.under_way(first, count));
                request
                    .map(|request| request.answer = Some(offset))
                    .is_some()
            }
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

    /// How many records of the input it knew of in all.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }
}

impl Entry {
    /// A request may be sent again as it was if what it does may be done twice; otherwise no record is
    /// sent that was sent before.
    fn send(&mut self, first: u64, count: u64) -> bool {
        let again = self.under_way(first, count).is_some();
        let free = self
            .requests
            .iter()
            .all(|sent| first + count <= sent.first || sent.first + sent.count <= first);
        if free {
            self.requests.push(Request {
                first,
                count,
                answer: None,
            });
        }
        again || free
    }

    fn under_way(&mut self, first: u64, count: u64) -> Option<&mut Request> {
        self.requests
            .iter_mut()
            .find(|request| request.is_under_way(first, count))
    }
}

impl Request {
    fn is_under_way(&self, first: u64, count: u64) -> bool {
        (self.first, self.count, self.answer) == (first, count, None)
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
        Line::Sending { first, count }
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
                    answer: None
                },
                Request {
                    first: 5,
                    count: 5,
                    answer: Some(7)
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
}
