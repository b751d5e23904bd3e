//! The methods with which users search.

use super::{Found, Page, check::check, criteria::Search, pages::found};
use crate::{
    Copper, Error, client,
    generated::search,
    item::{BulkFailure, Record},
    types::{Company, CompanySearch, Lead, LeadSearch, Person, PersonSearch},
};

impl Copper {
    /// Finds leads: a stream over all pages.
    /// A page has 200 leads unless the search sets another size. The stream begins with the search's `page_number`.
    /// Without a `sort_by`, the oldest leads come first. Then leads that are created meanwhile come last, and no lead
    /// is missed or found twice. (Copper's own default order, by name, moves leads between pages.) If leads are deleted
    /// meanwhile, the search may still miss others.
    ///
    /// # Errors
    /// The stream ends after its first error. If the search asks for something that no search can express, the stream
    /// ends before anything is sent. Copper returns at most 100,000 leads for one search. If there are more, the stream
    /// ends with an error after 100,000. Then narrow the search, for example by date, or use
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
        self.search(search)
    }

    /// Finds leads: one page, chosen by the search's `page_number` and `page_size`.
    ///
    /// # Errors
    /// When the search asks for something that no search can express (then nothing is sent), when Copper refuses it, or
    /// when no answer comes.
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
        self.search_page(search).await
    }

    /// Finds people: a stream over all pages; see [`search_leads`](Self::search_leads).
    ///
    /// # Errors
    /// The same as those of `search_leads`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # sandbox.put("people", &serde_json::json!({"name": "Pam", "emails": [{"email": "pam@example.com"}]}))?;
    /// use copper_crm::types::PersonSearch;
    ///
    /// let mut found = copper.search_people(PersonSearch::default().email("pam@example.com"));
    /// let pam = found.next().await.ok_or("she is there")??;
    /// assert_eq!(pam.name.as_deref(), Some("Pam"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/people/list-people-search.html>
    pub fn search_people(&self, search: PersonSearch) -> Found<Person> {
        self.search(search)
    }

    /// Finds people: one page; see [`search_leads_page`](Self::search_leads_page).
    ///
    /// # Errors
    /// The same as those of `search_leads_page`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::types::PersonSearch;
    ///
    /// let page = copper.search_people_page(&PersonSearch::default().page_size(1)).await?;
    /// println!("{:?} people", page.total);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/people/list-people-search.html>
    pub async fn search_people_page(&self, search: &PersonSearch) -> Result<Page<Person>, Error> {
        self.search_page(search).await
    }

    /// Finds companies: a stream over all pages; see [`search_leads`](Self::search_leads).
    ///
    /// # Errors
    /// The same as those of `search_leads`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # sandbox.put("companies", &serde_json::json!({"name": "Dunder Mifflin", "email_domain": "example.com"}))?;
    /// use copper_crm::types::CompanySearch;
    ///
    /// let mut found = copper.search_companies(CompanySearch::default().email_domains("example.com"));
    /// let company = found.next().await.ok_or("it is there")??;
    /// assert_eq!(company.name.as_deref(), Some("Dunder Mifflin"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/companies/list-companies-search.html>
    pub fn search_companies(&self, search: CompanySearch) -> Found<Company> {
        self.search(search)
    }

    /// Finds companies: one page; see [`search_leads_page`](Self::search_leads_page).
    ///
    /// # Errors
    /// The same as those of `search_leads_page`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::types::CompanySearch;
    ///
    /// let page = copper.search_companies_page(&CompanySearch::default().page_size(1)).await?;
    /// println!("{:?} companies", page.total);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/companies/list-companies-search.html>
    pub async fn search_companies_page(
        &self,
        search: &CompanySearch,
    ) -> Result<Page<Company>, Error> {
        self.search_page(search).await
    }

    /// Finds records of any kind: a stream over all pages.
    fn search<S: Search>(&self, search: S) -> Found<S::Found> {
        self.pages(search, false)
    }

    /// Finds records as `search` does, but ends with an error at a record that can't be read. Use this where a missing
    /// record would count as absent.
    pub(crate) fn search_strictly<S: Search>(&self, search: S) -> Found<S::Found> {
        self.pages(search, true)
    }

    fn pages<S: Search>(&self, search: S, strictly: bool) -> Found<S::Found> {
        let (first, size) = search.page();
        let (first, size) = (first.unwrap_or(1), size.unwrap_or(search::LARGEST_PAGE));
        let copper = self.clone();
        // With this order, records that are created meanwhile come last.
        let search = match search.is_sorted() {
            true => search,
            false => search.oldest_first(),
        };
        found(S::OPERATION, first, size, move |number| {
            let copper = copper.clone();
            let search = search.clone().with_page(Some(number), Some(size));
            async move {
                match strictly {
                    true => Ok((copper.search_page_strictly(&search).await?, 0)),
                    false => copper.read_page(&search).await,
                }
            }
        })
    }

    /// Finds records of any kind: one page. Records that can't be read are left out.
    async fn search_page<S: Search>(&self, search: &S) -> Result<Page<S::Found>, Error> {
        Ok(self.read_page(search).await?.0)
    }

    /// Finds one page as `search_page` does, but returns an error if one of its records can't be read.
    pub(crate) async fn search_page_strictly<S: Search>(
        &self,
        search: &S,
    ) -> Result<Page<S::Found>, Error> {
        let (page, dropped) = self.read_page(search).await?;
        let failed = |record: &&S::Found| BulkFailure::of(record.extra()).is_some();
        let unread = dropped + page.records.iter().filter(failed).count();
        if unread == 0 {
            return Ok(page);
        }
        let records = S::OPERATION.records();
        let why = format!("{unread} of the {records} of a page can't be read");
        Err(Error::unreadable(S::OPERATION, why))
    }

    /// Fetches one page. Returns it, and the number of its records that can't be read.
    async fn read_page<S: Search>(&self, search: &S) -> Result<(Page<S::Found>, usize), Error> {
        if let Err(why) = check(search) {
            return Err(Error::unsendable(S::OPERATION, why));
        }
        let client = self.client_for(S::OPERATION, search)?;
        match S::send(&client, search).await {
            Ok(answer) => {
                let total = answer
                    .headers()
                    .get(search::TOTAL_HEADER)
                    .and_then(|total| total.to_str().ok()?.trim().parse().ok());
                let records = answer.into_inner();
                Ok((Page { records, total }, 0))
            }
            Err(progenitor_client::Error::InvalidResponsePayload(body, _)) => {
                let (records, dropped) = client::odd_list(S::OPERATION, &body)?;
                let total = None;
                Ok((Page { records, total }, dropped))
            }
            Err(error) => Err(client::error(S::OPERATION, error).await),
        }
    }
}
