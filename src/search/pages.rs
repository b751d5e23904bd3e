//! The pages of a search in their order. Each page is fetched when it is needed.

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::{Found, Page};
use crate::{Error, generated::search, operation::Operation};

/// The records of all pages from `first` on. Each page is fetched when it is needed, and comes with the number of its
/// records that can't be read.
pub(crate) fn found<T, F, P>(
    operation: &'static Operation,
    first: i64,
    size: i64,
    fetch: F,
) -> Found<T>
where
    T: Send + 'static,
    F: Fn(i64) -> P + Send + 'static,
    P: Future<Output = Result<(Page<T>, usize), Error>> + Send + 'static,
{
    let pages = stream::try_unfold(Some(first), move |number| {
        let page = number.map(|number| (number, fetch(number)));
        async move {
            let Some((number, page)) = page else {
                return Ok(None);
            };
            // A record that can't be read still counts for the size of the page.
            let (page, unread) = page.await?;
            let next = after(number, size, page.records.len() + unread, page.total);
            let records = page.records.into_iter().map(Ok);
            Ok(Some(match next {
                Next::End => (stream::iter(records.chain(None)), None),
                Next::Page(number) => (stream::iter(records.chain(None)), Some(number)),
                Next::CutOff => (
                    stream::iter(
                        records.chain(Some(Err(Error::cut_off(operation, search::MOST_RECORDS)))),
                    ),
                    None,
                ),
            }))
        }
    });
    Found(pages.try_flatten().boxed())
}

/// The next step of a search after a page.
#[derive(Debug, PartialEq)]
enum Next {
    End,
    Page(i64),
    CutOff,
}

/// Decides the step after a page. A page that is not full is the last one. `total` is an upper bound, so it does not
/// prove that more records exist.
fn after(number: i64, size: i64, records: usize, total: Option<u64>) -> Next {
    let reached = number.saturating_mul(size);
    if (records as i64) < size {
        Next::End
    } else if reached < search::MOST_RECORDS {
        Next::Page(number.saturating_add(1))
    } else if total.is_some_and(|total| total <= search::MOST_RECORDS as u64) {
        Next::End
    } else {
        Next::CutOff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_ends_with_a_page_that_is_not_full() {
        assert_eq!(after(1, 200, 199, Some(1_000)), Next::End);
        assert_eq!(after(1, 200, 0, None), Next::End);
        assert_eq!(after(1, 200, 200, Some(200)), Next::Page(2));
    }

    #[test]
    fn a_search_that_copper_cuts_off_says_so() {
        assert_eq!(after(499, 200, 200, None), Next::Page(500));
        assert_eq!(after(500, 200, 200, None), Next::CutOff);
        assert_eq!(after(500, 200, 200, Some(100_001)), Next::CutOff);
        assert_eq!(after(500, 200, 200, Some(100_000)), Next::End);
        assert_eq!(after(500, 200, 199, Some(200_000)), Next::End);
    }
}
