//! The records of one chunk as plain state: still to be sent, in flight, or settled. Every record that goes
//! in comes out with exactly one outcome, in the order of the input.

use std::{collections::VecDeque, mem};

use crate::{
    endpoint::Endpoint,
    item::{Item, Record},
    outcome::{Outcome, Rejection, Settled, Unknown},
};

/// The outcomes of a chunk, in the order of the input.
pub(crate) type Outcomes<E> = Vec<Settled<<E as Endpoint>::Input, <E as Endpoint>::Output>>;

/// The records of one request: the index of the first in the input, and their number.
pub(super) type Range = (u64, usize);

/// The records of one chunk.
pub(super) struct Queue<E: Endpoint> {
    /// The index of the first record in the input.
    first: u64,
    /// The records without an outcome, and settled ones behind them, in order.
    parts: VecDeque<Part<E::Input, E::Output>>,
    /// The request that may have been sent.
    in_flight: Option<E>,
    in_flight_count: usize,
    /// Records before this index may already have taken effect, although their request is sent again; and the
    /// reason to give if the new attempt does not settle them.
    doubt: Option<(u64, Unknown)>,
    /// True if an earlier start may have sent some of them, and it is not yet known which.
    is_recovering: bool,
    settled: Outcomes<E>,
}

/// Consecutive records.
enum Part<I, T> {
    /// For one request.
    Unsent(Vec<I>),
    /// Settled, although records before them are still to be sent.
    Settled(Vec<Settled<I, T>>),
}

/// The outcome of a record by its item.
pub(crate) fn outcome<T>(item: Item<T>) -> Outcome<T> {
    match item {
        Item::Done(record) => Outcome::Done(record),
        Item::Failed(failure) => Outcome::Rejected(Rejection::item(failure)),
        Item::Unreadable { raw, reason } => Outcome::Unknown(Unknown::unreadable(raw, reason)),
    }
}

/// The records that were just settled, and the index of the next one.
pub(super) struct JustSettled<'a, E: Endpoint> {
    pub(super) settled: &'a [Settled<E::Input, E::Output>],
    pub(super) next: Option<Range>,
}

impl<E: Endpoint> Queue<E> {
    /// A queue of records that no earlier start has sent. Those that are `invalid` are rejected, and not
    /// sent.
    pub(super) fn new(
        first: u64,
        records: Vec<E::Input>,
        invalid: impl Fn(u64, &E::Input) -> Option<Rejection>,
    ) -> (Self, Option<Range>) {
        let mut queue = Self::recovering(first, records);
        queue.is_recovering = false;
        queue.reject(invalid);
        let next = queue.next();
        (queue, next)
    }

    /// A queue of records of which an earlier start may have sent some.
    pub(super) fn recovering(first: u64, records: Vec<E::Input>) -> Self {
        Self {
            first,
            settled: Vec::with_capacity(records.len()),
            parts: VecDeque::from([Part::Unsent(records)]),
            in_flight: None,
            in_flight_count: 0,
            doubt: None,
            is_recovering: true,
        }
    }

    /// Applies the journal's state of each record: its outcome, or that it may be sent. If one is sent again
    /// although it may have taken effect, `doubt` is the reason.
    pub(super) fn recovered(
        &mut self,
        known: Vec<Option<Outcome<E::Output>>>,
        doubt: Option<Unknown>,
        invalid: impl Fn(u64, &E::Input) -> Option<Rejection>,
    ) -> Option<Range> {
        self.is_recovering = false;
        for ((index, record), outcome) in (self.first..).zip(self.take_front()).zip(known) {
            match outcome {
                Some(outcome) => self.push_settled(Settled {
                    index,
                    input: record,
                    outcome,
                    from_journal: true,
                    key: (),
                }),
                None => self.push_unsent(record),
            }
        }
        let next = self.next();
        if let Some(why) = doubt {
            // It may be in Copper, even though it is invalid.
            self.begin_doubt(why);
            return next;
        }
        self.reject(invalid);
        self.next()
    }

