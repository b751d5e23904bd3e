//! The kinds of searches: for leads, people and companies. One trait has what they share, so the same code reads the
//! pages of all of them.

use std::{fmt::Debug, future::Future};

use progenitor_client::ResponseValue;
use serde::Serialize;

use crate::{
    client::Client,
    generated::operation,
    item::Record,
    operation::Operation,
    types::{
        Company, CompanyId, CompanySearch, CompanySort, CustomFieldFilter, Lead, LeadId,
        LeadSearch, LeadSort, Person, PersonId, PersonSearch, PersonSort, SortDirection, Timestamp,
    },
};

/// The answer to a search request.
type Answer<T> = Result<ResponseValue<Vec<T>>, progenitor_client::Error<()>>;

/// The criteria of a search. The searches of the schema implement it; other crates can't.
pub trait Search: Clone + Debug + Default + Serialize + Send + Sync + 'static {
    /// The kind of records that it finds.
    type Found: Record + Clone + Debug + PartialEq + Serialize;
    const OPERATION: &'static Operation;
    /// The number and the size of the page, if the search sets them.
    fn page(&self) -> (Option<i64>, Option<i64>);
    #[must_use]
    fn with_page(self, number: Option<i64>, size: Option<i64>) -> Self;
    /// The criterion for records that the user follows, or does not follow.
    fn followed(&self) -> Option<i64>;
    fn custom_fields(&self) -> &[CustomFieldFilter];
    fn is_sorted(&self) -> bool;
    /// The same search, with the oldest records first.
    #[must_use]
    fn oldest_first(self) -> Self;
    /// The earliest date of creation that the search finds.
    fn created_from(&self) -> Option<Timestamp>;
    #[must_use]
    fn with_created_from(self, from: Option<Timestamp>) -> Self;
    #[must_use]
    fn with_created_to(self, to: Option<Timestamp>) -> Self;
    /// The same search, of the records with these ids alone.
    #[must_use]
    fn with_ids(self, ids: impl Iterator<Item = i64>) -> Self;
    /// The same search, which also finds converted leads.
    #[must_use]
    fn with_converted(self) -> Self {
        self
    }
    fn created(found: &Self::Found) -> Option<Timestamp>;
    #[allow(private_interfaces, reason = "this is what seals the trait")]
    fn send<'a>(
        client: &'a Client,
        search: &'a Self,
    ) -> impl Future<Output = Answer<Self::Found>> + Send + 'a;
}

/// Implements the trait for searches that differ only in names.
macro_rules! searches {
    ($($search:ident $found:ident $id:ident $sort:ident $operation:ident $method:ident { $($more:item)* })*) => {$(
        impl Search for $search {
            type Found = $found;
            const OPERATION: &'static Operation = operation::$operation;

            fn page(&self) -> (Option<i64>, Option<i64>) {
                (self.page_number, self.page_size)
            }

            fn with_page(self, number: Option<i64>, size: Option<i64>) -> Self {
                Self { page_number: number, page_size: size, ..self }
            }

            fn followed(&self) -> Option<i64> {
                self.followed
            }

            fn custom_fields(&self) -> &[CustomFieldFilter] {
                &self.custom_fields
            }

            fn is_sorted(&self) -> bool {
                self.sort_by.is_some()
            }

            fn oldest_first(self) -> Self {
                Self {
                    sort_by: Some($sort::DateCreated),
                    sort_direction: Some(SortDirection::Asc),
                    ..self
                }
            }

            fn created_from(&self) -> Option<Timestamp> {
                self.minimum_created_date
            }

            fn with_created_from(self, from: Option<Timestamp>) -> Self {
                Self { minimum_created_date: from, ..self }
            }

            fn with_created_to(self, to: Option<Timestamp>) -> Self {
                Self { maximum_created_date: to, ..self }
            }

            fn with_ids(self, ids: impl Iterator<Item = i64>) -> Self {
                Self { ids: ids.map($id).collect(), ..self }
            }

            $($more)*

            fn created(found: &$found) -> Option<Timestamp> {
                found.date_created
            }

            async fn send(client: &Client, search: &Self) -> Answer<$found> {
                client.$method(client.inner.computed(), search).await
            }
        }
    )*};
}

searches! {
    LeadSearch Lead LeadId LeadSort SEARCH_LEADS search_leads {
        fn with_converted(self) -> Self {
            self.include_converted_leads(true)
        }
    }
    PersonSearch Person PersonId PersonSort SEARCH_PEOPLE search_people {}
    CompanySearch Company CompanyId CompanySort SEARCH_COMPANIES search_companies {}
}
