//! Which requests a fault strikes. A filter says which requests are counted, a rule which of the
//! counted ones are struck; each injection counts for itself, from the moment it was made.

use std::ops::{Bound, RangeBounds};

use super::chance::Chance;
use copper_crm::schema::Operation;

/// Which requests a [`Fault`](super::Fault) strikes.
///
/// Requests are counted from 1, from the moment the fault is injected. Those that are refused with 401
/// or by the rate limits are not counted, so that the third is the third that got through.
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

    /// Several requests in a row, such as `2..=4`.
    pub fn range(numbers: impl RangeBounds<u64>) -> Self {
        let first = match numbers.start_bound() {
            Bound::Included(n) => *n,
            Bound::Excluded(n) => n.saturating_add(1),
            Bound::Unbounded => 0,
        };
        // Counting starts at 1, so a range that ends before it strikes nothing.
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

    /// Each request with this probability, from 0 to 1, by the seed of the sandbox.
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

pub(super) fn contains(body: &[u8], text: &[u8]) -> bool {
    text.is_empty() || body.windows(text.len()).any(|window| window == text)
}

/// What was injected, and how far each has counted.
#[derive(Debug)]
pub(super) struct Injections<F> {
    list: Vec<(F, When, u64)>,
}

impl<F: Clone> Injections<F> {
    pub(super) fn new() -> Self {
        Self { list: Vec::new() }
    }

    pub(super) fn add(&mut self, fault: F, when: When) {
        self.list.push((fault, when, 0));
    }

    pub(super) fn clear(&mut self) {
        self.list.clear();
    }

    /// Counts a request, and says what strikes it: of several, the one that was injected first.
    pub(super) fn strike(
        &mut self,
        operation: Option<&Operation>,
        body: &[u8],
        chance: &mut Chance,
    ) -> Option<F> {
        let mut struck = None;
        for (fault, when, count) in &mut self.list {
            if !when.counts(operation, body) {
                continue;
            }
            *count = count.saturating_add(1);
            let hit = match when.rule {
                Rule::Between { first, last } => (first..=last).contains(count),
                Rule::Randomly { probability } => chance.happens(probability),
            };
            if hit && struck.is_none() {
                struck = Some(fault.clone());
            }
        }
        struck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(when: When) -> Vec<u64> {
        let (mut injections, mut chance) = (Injections::new(), Chance::new(1));
        injections.add((), when);
        (1..=6)
            .filter(|n| {
                injections
                    .strike(None, format!("request {n}").as_bytes(), &mut chance)
                    .is_some()
            })
            .collect()
    }

    #[test]
    fn a_rule_strikes_the_requests_it_names() {
        assert_eq!(struck(When::nth(3)), [3]);
        assert_eq!(struck(When::nth(0)), [0; 0]);
        assert_eq!(struck(When::range(2..4)), [2, 3]);
        assert_eq!(struck(When::range(..0)), [0; 0]);
        assert_eq!(struck(When::from(5)), [5, 6]);
        assert_eq!(struck(When::always()), [1, 2, 3, 4, 5, 6]);
        assert_eq!(struck(When::always().containing("request 4")), [4]);
        assert_eq!(struck(When::always().of("bulk_create_leads")), [0; 0]);
        assert_eq!(struck(When::randomly(0.0)), [0; 0]);
        assert_eq!(struck(When::randomly(1.0)), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn of_two_that_strike_at_once_the_first_injected_wins_and_both_have_counted() {
        let (mut injections, mut chance) = (Injections::new(), Chance::new(1));
        injections.add('a', When::nth(1));
        injections.add('b', When::range(1..=2));
        assert_eq!(injections.strike(None, b"", &mut chance), Some('a'));
        assert_eq!(injections.strike(None, b"", &mut chance), Some('b'));
        assert_eq!(injections.strike(None, b"", &mut chance), None);
    }
}
