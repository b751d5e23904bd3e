//! Streams all leads that a search finds, however many there are.

use std::collections::{BTreeMap, VecDeque};

use futures_util::stream;

use super::{
    read::{in_order, page_search, stop_reading},
    reading::{Reader, Step},
};
use crate::{
    Copper, Error,
    search::Found,
    types::{Lead, LeadId, LeadSearch, Timestamp},
};

/// The leads that may come again: those of the last seconds that were read.
#[derive(Debug, Default)]
struct Seen(BTreeMap<LeadId, Timestamp>);

impl Seen {
    /// Keeps of a page only leads that did not come before.
    fn fresh(&mut self, page: Vec<Lead>) -> VecDeque<Lead> {
        let fresh = page.into_iter().filter(|lead| {
            let created = lead.date_created.unwrap_or(Timestamp(i64::MAX));
            self.0.insert(lead.id, created).is_none()
        });
        fresh.collect()
    }

    /// Forgets leads of before this second. No later page begins before it.
    fn forget(&mut self, before: Option<Timestamp>) {
        if let Some(before) = before {
            // A page may begin one second earlier than the last lead.
            self.0
                .retain(|_, created| created.0 >= before.0.saturating_sub(1));
        }
    }
}

impl Copper {
    /// Finds all leads of a search, beyond the 100,000 that Copper gives of one: in the order of their
    /// creation, each once, and each page begins where the last one ended. So a lead that is created or
    /// deleted meanwhile moves no other out of sight. The search's own order and pages make no difference.
    ///
    /// # Errors
    /// The stream ends after its first error: that of a request; or when more than 100,000 leads were created
    /// within one second.
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
        let reader = Reader::new(search.minimum_created_date);
        let state = State {
            copper: self.clone(),
            next: Some(Step::Ask(reader.first())),
            reader,
            search: in_order(&search),
            seen: Seen::default(),
            ready: VecDeque::new(),
        };
        Found::new(stream::unfold(state, async |mut state| {
            let lead = state.next().await.transpose()?;
            if lead.is_err() {
                state.next = None;
            }
            Some((lead, state))
        }))
    }
}

struct State {
    copper: Copper,
    reader: Reader,
    /// The next step when nothing is ready. None after the end.
    next: Option<Step>,
    search: LeadSearch,
    seen: Seen,
    ready: VecDeque<Lead>,
}

impl State {
    async fn next(&mut self) -> Result<Option<Lead>, Error> {
        loop {
            if let Some(lead) = self.ready.pop_front() {
                return Ok(Some(lead));
            }
            let asked = match self.next.take() {
                None | Some(Step::End) => return Ok(None),
                Some(Step::Ask(asked)) => asked,
                Some(step) => return Err(stop_reading(step)),
            };
            let page = self
                .copper
                .search_leads_page(&page_search(&self.search, asked))
                .await?;
            let dates: Vec<_> = page
                .records
                .iter()
                .map(|lead| (lead.id, lead.date_created))
                .collect();
            let step = self.reader.read(&dates, page.total);
            self.ready = self.seen.fresh(page.records);
            if let Step::Ask(next) = step {
                self.seen.forget(next.from);
            }
            self.next = Some(step);
        }
    }
}
