//! Searches over all pages. A search ends when a page is not full. If Copper's own limit cuts it off, it ends
//! with an error and not silently.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};

use crate::{
    Copper, Error, client,
    generated::{self, operation, search},
    operation::Operation,
    types::{
        CustomFieldFilter, CustomerSourceId, Lead, LeadSearch, LeadSort, SortDirection, UserId,
    },
};

/// One page of a search.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Page<T> {
    /// The records of the page.
    pub records: Vec<T>,
    /// An upper bound of the number of matching records, as Copper counts them.
    pub total: Option<u64>,
}

/// The records that a search finds: a stream over all pages. Each page is fetched when it is needed.
#[must_use = "a search sends nothing until it is polled: call `next` until it returns `None`"]
pub struct Found<T>(BoxStream<'static, Result<T, Error>>);

impl<T> Found<T> {
    pub(crate) fn new(records: impl Stream<Item = Result<T, Error>> + Send + 'static) -> Self {
        Self(records.boxed())
    }

    /// Returns the next record; `None` after the last. It is cancel-safe: a call that is dropped loses no record, and
    /// its page is not requested again.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        self.0.next().await
    }
}

impl<T> Stream for Found<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

impl<T> fmt::Debug for Found<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").finish_non_exhaustive()
    }
}

impl UserId {
    /// Means "nobody" in the `assignee_ids` of a search.
    pub const NOBODY: Self = Self(generated::NONE_ID);
}

impl CustomerSourceId {
    /// Means "no source" in the `customer_source_ids` of a search.
    pub const NONE: Self = Self(generated::NONE_ID);
}

impl Copper {
    /// Finds leads: a stream over all pages.
    ///
    /// A page has 200 leads unless the search says otherwise, and the stream begins with its `page_number`.
    /// Unless the search has a `sort_by`, the oldest leads come first. Then leads that are created meanwhile
    /// come last, and no lead is missed or found twice. (Copper's own default, by name, moves leads between
    /// pages.) If leads are deleted meanwhile, the search may still miss others.
    ///
    /// # Errors
    /// The stream ends after its first error. It ends before anything is sent if the search asks for
    /// something that no search can express. It ends after 100,000 leads if there are more, because Copper
    /// returns no more of one search: narrow it then, by date for example, or use
    /// [`all_leads`](Self::all_leads).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?;
    /// use copper_crm::types::LeadSearch;
    ///
    /// let search = LeadSearch::default().name("Jim Halpert");
    /// let mut found = copper.search_leads(search);
    /// while let Some(lead) = found.next().await {
    ///     println!("{}", lead?.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/list-leads-search.html>
    pub fn search_leads(&self, search: LeadSearch) -> Found<Lead> {
        let size = search.page_size.unwrap_or(search::LARGEST_PAGE);
        let first = search.page_number.unwrap_or(1);
        let copper = self.clone();
        let search = in_stable_order(LeadSearch {
            page_size: Some(size),
            ..search
        });
        found(operation::SEARCH_LEADS, first, size, move |number| {
            let copper = copper.clone();
            let search = LeadSearch {
                page_number: Some(number),
                ..search.clone()
            };
            async move { copper.search_leads_page(&search).await }
        })
    }

    /// Finds leads: one page, by the search's `page_number` and `page_size`.
    ///
    /// # Errors
    /// When the search asks for something that no search can express (nothing is sent then), when Copper
    /// refuses it, or when no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?;
    /// use copper_crm::types::LeadSearch;
    ///
    /// let page = copper.search_leads_page(&LeadSearch::default().page_size(5)).await?;
    /// println!("{} of {:?}", page.records.len(), page.total);
    /// # assert_eq!((page.records.len(), page.total), (1, Some(1)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/list-leads-search.html>
    pub async fn search_leads_page(&self, search: &LeadSearch) -> Result<Page<Lead>, Error> {
        if let Err(why) = check(search) {
            return Err(Error::unsendable(operation::SEARCH_LEADS, why));
        }
        let client = self.client_for(operation::SEARCH_LEADS, search)?;
        match client.search_leads(client.inner.computed(), search).await {
            Ok(answer) => {
                let total = answer
                    .headers()
                    .get(search::TOTAL_HEADER)
                    .and_then(|total| total.to_str().ok()?.trim().parse().ok());
                Ok(Page {
                    records: answer.into_inner(),
                    total,
                })
            }
            Err(progenitor_client::Error::InvalidResponsePayload(body, _)) => Ok(Page {
                records: client::odd_list(operation::SEARCH_LEADS, &body)?,
                total: None,
            }),
            Err(error) => Err(client::error(operation::SEARCH_LEADS, error).await),
        }
    }
}

