//! The pages that a sync asks for to read all records, in the order of creation, and when it has read all. Each page
//! begins at the date of creation where the last page ended. So no search reaches Copper's limit. New leads come last. If
//! more leads than fit on a page were created in one second, their pages overlap. So if leads are deleted meanwhile, the
//! next page shows it, and no other lead is missed.

use std::collections::BTreeSet;

use crate::{
    schema::search::{LARGEST_PAGE, MOST_RECORDS},
    types::Timestamp,
};

/// A page to request: leads that were created at this time or later, in the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageRequest {
    pub(super) from: Option<Timestamp>,
    pub(super) number: i64,
    pub(super) size: i64,
}

/// The least number of leads that two pages of one second have in common.
const OVERLAP: i64 = 20;

/// The most times that a second is asked for again.
const MOST_RESTARTS: u32 = 10;

impl PageRequest {
    fn first(from: Option<Timestamp>) -> Self {
        Self {
            from,
            number: 1,
            size: LARGEST_PAGE,
        }
    }

    /// The number of leads up to the end of this page.
    fn end(self) -> i64 {
        self.number.saturating_mul(self.size)
    }

    /// The page that overlaps with this one and has the most leads after it. It has another size, because pages of one
    /// size do not overlap. None if Copper returns no leads after this page.
    fn next(self) -> Option<Self> {
        let pages = (1..=LARGEST_PAGE).map(|size| Self {
            number: (self.end() - OVERLAP) / size + 1,
            size,
            ..self
        });
        pages
            .filter(|page| page.end() > self.end() && page.end() <= MOST_RECORDS)
            .max_by_key(|page| page.end())
    }
}

/// The next step of a search after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Ask(PageRequest),
    /// All leads are read.
    End,
    /// More leads were created within one second than Copper returns.
    CutOff,
    /// The leads did not come in the order of creation, so some may be missing.
    OutOfOrder,
}

/// Reads all leads, as plain state without I/O: it decides which page to request, and takes in the result.
#[derive(Debug)]
pub(super) struct PageReader {
    asked: PageRequest,
    /// The leads of the last page. The next page may contain them again.
    last: BTreeSet<i64>,
    /// True if the last page had as many leads as were asked for. Then its last lead is at its end.
    was_full: bool,
    /// The latest second that was asked for.
    reached: Option<Timestamp>,
    /// The number of times that this second was asked for again.
    restarts: u32,
    /// True if the last page began one second earlier, to overlap with the page before it.
    stepped_back: bool,
    /// The number of seconds before the last lead at which the next page begins. It is 1 once Copper has left out leads
    /// of the second that was asked for.
    margin: i64,
}

impl PageReader {
    pub(super) fn new(from: Option<Timestamp>) -> Self {
        Self {
            asked: PageRequest::first(from),
            last: BTreeSet::new(),
            was_full: false,
            reached: from,
            restarts: 0,
            stepped_back: false,
            margin: 0,
        }
    }

    pub(super) fn first(&self) -> PageRequest {
        self.asked
    }

    /// Takes in a page: the ids of its leads, and their dates of creation. A lead without a date counts as created with
    /// the one before it.
    pub(super) fn read(&mut self, page: &[(i64, Option<Timestamp>)], total: Option<u64>) -> Step {
        let dates: Vec<Timestamp> = page.iter().filter_map(|(_, date)| *date).collect();
        if !dates.is_sorted_by_key(|date| date.0) {
            return Step::OutOfOrder;
        }
        let overlaps = self.last.is_empty() || page.iter().any(|(id, _)| self.last.contains(id));
        let fresh = page.iter().any(|(id, _)| !self.last.contains(id));
        if !overlaps && !self.stepped_back && self.asked.number == 1 {
            // Copper has left out the first second, or its leads were deleted. A page from one second earlier covers
            // both cases.
            self.stepped_back = true;
            let from = self.asked.from;
            return self.ask_again(from.map(|from| Timestamp(from.0.saturating_sub(1))));
        }
        if !overlaps && self.asked.number > 1 && self.was_full {
            // So many leads before this page were deleted that others moved to pages that were read already.
            self.last.clear();
            return self.ask_again(self.asked.from);
        }
        self.was_full = page.len() as i64 >= self.asked.size;
        let is_all = total.is_some_and(|total| total <= page.len() as u64);
        if self.asked.number == 1 && is_all {
            return Step::End;
        }
        if !fresh {
            return match self.was_full {
                true => self.next_page(total),
                false => Step::End,
            };
        }
        if overlaps && self.stepped_back {
            self.margin = 1;
        }
        let next = dates.last().map(|last| last.0.saturating_sub(self.margin));
        let further = next.filter(|next| self.asked.from.is_none_or(|from| from.0 < *next));
        let step = match further {
            Some(from) => {
                let from = Some(Timestamp(from));
                if self.reached.map(|reached| reached.0) < from.map(|from| from.0) {
                    (self.reached, self.restarts) = (from, 0);
                }
                self.asked = PageRequest::first(from);
                Step::Ask(self.asked)
            }
            // All leads of the page have the same second. The other leads of this second are on the next pages.
            None => self.next_page(total),
        };
        self.stepped_back = false;
        self.last = page.iter().map(|(id, _)| *id).collect();
        step
    }

