//! Lists that belong to leads: activities, statuses, sources.

use crate::{
    Copper, Error,
    client::list,
    generated::operation,
    types::{
        Activity, ActivityQuery, CompanyId, ConvertCompany, CustomerSource, LeadId, LeadStatus,
    },
};

impl ConvertCompany {
    /// An existing company.
    pub fn existing(id: impl Into<CompanyId>) -> Self {
        Self {
            id: Some(id.into()),
            ..Self::default()
        }
    }

    /// A company with a name like this one: Copper looks for similar names.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..Self::default()
        }
    }

    /// A company of exactly this name.
    pub fn exactly_named(name: impl Into<String>) -> Self {
        Self {
            exact_match: Some(true),
            ..Self::named(name)
        }
    }

    /// No company.
    pub fn none() -> Self {
        Self::named("")
    }
}

impl Copper {
    /// Lists the activities of a lead, newest first as far as observed. An empty query asks for all of them.
    ///
    /// # Errors
    /// When there is no such lead, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let id = copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?.id;
    /// use copper_crm::types::ActivityQuery;
    ///
    /// let activities = copper.list_lead_activities(id, &ActivityQuery::default()).await?;
    /// # assert!(activities.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/see-a-leads-activities.html>
    pub async fn list_lead_activities(
        &self,
        id: impl Into<LeadId>,
        query: &ActivityQuery,
    ) -> Result<Vec<Activity>, Error> {
        let client = self.client_for(operation::LIST_LEAD_ACTIVITIES, query)?;
        list(
            operation::LIST_LEAD_ACTIVITIES,
            client.list_lead_activities(&id.into(), query).await,
        )
        .await
    }

    /// Lists the lead statuses of this account.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// let statuses = copper.list_lead_statuses().await?;
    /// assert!(statuses.iter().any(|status| status.is_default == Some(true)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/list-lead-statuses.html>
    pub async fn list_lead_statuses(&self) -> Result<Vec<LeadStatus>, Error> {
        list(
            operation::LIST_LEAD_STATUSES,
            self.client()?.list_lead_statuses().await,
        )
        .await
    }

    /// Lists the sources that leads of this account can come from.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// let sources = copper.list_customer_sources().await?;
    /// assert!(!sources.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/list-customer-sources.html>
    pub async fn list_customer_sources(&self) -> Result<Vec<CustomerSource>, Error> {
        list(
            operation::LIST_CUSTOMER_SOURCES,
            self.client()?.list_customer_sources().await,
        )
        .await
    }
}