/// The records of all pages from the `first` one on. Each page is fetched when it is needed.
pub(crate) fn found<T, F, P>(
    operation: &'static Operation,
    first: i64,
    size: i64,
    fetch: F,
) -> Found<T>
where
    T: Send + 'static,
    F: Fn(i64) -> P + Send + 'static,
    P: Future<Output = Result<Page<T>, Error>> + Send + 'static,
{
    let pages = stream::try_unfold(Some(first), move |number| {
        let page = number.map(|number| (number, fetch(number)));
        async move {
            let Some((number, page)) = page else {
                return Ok(None);
            };
            let page = page.await?;
            let next = after(number, size, page.records.len(), page.total);
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

/// The search, in an order in which new records come last, unless it has an order.
fn in_stable_order(search: LeadSearch) -> LeadSearch {
    match search.sort_by {
        Some(_) => search,
        None => LeadSearch {
            sort_by: Some(LeadSort::DateCreated),
            sort_direction: Some(SortDirection::Asc),
            ..search
        },
    }
}

/// The next step of a search after a page.
#[derive(Debug, PartialEq)]
enum Next {
    End,
    Page(i64),
    CutOff,
}

/// A page that is not full is the last one. `total` is an upper bound, so it can't prove that there are more.
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

/// Fails if Copper can't understand this search.
fn check(search: &LeadSearch) -> Result<(), String> {
    let pages = 1..=search::LARGEST_PAGE;
    if search.page_size.is_some_and(|size| !pages.contains(&size)) {
        return Err(format!("page_size must be from 1 to {}", pages.end()));
    }
    if search.page_number.is_some_and(|number| number < 1) {
        return Err("page_number must be 1 or more".to_owned());
    }
    if search
        .followed
        .is_some_and(|followed| !(1..=2).contains(&followed))
    {
        return Err("followed must be 1 (followed) or 2 (not followed)".to_owned());
    }
    search.custom_fields.iter().try_for_each(check_custom_field)
}

fn check_custom_field(filter: &CustomFieldFilter) -> Result<(), String> {
    let field = filter.custom_field_definition_id;
    let range = filter.minimum_value.is_some() || filter.maximum_value.is_some();
    let ways = [range, filter.value.is_some(), filter.allow_empty.is_some()];
    match ways.into_iter().filter(|way| *way).count() {
        1 if filter.option.is_some() && filter.value.is_none() => Err(format!(
            "custom field {field}: an option needs the values that it is about"
        )),
        1 => Ok(()),
        0 => Err(format!(
            "custom field {field}: give a value, a range, or allow_empty"
        )),
        _ => Err(format!(
            "custom field {field}: a value, a range and allow_empty exclude each other"
        )),
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

    #[test]
    fn what_no_search_can_express_is_refused() {
        let good = LeadSearch {
            page_size: Some(200),
            page_number: Some(1),
            ..LeadSearch::default()
        };
        assert_eq!(check(&good), Ok(()));
        for bad in [
            LeadSearch {
                page_size: Some(201),
                ..LeadSearch::default()
            },
            LeadSearch {
                page_size: Some(0),
                ..LeadSearch::default()
            },
            LeadSearch {
                page_number: Some(0),
                ..LeadSearch::default()
            },
            LeadSearch {
                followed: Some(3),
                ..LeadSearch::default()
            },
        ] {
            assert!(check(&bad).is_err(), "{bad:?}");
        }
        let filter =
            |json: &str| check_custom_field(&serde_json::from_str(json).expect("a filter"));
        for good in [
            r#"{"custom_field_definition_id":6,"minimum_value":1515744000,"maximum_value":1515745000}"#,
            r#"{"custom_field_definition_id":12,"value":[8],"option":"ANY"}"#,
            r#"{"custom_field_definition_id":12,"allow_empty":true}"#,
        ] {
            assert_eq!(filter(good), Ok(()), "{good}");
        }
        for bad in [
            r#"{"custom_field_definition_id":6}"#,
            r#"{"custom_field_definition_id":6,"value":true,"allow_empty":true}"#,
            r#"{"custom_field_definition_id":6,"value":7,"minimum_value":1}"#,
            r#"{"custom_field_definition_id":6,"minimum_value":1,"option":"ANY"}"#,
        ] {
            assert!(filter(bad).is_err(), "{bad}");
        }
    }
}