    /// Rejects the invalid ones among the records that are still to be sent.
    fn reject(&mut self, invalid: impl Fn(u64, &E::Input) -> Option<Rejection>) {
        let mut index = self.next_index();
        for part in mem::take(&mut self.parts) {
            let records = match part {
                Part::Unsent(records) => records,
                Part::Settled(settled) => {
                    index += settled.len() as u64;
                    self.parts.push_back(Part::Settled(settled));
                    continue;
                }
            };
            let count = records.len() as u64;
            let first_invalid = records
                .iter()
                .enumerate()
                .find_map(|(place, record)| Some((place, invalid(index + place as u64, record)?)));
            // Nearly always all are valid, and nothing is moved.
            let Some((place, why)) = first_invalid else {
                index += count;
                self.parts.push_back(Part::Unsent(records));
                continue;
            };
            let mut first = Some(why);
            for (at, record) in records.into_iter().enumerate() {
                let why = match at {
                    _ if at < place => None,
                    _ if at == place => first.take(),
                    _ => invalid(index + at as u64, &record),
                };
                match why {
                    None => self.push_unsent(record),
                    Some(why) => self.push_settled(Settled {
                        index: index + at as u64,
                        input: record,
                        outcome: Outcome::Rejected(why),
                        from_journal: false,
                        key: (),
                    }),
                }
            }
            index += count;
        }
    }

    /// The next records to be sent. None if all have their outcome.
    pub(super) fn next(&mut self) -> Option<Range> {
        while let Some(part) = self.parts.pop_front() {
            match part {
                Part::Settled(settled) => self.settled.extend(settled),
                Part::Unsent(records) => {
                    let range = (self.next_index(), records.len());
                    self.parts.push_front(Part::Unsent(records));
                    return Some(range);
                }
            }
        }
        None
    }

    /// The records of the next request.
    pub(super) fn front(&self) -> &[E::Input] {
        match self.parts.front() {
            Some(Part::Unsent(records)) => records,
            _ => &[],
        }
    }

    /// The next request, which counts as in flight from now on; and, if `mark` changes its records, the
    /// request with the marked records.
    pub(super) fn depart(
        &mut self,
        terms: &E::Terms,
        mark: impl FnOnce(&[E::Input]) -> Option<Vec<E::Input>>,
    ) -> (&E, Option<E>) {
        let records = self.take_front();
        self.in_flight_count = records.len();
        let marked = mark(&records).map(|records| E::wrap(records, terms));
        (self.in_flight.insert(E::wrap(records, terms)), marked)
    }

