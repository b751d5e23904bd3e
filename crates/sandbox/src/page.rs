//! One page of a list, by `page_number` and `page_size`. Only the first records of a very long list can be
//! reached. Copper's response beyond them is not documented; here, further pages are empty.

use serde_json::{Map, Value};

use crate::schema::Problem;
use copper_crm::schema::search::{LARGEST_PAGE, MOST_RECORDS};

/// The number of records of a page by default.
const DEFAULT_SIZE: i64 = 20;

#[derive(Debug)]
pub(crate) struct Page {
    skip: usize,
    size: usize,
}

impl Page {
    pub(crate) fn of(body: &Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let number = |field: &str, usual| body.get(field).and_then(Value::as_i64).unwrap_or(usual);
        let (page, size) = (number("page_number", 1), number("page_size", DEFAULT_SIZE));
        let wrong = [
            ("page_number", page >= 1),
            ("page_size", (1..=LARGEST_PAGE).contains(&size)),
        ];
        let problems: Vec<_> = wrong
            .into_iter()
            .filter(|(_, good)| !good)
            .map(|(field, _)| Problem::invalid(field))
            .collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let whole = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Self {
            skip: whole(page.saturating_sub(1)).saturating_mul(whole(size)),
            size: whole(size),
        })
    }

    /// The records of this page.
    pub(crate) fn take<T>(&self, records: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        let most = usize::try_from(MOST_RECORDS).unwrap_or(usize::MAX);
        records.take(most).skip(self.skip).take(self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn page(body: Value) -> Vec<i64> {
        let page = Page::of(body.as_object().expect("a body")).expect("a page");
        page.take(1..=100_010).collect()
    }

    #[test]
    fn no_more_than_the_first_hundred_thousand_records_can_be_reached() {
        let last = page(json!({ "page_size": 200, "page_number": 500 }));
        assert_eq!((last.len(), last.last()), (200, Some(&100_000)));
        assert_eq!(
            page(json!({ "page_size": 200, "page_number": 501 })),
            [0; 0]
        );
        assert_eq!(
            page(json!({ "page_size": 150, "page_number": 667 })).len(),
            100
        );
        assert_eq!(page(json!({ "page_number": i64::MAX })), [0; 0]);
    }

    #[test]
    fn a_page_has_twenty_records_unless_told_otherwise() {
        assert_eq!(page(json!({})).len(), 20);
        assert_eq!(page(json!({ "page_number": 2 })).first(), Some(&21));
    }
}
