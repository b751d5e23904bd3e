//! The choice between two methods of reading Copper: all records page by page, or one search for each key. The choice
//! is the method with fewer requests.

use std::fmt;

use serde::Serialize;

use crate::schema::search::LARGEST_PAGE;

/// The method by which a sync reads the records of Copper, and the numbers of requests that decided it.
///
/// As JSON it is `{"by": "whole", "whole": 250, "by_key": 50000}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reading {
    /// The method that is used.
    pub by: ReadBy,
    /// The number of requests to read all records, unless more of them than fit on a page were created in one second.
    pub whole: Option<u64>,
    /// The number of requests with one search for each key. None if the key can't be searched for.
    pub by_key: Option<u64>,
}

/// A method of reading the records of Copper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReadBy {
    /// All records, page by page.
    Whole,
    /// One search for each key of the input.
    Key,
}

impl Reading {
    /// Returns the method with fewer requests. `total` is the most records that there can be, once that is known.
    pub(super) fn choose(keys: u64, searchable: bool, total: Option<u64>) -> Self {
        let page = LARGEST_PAGE.unsigned_abs();
        // Only the last page is not full. Each page begins with the last record of the one before.
        let whole = total.map(|total| total.saturating_sub(1) / (page - 1) + 1);
        let by_key = searchable.then_some(keys);
        let by = match (whole, by_key) {
            (Some(whole), Some(by_key)) if by_key < whole => ReadBy::Key,
            // One search costs no more than the first page.
            (None, Some(by_key)) if by_key <= 1 => ReadBy::Key,
            _ => ReadBy::Whole,
        };
        Self { by, whole, by_key }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (taken, other) = match self.by {
            ReadBy::Whole => (self.whole, self.by_key),
            ReadBy::Key => (self.by_key, self.whole),
        };
        match self.by {
            ReadBy::Whole => f.write_str("all pages")?,
            ReadBy::Key => f.write_str("one search for each key")?,
        }
        match taken {
            Some(1) => f.write_str(", 1 request")?,
            Some(requests) => write!(f, ", {requests} requests")?,
            None => {}
        }
        match other {
            Some(requests) => write!(f, " instead of {requests}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_with_fewer_requests_is_taken() {
        let by = |keys, searchable, total| Reading::choose(keys, searchable, total).by;
        assert_eq!(by(1, true, None), ReadBy::Key);
        assert_eq!(by(2, true, None), ReadBy::Whole);
        assert_eq!(by(1, false, None), ReadBy::Whole);
        assert_eq!(by(100, true, Some(50_000)), ReadBy::Key);
        assert_eq!(by(300, true, Some(50_000)), ReadBy::Whole);
        assert_eq!(by(100, false, Some(50_000)), ReadBy::Whole);
        let reading = Reading::choose(50_000, true, Some(50_000));
        assert_eq!((reading.whole, reading.by_key), (Some(252), Some(50_000)));
        assert_eq!(
            reading.to_string(),
            "all pages, 252 requests instead of 50000"
        );
        let reading = Reading::choose(4, true, Some(7));
        assert_eq!(reading.to_string(), "all pages, 1 request instead of 4");
    }
}
