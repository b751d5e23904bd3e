//! The calls for one lead at a time. What they send and read is generated; what is added is our own
//! error, and that a lead which was created is given back even when a part of it can't be read.

use crate::{
    Copper, Error,
    bulk::{Record, no_failure, read_record},
    generated::{self, ResponseValue, operation},
    operation::Operation,
    types::{Lead, LeadId, LeadStatus, NewLead},
};

impl NewLead {
    /// A lead with this name, and nothing else yet.
    ///
    /// ```
    /// use copper_crm::NewLead;
    ///
    /// let lead = NewLead { company_name: Some("Dunder Mifflin".into()), ..NewLead::named("Jim Halpert") };
    /// assert_eq!(lead.name, "Jim Halpert");
    /// ```
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }
}

impl Copper {
    /// Creates one lead. For more than a handful, [`bulk_create_leads`](Self::bulk_create_leads) is
    /// ten times as fast.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes. It is not sent again when it may have arrived:
    /// see [`Error::may_have_taken_effect`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm::sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::NewLead;
    ///
    /// let lead = copper.create_lead(&NewLead::named("Jim Halpert")).await?;
    /// assert_eq!(lead.first_name.as_deref(), Some("Jim"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/create-a-new-lead.html>
    pub async fn create_lead(&self, lead: &NewLead) -> Result<Lead, Error> {
        record(
            operation::CREATE_LEAD,
            self.client().create_lead(lead).await,
        )
        .await
    }

    /// Fetches one lead.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) when there is no such lead.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm::sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let id = copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?.id;
    /// let lead = copper.get_lead(id).await?;
    /// assert_eq!(lead.id, id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/fetch-a-lead-by-id.html>
    pub async fn get_lead(&self, id: impl Into<LeadId>) -> Result<Lead, Error> {
        record(
            operation::GET_LEAD,
            self.client().get_lead(&id.into()).await,
        )
        .await
    }

    /// Lists the statuses that leads of this account can have.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm::sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// let statuses = copper.list_lead_statuses().await?;
    /// assert!(statuses.iter().any(|status| status.is_default == Some(true)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/list-lead-statuses.html>
    pub async fn list_lead_statuses(&self) -> Result<Vec<LeadStatus>, Error> {
        answer(
            operation::LIST_LEAD_STATUSES,
            self.client().list_lead_statuses().await,
        )
        .await
    }
}

/// What a generated method gave, with our error.
async fn answer<T>(
    operation: &'static Operation,
    result: Result<ResponseValue<T>, generated::Error<()>>,
) -> Result<T, Error> {
    match result {
        Ok(answer) => Ok(answer.into_inner()),
        Err(error) => Err(Error::of_call(operation, error).await),
    }
}

/// The same for one record, which is given back even when a part of it can't be read.
async fn record<T: Record>(
    operation: &'static Operation,
    result: Result<ResponseValue<T>, generated::Error<()>>,
) -> Result<T, Error> {
    let record = match result {
        Ok(answer) => no_failure(answer.into_inner()),
        Err(generated::Error::InvalidResponsePayload(body, _)) => read_record(&body),
        Err(error) => return Err(Error::of_call(operation, error).await),
    };
    record.map_err(|why| Error::unreadable(operation, why))
}
