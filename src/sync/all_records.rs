//! Streams all records that a search finds, also beyond the 100,000 that Copper returns for one search.

use std::collections::{BTreeMap, VecDeque};

use futures_util::stream;

use super::{
    page_reader::{PageReader, Step},
    read::{dates, in_order, page_search, stop_reading},
};
use crate::{
    Copper, Error,
    item::Record,
    search::{Found, Search},
    types::{Company, CompanySearch, Lead, LeadSearch, Person, PersonSearch, Timestamp},
};

/// The records of the last seconds that were read. The next page may contain them again.
#[derive(Debug, Default)]
struct Seen(BTreeMap<i64, Timestamp>);

impl Seen {
    /// Returns the records of a page that no earlier page had.
    fn fresh<S: Search>(&mut self, page: Vec<S::Found>) -> VecDeque<S::Found> {
        let fresh = page.into_iter().filter(|record| {
            let created = S::created(record).unwrap_or(Timestamp(i64::MAX));
            self.0.insert(record.id(), created).is_none()
        });
        fresh.collect()
    }

    /// Forgets records that were created before this second. No later page begins before it.
    fn forget(&mut self, before: Option<Timestamp>) {
        if let Some(before) = before {
            // A page may begin one second earlier than the last record.
            self.0
                .retain(|_, created| created.0 >= before.0.saturating_sub(1));
        }
    }
}

impl Copper {
    /// Finds all leads of a search, also beyond the 100,000 that Copper returns for one search. The leads come in the
    /// order of their creation, each once. Each page begins where the last one ended, so no lead is missed when others
    /// create or delete leads meanwhile. The search's own order and pages have no effect.
    ///
    /// # Errors
    /// The stream ends after its first error: a request fails, a lead can't be read, or more than 100,000 leads were
    /// created within one second.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?;
    /// use copper_crm::types::LeadSearch;
    ///
    /// let mut all = copper.all_leads(LeadSearch::default());
    /// while let Some(lead) = all.next().await {
    ///     println!("{}", lead?.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/list-leads-search.html>
    pub fn all_leads(&self, search: LeadSearch) -> Found<Lead> {
        self.all(search)
    }

    /// Finds all people of a search; see [`all_leads`](Self::all_leads).
    ///
    /// # Errors
    /// The same as those of `all_leads`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # sandbox.put("people", &serde_json::json!({"name": "Pam"}))?;
    /// use copper_crm::types::PersonSearch;
    ///
    /// let mut all = copper.all_people(PersonSearch::default());
    /// while let Some(person) = all.next().await {
    ///     println!("{}", person?.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/people/list-people-search.html>
    pub fn all_people(&self, search: PersonSearch) -> Found<Person> {
        self.all(search)
    }

    /// Finds all companies of a search; see [`all_leads`](Self::all_leads).
    ///
    /// # Errors
    /// The same as those of `all_leads`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # sandbox.put("companies", &serde_json::json!({"name": "Dunder Mifflin"}))?;
    /// use copper_crm::types::CompanySearch;
    ///
    /// let mut all = copper.all_companies(CompanySearch::default());
    /// while let Some(company) = all.next().await {
    ///     println!("{}", company?.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/companies/list-companies-search.html>
    pub fn all_companies(&self, search: CompanySearch) -> Found<Company> {
        self.all(search)
    }

    fn all<S: Search>(&self, search: S) -> Found<S::Found> {
        let reader = PageReader::new(search.created_from());
        let state = State {
            copper: self.clone(),
            next: Some(Step::Ask(reader.first())),
            reader,
            search: in_order(&search),
            seen: Seen::default(),
            ready: VecDeque::new(),
        };
        Found::new(stream::unfold(state, async |mut state| {
            let record = state.next().await.transpose()?;
            if record.is_err() {
                state.next = None;
            }
            Some((record, state))
        }))
    }
}

struct State<S: Search> {
    copper: Copper,
    reader: PageReader,
    /// The next step, once all records of the last page are returned. None after the end.
    next: Option<Step>,
    search: S,
    seen: Seen,
    ready: VecDeque<S::Found>,
}

impl<S: Search> State<S> {
    async fn next(&mut self) -> Result<Option<S::Found>, Error> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Ok(Some(record));
            }
            let asked = match self.next.take() {
                None | Some(Step::End) => return Ok(None),
                Some(Step::Ask(asked)) => asked,
                Some(step) => return Err(stop_reading::<S>(step)),
            };
            let search = page_search(&self.search, asked);
            let page = self.copper.search_page_strictly(&search).await?;
            let step = self.reader.read(&dates::<S>(&page.records), page.total);
            self.ready = self.seen.fresh::<S>(page.records);
            if let Step::Ask(next) = step {
                self.seen.forget(next.from);
            }
            self.next = Some(step);
        }
    }
}