    fn next_page(&mut self, total: Option<u64>) -> Step {
        match self.asked.next() {
            Some(next) => {
                self.asked = next;
                Step::Ask(next)
            }
            None if total.is_some_and(|total| total <= MOST_RECORDS as u64) => Step::End,
            None => Step::CutOff,
        }
    }

    /// Reads a second again from its first page. Leads that come again do no harm.
    fn ask_again(&mut self, from: Option<Timestamp>) -> Step {
        if self.restarts >= MOST_RESTARTS {
            return Step::OutOfOrder;
        }
        self.restarts += 1;
        self.asked = PageRequest::first(from);
        Step::Ask(self.asked)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A search as Copper documents it, on leads in the order of creation.
    fn answer(
        leads: &[(i64, i64)],
        asked: PageRequest,
        inclusive: bool,
    ) -> (Vec<(i64, Option<Timestamp>)>, u64) {
        let from = asked.from.map_or(i64::MIN, |from| from.0);
        let found: Vec<_> = leads
            .iter()
            .filter(|(_, created)| {
                if inclusive {
                    *created >= from
                } else {
                    *created > from
                }
            })
            .collect();
        let skip = (asked.number - 1) * asked.size;
        let page = found.iter().skip(skip as usize).take(asked.size as usize);
        let page = page.map(|(id, created)| (*id, Some(Timestamp(*created))));
        (page.collect(), found.len() as u64)
    }

    fn read_all(leads: &[(i64, i64)], inclusive: bool) -> (BTreeSet<i64>, u64) {
        let mut reader = PageReader::new(None);
        let (mut seen, mut requests, mut asked) = (BTreeSet::new(), 0, reader.first());
        loop {
            requests += 1;
            let (page, total) = answer(leads, asked, inclusive);
            seen.extend(page.iter().map(|(id, _)| *id));
            match reader.read(&page, Some(total)) {
                Step::Ask(next) => asked = next,
                Step::End => return (seen, requests),
                other => panic!("{other:?}"),
            }
            assert!(requests < 10_000, "it does not end");
        }
    }

    fn created(seconds: impl IntoIterator<Item = i64>) -> Vec<(i64, i64)> {
        (1..).zip(seconds).collect()
    }

    #[test]
    fn fifty_thousand_leads_take_hardly_more_than_one_request_for_two_hundred() {
        let leads = created((0..50_000).map(|n| n * 60));
        let (seen, requests) = read_all(&leads, true);
        assert_eq!(seen.len(), 50_000);
        assert!((250..=253).contains(&requests), "{requests}");
        // Leads that were loaded at full speed have the same second as others.
        let leads = created((0..50_000).map(|n| n / 30));
        let (seen, requests) = read_all(&leads, true);
        assert_eq!(seen.len(), 50_000);
        assert!(requests <= 290, "{requests}");
    }

    #[test]
    fn few_leads_take_one_request_and_none_take_one() {
        for count in [0, 1, 200] {
            assert_eq!(read_all(&created(0..count), true).1, 1, "{count}");
        }
        assert_eq!(read_all(&created(0..201), true).0.len(), 201);
    }

    #[test]
    fn a_second_with_more_leads_than_a_page_is_read_by_page_number() {
        let leads = created((0..1_500).map(|n: i64| n.min(100).max(n - 1_100)));
        for inclusive in [true, false] {
            assert_eq!(read_all(&leads, inclusive).0.len(), 1_500);
        }
    }

    #[test]
    fn a_second_with_more_leads_than_copper_gives_is_an_error() {
        let leads = created((0..MOST_RECORDS + 1).map(|_| 7));
        let mut reader = PageReader::new(None);
        let mut asked = reader.first();
        let last = loop {
            let (page, total) = answer(&leads, asked, true);
            match reader.read(&page, Some(total)) {
                Step::Ask(next) => asked = next,
                step => break step,
            }
        };
        assert_eq!(last, Step::CutOff);
        assert_eq!(asked.end(), MOST_RECORDS);
    }

    #[test]
    fn a_second_with_as_many_leads_as_copper_gives_is_read_to_its_end() {
        let leads = created((0..MOST_RECORDS).map(|_| 7));
        let (seen, requests) = read_all(&leads, true);
        assert_eq!(seen.len() as i64, MOST_RECORDS);
        assert!(requests <= 620, "{requests}");
    }

    #[test]
    fn leads_that_are_deleted_in_a_second_with_many_hide_no_others() {
        for deleted in [1, 19, 20, 150, 399] {
            let mut leads = created((0..2_000).map(|_| 7));
            let mut reader = PageReader::new(None);
            let (mut seen, mut asked) = (BTreeSet::new(), reader.first());
            for requests in 0.. {
                assert!(requests < 50, "it does not end");
                let (page, total) = answer(&leads, asked, true);
                seen.extend(page.iter().map(|(id, _)| *id));
                match reader.read(&page, Some(total)) {
                    Step::Ask(next) => asked = next,
                    Step::End => break,
                    other => panic!("{other:?}"),
                }
                if requests == 1 {
                    leads.drain(..deleted);
                }
            }
            let missed = leads.iter().filter(|(id, _)| !seen.contains(id)).count();
            assert_eq!(missed, 0, "of {deleted} deleted");
        }
    }

    #[test]
    fn leads_of_a_second_that_change_their_order_all_the_time_are_not_taken_for_all() {
        let mut reader = PageReader::new(None);
        let mut next = 0;
        let last = loop {
            let page: Vec<_> = (next..next + LARGEST_PAGE)
                .map(|id| (id, Some(Timestamp(7))))
                .collect();
            next += LARGEST_PAGE;
            assert!(next < 100 * LARGEST_PAGE, "it does not end");
            match reader.read(&page, None) {
                Step::Ask(_) => {}
                step => break step,
            }
        };
        assert_eq!(last, Step::OutOfOrder);
    }

    #[test]
    fn a_page_of_a_second_from_which_copper_leaves_leads_out_ends_nothing() {
        let second = |ids: std::ops::Range<i64>| -> Vec<_> {
            ids.map(|id| (id, Some(Timestamp(7)))).collect()
        };
        let mut reader = PageReader::new(Some(Timestamp(7)));
        let asked = |step| match step {
            Step::Ask(asked) => asked,
            other => panic!("{other:?}"),
        };
        let next = asked(reader.read(&second(0..190), None));
        assert_eq!((next.number, next.size), (2, 180));
        let next = asked(reader.read(&second(200..360), None));
        assert!(next.number > 2, "{next:?}");
        assert_eq!(reader.read(&second(350..360), None), Step::End);
    }

    #[test]
    fn leads_out_of_order_are_not_taken_for_all() {
        let page = [5, 4].map(|seconds| (seconds, Some(Timestamp(seconds))));
        assert_eq!(PageReader::new(None).read(&page, None), Step::OutOfOrder);
    }

    proptest! {
        #[test]
        fn no_lead_is_missed_whatever_is_created_and_deleted_meanwhile(
            gaps in prop_oneof![
                proptest::collection::vec(prop_oneof![9 => Just(0_i64), 1 => 0..3_i64], 0..1_500),
                // Some seconds have more leads than a page.
                proptest::collection::vec(prop_oneof![400 => Just(0_i64), 1 => 0..3_i64], 0..1_500),
            ],
            inclusive: bool,
            events in proptest::collection::vec((0..1_500_usize, 0..300_usize), 0..20),
        ) {
            let mut now = 0;
            let mut leads: Vec<(i64, i64)> = created(gaps.iter().map(|gap| { now += gap; now }));
            let before: BTreeSet<i64> = leads.iter().map(|(id, _)| *id).collect();
            let mut deleted = BTreeSet::new();
            let mut reader = PageReader::new(None);
            let (mut seen, mut asked, mut events) = (BTreeSet::new(), reader.first(), events.into_iter());
            for requests in 0.. {
                prop_assert!(requests < 3_000, "it does not end");
                let (page, total) = answer(&leads, asked, inclusive);
                seen.extend(page.iter().map(|(id, _)| *id));
                match reader.read(&page, Some(total)) {
                    Step::Ask(next) => asked = next,
                    Step::End => break,
                    other => prop_assert!(false, "{other:?}"),
                }
                // Others create and delete some leads while the next page is in flight.
                if let Some((at, count)) = events.next() {
                    let at = at.min(leads.len());
                    let end = (at + count / 3).min(leads.len());
                    deleted.extend(leads.drain(at..end).map(|(id, _)| id));
                    now += 1;
                    leads.extend((0..count as i64 / 10).map(|n| (100_000 + now * 1_000 + n, now)));
                }
            }
            let missed: Vec<_> = before.difference(&seen).filter(|id| !deleted.contains(*id)).collect();
            prop_assert!(missed.is_empty(), "{missed:?}");
        }
    }
}
