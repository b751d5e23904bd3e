//! Searches over all pages. A page that is not full ends a search. If Copper's own limit cuts a search off, it ends
//! with an error, not silently.

mod calls;
mod check;
mod criteria;
mod pages;

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::stream::{BoxStream, Stream, StreamExt};

use crate::{
    Error, generated,
    types::{CompanyId, CustomerSourceId, UserId},
};

pub(crate) use criteria::Search;
pub(crate) use pages::found;

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

impl CompanyId {
    /// Means "no company" in the `company_ids` of a search.
    pub const NONE: Self = Self(generated::NONE_ID);
}
