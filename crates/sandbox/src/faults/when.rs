//! The requests that a fault applies to. A filter chooses the requests that are counted, and a rule chooses
//! among the counted ones. Each injection has its own count, from the moment it was made.

use std::ops::{Bound, RangeBounds};

use crate::random::Random;
use copper_crm::schema::Operation;

/// The requests that a [`Fault`](crate::Fault) applies to.
///
/// Requests are counted from 1, from the moment the fault is injected. A request that is refused with 401
/// or 429 is not counted.
///
/// ```
/// use copper_crm_sandbox::When;
///
/// let third = When::nth(3);
/// let second_bulk = When::nth(2).of("bulk_create_leads");
/// let several = When::range(2..=4);
/// let whenever_about_ada = When::always().containing("Ada Lovelace");
/// let one_in_ten = When::randomly(0.1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct When {
    operation: Option<String>,
    text: Option<Vec<u8>>,
    rule: Rule,
}

#[derive(Clone, Debug, PartialEq)]
enum Rule {
    Between { first: u64, last: u64 },
    Randomly { probability: f64 },
}

impl When {
    /// Every request.
    pub fn always() -> Self {
        Self::range(..)
    }

    /// The `n`th request; 1 is the next one.
    pub fn nth(n: u64) -> Self {
        Self::range(n..=n)
    }

    /// The `n`th request and all after it.
    pub fn from(n: u64) -> Self {
        Self::range(n..)
    }

    /// A range of requests, such as `2..=4`.
    pub fn range(numbers: impl RangeBounds<u64>) -> Self {
        let first = match numbers.start_bound() {
            Bound::Included(n) => *n,
            Bound::Excluded(n) => n.saturating_add(1),
            Bound::Unbounded => 0,
        };
        // Counting starts at 1, so a range that ends before it matches nothing.
        let last = match numbers.end_bound() {
            Bound::Included(n) => *n,
            Bound::Excluded(n) => n.saturating_sub(1),
            Bound::Unbounded => u64::MAX,
        };
        Self {
            operation: None,
            text: None,
            rule: Rule::Between { first, last },
        }
    }

    /// Each request with this probability, from 0 to 1, decided by the sandbox's seed.
    pub fn randomly(probability: f64) -> Self {
        Self {
            operation: None,
            text: None,
            rule: Rule::Randomly { probability },
        }
    }

    /// Counts only the requests of one operation, by its `operationId` in the schema, such as
    /// `bulk_create_leads`.
    pub fn of(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Counts only requests whose body contains this text, as it is on the wire.
    pub fn containing(mut self, text: impl AsRef<[u8]>) -> Self {
        self.text = Some(text.as_ref().to_vec());
        self
    }

    fn counts(&self, operation: Option<&Operation>, body: &[u8]) -> bool {
        let operation_fits = self
            .operation
            .as_ref()
            .is_none_or(|id| operation.is_some_and(|operation| operation.id == id));
        operation_fits && self.text.as_ref().is_none_or(|text| contains(body, text))
    }
}

/// Returns true if a text is in a body.
pub(crate) fn contains(body: &[u8], text: &[u8]) -> bool {
    text.is_empty() || body.windows(text.len()).any(|window| window == text)
}

/// The injected faults, each with its count.
#[derive(Debug)]
pub(crate) struct Injections<F> {
    list: Vec<(F, When, u64)>,
}

impl<F: Clone> Injections<F> {
    pub(crate) fn new() -> Self {
        Self { list: Vec::new() }
    }

    pub(crate) fn add(&mut self, fault: F, when: When) {
        self.list.push((fault, when, 0));
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    /// Counts a request, and returns the fault that applies to it: of several, the first injected one.
    pub(crate) fn pick(
        &mut self,
        operation: Option<&Operation>,
        body: &[u8],
        random: &mut Random,
    ) -> Option<F> {
        let mut picked = None;
        for (fault, when, count) in &mut self.list {
            if !when.counts(operation, body) {
                continue;
            }
            *count = count.saturating_add(1);
            let hit = match when.rule {
                Rule::Between { first, last } => (first..=last).contains(count),
                Rule::Randomly { probability } => random.happens(probability),
            };
            if hit && picked.is_none() {
                picked = Some(fault.clone());
            }
        }
        picked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(when: When) -> Vec<u64> {
        let (mut injections, mut random) = (Injections::new(), Random::new(1));
        injections.add((), when);
        (1..=6)
            .filter(|n| {
                injections
                    .pick(None, format!("request {n}").as_bytes(), &mut random)
                    .is_some()
            })
            .collect()
    }

    #[test]
    fn a_rule_applies_to_the_requests_it_names() {
        assert_eq!(picked(When::nth(3)), [3]);
        assert_eq!(picked(When::nth(0)), [0; 0]);
        assert_eq!(picked(When::range(2..4)), [2, 3]);
        assert_eq!(picked(When::range(..0)), [0; 0]);
        assert_eq!(picked(When::from(5)), [5, 6]);
        assert_eq!(picked(When::always()), [1, 2, 3, 4, 5, 6]);
        assert_eq!(picked(When::always().containing("request 4")), [4]);
        assert_eq!(picked(When::always().of("bulk_create_leads")), [0; 0]);
        assert_eq!(picked(When::randomly(0.0)), [0; 0]);
        assert_eq!(picked(When::randomly(1.0)), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn of_two_that_apply_at_once_the_first_injected_wins_and_both_have_counted() {
        let (mut injections, mut random) = (Injections::new(), Random::new(1));
        injections.add('a', When::nth(1));
        injections.add('b', When::range(1..=2));
        assert_eq!(injections.pick(None, b"", &mut random), Some('a'));
        assert_eq!(injections.pick(None, b"", &mut random), Some('b'));
        assert_eq!(injections.pick(None, b"", &mut random), None);
    }
}