    /// Settles the records in flight by the items of an answer. If the numbers of items and records differ,
    /// nobody can tell which item belongs to which record. Nor can anybody tell which record an id in
    /// `repeated` belongs to.
    pub(super) fn answered(
        &mut self,
        items: Vec<Item<E::Output>>,
        repeated: &[i64],
    ) -> JustSettled<'_, E> {
        let from = self.settled.len();
        let records = self
            .in_flight
            .take()
            .map(E::into_records)
            .unwrap_or_default();
        let (sent, answered) = (records.len(), items.len());
        if sent == answered {
            for (record, item) in records.into_iter().zip(items) {
                let outcome = match item {
                    Item::Done(done) if repeated.contains(&done.id()) => {
                        Outcome::Unknown(Unknown::repeated_id(done.id()))
                    }
                    item => outcome(item),
                };
                self.give(record, outcome);
            }
        } else {
            for record in records {
                let doubt = Unknown::miscounted(sent, answered);
                self.give(record, Outcome::Unknown(doubt));
            }
        }
        self.just_settled(from)
    }

    /// Takes back the records in flight: their request got no answer that settles them.
    pub(super) fn unanswered(&mut self) {
        if let Some(request) = self.in_flight.take() {
            self.parts.push_front(Part::Unsent(request.into_records()));
        }
    }

    /// Replaces the next request by requests of at most `size` records.
    pub(super) fn split(&mut self, size: usize) -> Option<Range> {
        let mut rest = self.take_front();
        let size = size.clamp(1, rest.len().max(1));
        let mut starts: Vec<_> = (0..rest.len()).step_by(size).collect();
        while let Some(start) = starts.pop() {
            self.parts.push_front(Part::Unsent(rest.split_off(start)));
        }
        self.next()
    }

    /// Settles the records of the next request.
    pub(super) fn settle(
        &mut self,
        outcome: impl Fn() -> Outcome<E::Output>,
    ) -> JustSettled<'_, E> {
        let from = self.settled.len();
        for record in self.take_front() {
            self.give(record, outcome());
        }
        self.just_settled(from)
    }

    /// Settles the records of the next request, which is not sent, or not sent again. Those in doubt stay in
    /// doubt.
    pub(super) fn give_up(&mut self, outcome: impl Fn() -> Outcome<E::Output>) -> Option<Range> {
        for record in self.take_front() {
            let outcome = match (&self.doubt, outcome()) {
                (Some((end, why)), _) if self.next_index() < *end => Outcome::Unknown(why.clone()),
                (_, Outcome::NotSent(_)) if self.is_recovering => {
                    Outcome::Unknown(Unknown::journalled())
                }
                (_, outcome) => outcome,
            };
            self.give(record, outcome);
        }
        self.next()
    }

    /// Notes that the next request may already have taken effect, although it is sent again.
    pub(super) fn begin_doubt(&mut self, why: Unknown) {
        self.doubt = Some((self.next_index() + self.front().len() as u64, why));
    }

    /// Notes that the next request had no effect so far: Copper refused its content.
    pub(super) fn end_doubt(&mut self) {
        self.doubt = None;
    }

    /// True if the next request may already have taken effect.
    pub(super) fn is_in_doubt(&self) -> bool {
        let doubt = self.doubt.as_ref();
        doubt.is_some_and(|(end, _)| self.next_index() < *end)
    }

    /// The outcomes so far, so that those in doubt can be settled.
    pub(super) fn settled_mut(&mut self) -> &mut [Settled<E::Input, E::Output>] {
        &mut self.settled
    }

    /// Takes the records at these places back to be sent again, because they are known to be absent.
    pub(super) fn send_again(&mut self, places: &[usize]) -> Option<Range> {
        if places.is_empty() {
            return None;
        }
        self.end_doubt();
        for (place, settled) in mem::take(&mut self.settled).into_iter().enumerate() {
            if places.contains(&place) {
                self.push_unsent(settled.input);
            } else {
                self.push_settled(settled);
            }
        }
        self.next()
    }

    /// The records in flight.
    pub(super) fn in_flight(&self) -> Option<Range> {
        self.in_flight.as_ref()?;
        Some((self.next_index(), self.in_flight_count))
    }

    /// Gives every record without an outcome one. Records in flight may have taken effect.
    pub(super) fn finish(&mut self, unsent: impl Fn() -> Outcome<E::Output>) -> Outcomes<E> {
        if let Some(request) = self.in_flight.take() {
            for record in request.into_records() {
                self.give(record, Outcome::Unknown(Unknown::interrupted()));
            }
        }
        while self.next().is_some() {
            self.give_up(&unsent);
        }
        mem::take(&mut self.settled)
    }

    /// The index of the next record that is settled.
    fn next_index(&self) -> u64 {
        self.first + self.settled.len() as u64
    }

    fn give(&mut self, input: E::Input, outcome: Outcome<E::Output>) {
        self.settled.push(Settled {
            index: self.next_index(),
            input,
            outcome,
            from_journal: false,
            key: (),
        });
    }

    fn just_settled(&mut self, from: usize) -> JustSettled<'_, E> {
        let to = self.settled.len();
        let next = self.next();
        JustSettled {
            settled: self.settled.get(from..to).unwrap_or_default(),
            next,
        }
    }

    fn take_front(&mut self) -> Vec<E::Input> {
        match self.parts.pop_front() {
            Some(Part::Unsent(records)) => records,
            Some(settled) => {
                self.parts.push_front(settled);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn push_unsent(&mut self, record: E::Input) {
        match self.parts.back_mut() {
            Some(Part::Unsent(unsent)) => unsent.push(record),
            _ => self.parts.push_back(Part::Unsent(vec![record])),
        }
    }

    fn push_settled(&mut self, settled: Settled<E::Input, E::Output>) {
        match self.parts.back_mut() {
            Some(Part::Settled(before)) => before.push(settled),
            _ => self.parts.push_back(Part::Settled(vec![settled])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        outcome::{NotSent, StoppedBy},
        types::{BulkCreateLeads, Lead, NewLead},
    };

    type Leads = Queue<BulkCreateLeads>;

    fn leads(count: usize) -> Vec<NewLead> {
        (0..count).map(|n| NewLead::named(n.to_string())).collect()
    }

    fn valid(_: u64, _: &NewLead) -> Option<Rejection> {
        None
    }

    /// Finds the leads at odd places invalid, and checks that each is asked for with its index.
    fn odd(index: u64, lead: &NewLead) -> Option<Rejection> {
        let place: u64 = lead.name.parse().expect("a number");
        assert_eq!(index, 10 + place);
        (place % 2 == 1).then(|| Rejection::unsent("name", "odd".to_owned()))
    }

    /// A queue of this many valid leads, the first of which has index 10.
    fn queue(count: usize) -> Leads {
        Queue::new(10, leads(count), valid).0
    }

    fn not_sent() -> Outcome<Lead> {
        Outcome::NotSent(NotSent::stopped(StoppedBy::Caller))
    }

    fn unknown() -> Outcome<Lead> {
        Outcome::Unknown(Unknown::journalled())
    }

    fn items(text: &str) -> Vec<Item<Lead>> {
        serde_json::from_str(text).expect("items")
    }

    /// One letter for each outcome, in order. Checks that each lead is at its own place.
    fn letters(outcomes: &Outcomes<BulkCreateLeads>) -> String {
        for (place, settled) in outcomes.iter().enumerate() {
            assert_eq!(settled.index, 10 + place as u64);
            assert_eq!(settled.input.name, place.to_string());
        }
        let letter = |settled: &Settled<_, _>| match settled.outcome {
            Outcome::Done(_) => 'd',
            Outcome::Rejected(_) => 'r',
            Outcome::NotSent(_) => 'n',
            Outcome::Unknown(_) => 'u',
        };
        outcomes.iter().map(letter).collect()
    }

    #[test]
    fn each_lead_gets_the_item_of_its_answer() {
        let (mut queue, next) = Queue::<BulkCreateLeads>::new(10, leads(3), valid);
        assert_eq!(next, Some((10, 3)));
        let (request, marked) = queue.depart(&(), |_| None);
        assert_eq!((request.leads.len(), marked.is_none()), (3, true));
        let answer = items(r#"[{"id":1},{"success":false},{"id":0}]"#);
        let progress = queue.answered(answer, &[]);
        assert_eq!((progress.settled.len(), progress.next), (3, None));
        assert_eq!(letters(&queue.finish(not_sent)), "dru");
    }

    #[test]
    fn an_id_that_was_given_before_leaves_its_record_in_doubt() {
        let mut queue = queue(3);
        queue.depart(&(), |_| None);
        queue.answered(items(r#"[{"id":1},{"id":2},{"id":1}]"#), &[1]);
        assert_eq!(letters(&queue.finish(not_sent)), "udu");
    }

    #[test]
    fn an_answer_of_another_length_leaves_all_in_doubt() {
        for answer in ["[]", r#"[{"id":1}]"#, r#"[{"id":1},{"id":2},{"id":3}]"#] {
            let mut queue = queue(2);
            queue.depart(&(), |_| None);
            queue.answered(items(answer), &[]);
            assert_eq!(letters(&queue.finish(not_sent)), "uu", "{answer}");
        }
    }

    #[test]
    fn what_is_in_flight_when_all_ends_is_in_doubt_and_the_rest_is_not_sent() {
        let mut queue = queue(5);
        assert_eq!(queue.split(2), Some((10, 2)));
        queue.depart(&(), |_| None);
        assert_eq!(letters(&queue.finish(not_sent)), "uunnn");
        assert!(queue.finish(not_sent).is_empty(), "all are given out");
    }

    #[test]
    fn a_request_without_an_answer_is_back_in_its_place() {
        let mut queue = queue(4);
        queue.split(2);
        queue.depart(&(), |_| None);
        queue.unanswered();
        assert_eq!(queue.next(), Some((10, 2)));
        assert_eq!(queue.front().len(), 2);
    }

    #[test]
    fn a_split_keeps_all_leads_in_order_whatever_the_size() {
        for (size, sizes) in [
            (0, vec![1; 5]),
            (2, vec![2, 2, 1]),
            (5, vec![5]),
            (9, vec![5]),
        ] {
            let mut queue = queue(5);
            let mut next = queue.split(size);
            let mut seen = Vec::new();
            while let Some((_, count)) = next {
                seen.push(count);
                next = queue.settle(unknown).next;
            }
            assert_eq!(seen, sizes, "{size}");
            assert_eq!(letters(&queue.finish(not_sent)), "uuuuu");
        }
    }

    #[test]
    fn invalid_leads_are_rejected_in_their_place_and_the_others_sent() {
        let (mut queue, mut next) = Queue::<BulkCreateLeads>::new(10, leads(5), odd);
        let mut requests = Vec::new();
        while let Some(range) = next {
            requests.push(range);
            next = queue.settle(unknown).next;
        }
        assert_eq!(requests, [(10, 1), (12, 1), (14, 1)]);
        assert_eq!(letters(&queue.finish(not_sent)), "ururu");
        let none = |_, _: &NewLead| Some(Rejection::unsent("name", "all".to_owned()));
        let (mut queue, next) = Queue::<BulkCreateLeads>::new(10, leads(2), none);
        assert_eq!(next, None);
        assert_eq!(letters(&queue.finish(not_sent)), "rr");
    }

    #[test]
    fn what_an_earlier_start_sent_is_not_sent_and_comes_back_in_its_place() {
        let mut queue = Leads::recovering(10, leads(4));
        let known = vec![Some(unknown()), None, None, Some(unknown())];
        assert_eq!(queue.recovered(known, None, valid), Some((11, 2)));
        let progress = queue.settle(not_sent);
        assert_eq!((progress.settled.len(), progress.next), (2, None));
        let outcomes = queue.finish(not_sent);
        assert_eq!(letters(&outcomes), "unnu");
        let from_journal: Vec<_> = outcomes.iter().map(|it| it.from_journal).collect();
        assert_eq!(from_journal, [true, false, false, true]);
    }

    #[test]
    fn an_invalid_lead_is_rejected_after_those_that_an_earlier_start_sent() {
        let mut queue = Leads::recovering(10, leads(4));
        let known = vec![None, Some(unknown()), None, None];
        assert_eq!(queue.recovered(known, None, odd), Some((10, 1)));
        assert_eq!(queue.settle(not_sent).next, Some((12, 1)));
        assert_eq!(letters(&queue.finish(not_sent)), "nunr");
    }

    #[test]
    fn invalid_leads_are_rejected_on_both_sides_of_one_that_an_earlier_start_sent() {
        let mut queue = Leads::recovering(10, leads(5));
        let known = vec![None, None, Some(unknown()), None, None];
        assert_eq!(queue.recovered(known, None, odd), Some((10, 1)));
        assert_eq!(queue.settle(not_sent).next, Some((14, 1)));
        assert_eq!(letters(&queue.finish(not_sent)), "nrurn");
    }

    #[test]
    fn what_an_earlier_start_may_have_sent_is_never_called_not_sent() {
        let mut queue = Leads::recovering(10, leads(2));
        assert_eq!(queue.next(), Some((10, 2)));
        assert_eq!(letters(&queue.finish(not_sent)), "uu");
    }

    #[test]
    fn what_is_sent_again_in_doubt_stays_in_doubt_until_copper_refuses_it() {
        let in_doubt = || {
            let mut queue = queue(3);
            queue.split(2);
            queue.begin_doubt(Unknown::interrupted());
            assert!(queue.is_in_doubt());
            queue
        };
        let mut queue = in_doubt();
        assert_eq!(queue.give_up(not_sent), Some((12, 1)));
        assert!(!queue.is_in_doubt(), "it was of the first two alone");
        assert_eq!(letters(&queue.finish(not_sent)), "uun");
        let mut queue = in_doubt();
        queue.end_doubt();
        assert_eq!(letters(&queue.finish(not_sent)), "nnn");
        let mut queue = Leads::recovering(10, leads(1));
        let all_invalid = |_, _: &NewLead| Some(Rejection::unsent("name", String::new()));
        let next = queue.recovered(vec![None], Some(Unknown::journalled()), all_invalid);
        assert_eq!(
            next,
            Some((10, 1)),
            "it is sent again whatever is wrong with it"
        );
        assert_eq!(letters(&queue.finish(not_sent)), "u");
    }

    #[test]
    fn what_is_absent_is_sent_again_in_its_place() {
        let mut queue = queue(4);
        queue.settle(unknown);
        assert_eq!(queue.send_again(&[]), None);
        assert_eq!(queue.send_again(&[1, 2]), Some((11, 2)));
        queue.depart(&(), |_| None);
        let progress = queue.answered(items(r#"[{"id":1},{"id":2}]"#), &[]);
        assert_eq!((progress.settled.len(), progress.next), (2, None));
        assert_eq!(letters(&queue.finish(not_sent)), "uddu");
    }

    #[test]
    fn a_marked_request_is_sent_and_the_lead_is_given_back_as_it_came() {
        let mut queue = queue(1);
        let (request, marked) = queue.depart(&(), |_| Some(vec![NewLead::named("marked")]));
        assert_eq!(request.leads[0].name, "0");
        assert_eq!(
            marked
                .map(|request| request.leads[0].name.clone())
                .as_deref(),
            Some("marked")
        );
        assert_eq!(letters(&queue.finish(not_sent)), "u");
    }
}
