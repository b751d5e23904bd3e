//! The calls for one lead. Requests and answers are generated. This file adds our own error, and returns a
//! lead that was created even if a part of the answer can't be read.

use crate::{
    Copper, Error,
    client::{answer, record},
    generated::operation,
    item::read_parts,
    types::{
        ConvertDetails, ConvertLead, ConvertedLead, CustomField, CustomFieldDefinitionId,
        DeletedRecord, Lead, LeadId, LeadMatch, LeadUpdate, NewLead, UpsertLead,
    },
};

impl LeadMatch {
    /// Finds the lead by its e-mail address.
    pub fn email(address: impl Into<String>) -> Self {
        Self {
            field_name: "email".to_owned(),
            field_value: address.into().into(),
        }
    }

    /// Finds the lead by a custom field, which must be available on leads and filterable.
    pub fn custom_field(id: CustomFieldDefinitionId, value: impl Into<crate::CustomValue>) -> Self {
        let field = CustomField {
            value: Some(value.into()),
            ..CustomField::new(id)
        };
        Self {
            field_name: "custom".to_owned(),
            // Nothing is matched by a value that JSON can't hold.
            field_value: serde_json::to_value(field).unwrap_or_default(),
        }
    }
}

/// Returns true if there is nothing in it that a lead could be matched by.
fn is_blank(value: &serde_json::Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

impl Copper {
    /// Creates one lead. For more than a handful, [`bulk_create_leads`](Self::bulk_create_leads) is ten times
    /// as fast.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes. It is not sent again if it may have arrived: see
    /// [`Error::may_have_taken_effect`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
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
        let client = self.client_for(operation::CREATE_LEAD, lead)?;
        record(
            operation::CREATE_LEAD,
            client.create_lead(client.inner.computed(), lead).await,
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
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
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
        let client = self.client()?;
        record(
            operation::GET_LEAD,
            client.get_lead(&id.into(), client.inner.computed()).await,
        )
        .await
    }

    /// Changes fields of one lead. Each field is left alone, cleared, or set. A list or an address that is set
    /// replaces the whole old one. Returns the lead after the change.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) when there is no such lead, [`is_invalid`](Error::is_invalid)
    /// when Copper refuses the change.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let id = copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?.id;
    /// use copper_crm::{Patch, types::LeadUpdate};
    ///
    /// let update = LeadUpdate::default().title("Manager").details(Patch::Clear);
    /// let lead = copper.update_lead(id, &update).await?;
    /// assert_eq!(lead.title.as_deref(), Some("Manager"));
    /// assert_eq!(lead.name.as_deref(), Some("Jim Halpert"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/update-a-lead.html>
    pub async fn update_lead(
        &self,
        id: impl Into<LeadId>,
        update: &LeadUpdate,
    ) -> Result<Lead, Error> {
        let client = self.client_for(operation::UPDATE_LEAD, update)?;
        record(
            operation::UPDATE_LEAD,
            client
                .update_lead(&id.into(), client.inner.computed(), update)
                .await,
        )
        .await
    }

    /// Deletes one lead. If the answer is lost, the request is sent again, and may then report a lead as not
    /// found that this very call has deleted.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) when there is no such lead (any more).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let id = copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?.id;
    /// copper.delete_lead(id).await?;
    /// assert!(copper.get_lead(id).await.is_err_and(|error| error.is_not_found()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/delete-a-lead.html>
    pub async fn delete_lead(&self, id: impl Into<LeadId>) -> Result<DeletedRecord, Error> {
        answer(
            operation::DELETE_LEAD,
            self.client()?.delete_lead(&id.into()).await,
        )
        .await
    }

    /// Updates the one lead that matches, or creates one if none does. It is idempotent, so it is the call
    /// for small or repeated syncs. For more than a handful there is [`upsert_leads`](Self::upsert_leads).
    /// [`bulk_create_leads`](Self::bulk_create_leads) is ten times as fast, but only creates.
    ///
    /// Of a lead that is there, only the fields that `lead` names are changed. Lists (phone numbers, tags, websites,
    /// socials) and the address are replaced whole.
    ///
    /// # Errors
    /// When several leads match: [`matching_ids`](Error::matching_ids) has their ids if Copper names them,
    /// which it does for up to 30. When the value to match by is empty, or a number that JSON can't hold,
    /// nothing is sent.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::{NewLead, types::LeadMatch};
    ///
    /// let lead = NewLead::named("Jim Halpert").email("jim@example.com");
    /// let first = copper.upsert_lead(&lead, LeadMatch::email("jim@example.com")).await?;
    /// let again = copper.upsert_lead(&lead, LeadMatch::email("jim@example.com")).await?;
    /// assert_eq!(first.id, again.id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/upsert-a-lead.html>
    pub async fn upsert_lead(&self, lead: &NewLead, by: LeadMatch) -> Result<Lead, Error> {
        if is_blank(&by.field_value) {
            return Err(Error::unsendable(
                operation::UPSERT_LEAD,
                "match.field_value: it is empty, so no lead can be matched by it".to_owned(),
            ));
        }
        let body = UpsertLead {
            properties: lead.clone(),
            match_: by,
        };
        let client = self.client_for(operation::UPSERT_LEAD, &body)?;
        record(
            operation::UPSERT_LEAD,
            client.upsert_lead(client.inner.computed(), &body).await,
        )
        .await
    }

    /// Turns a lead into a person, and, if you ask for them, a company and an opportunity. Afterwards the
    /// lead is gone.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes. It is not sent again if it may have arrived. A company
    /// given by both an id and a name is refused before anything is sent.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let id = copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?.id;
    /// use copper_crm::types::{ConvertCompany, ConvertDetails, ConvertPerson};
    ///
    /// let details = ConvertDetails::default()
    ///     .person(ConvertPerson::default().name("Jim Halpert"))
    ///     .company(ConvertCompany::exactly_named("Dunder Mifflin"));
    /// let converted = copper.convert_lead(id, details).await?;
    /// assert_eq!(converted.person.and_then(|person| person.name).as_deref(), Some("Jim Halpert"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/convert-a-lead.html>
    pub async fn convert_lead(
        &self,
        id: impl Into<LeadId>,
        details: ConvertDetails,
    ) -> Result<ConvertedLead, Error> {
        if details
            .company
            .as_ref()
            .is_some_and(|company| company.id.is_some() && company.name.is_some())
        {
            return Err(Error::unsendable(
                operation::CONVERT_LEAD,
                "give the company's id or its name, not both".to_owned(),
            ));
        }
        let body = ConvertLead { details };
        let client = self.client_for(operation::CONVERT_LEAD, &body)?;
        match client.convert_lead(&id.into(), &body).await {
            // A part that was not asked for comes as an empty object, which is no record.
            Err(progenitor_client::Error::InvalidResponsePayload(body, _)) => {
                let read = read_parts::<ConvertedLead>(&body);
                let (mut converted, aside) =
                    read.map_err(|why| Error::unreadable(operation::CONVERT_LEAD, why))?;
                converted.extra.extend(aside);
                Ok(converted)
            }
            result => answer(operation::CONVERT_LEAD, result).await,
        }
    }
}
