//! The lookups of an account: the names and ids of its users, fields, types and pipelines.

use crate::{
    Copper, Error,
    client::{answer, list, record},
    generated::{operation, search as limits},
    search::{Found, Page, found},
    types::{
        Account, Activity, ActivityTypes, CompanyId, ContactType, CustomFieldDefinition,
        CustomFieldDefinitionId, DeletedRecord, LossReason, NewActivity, OpportunityId, PersonId,
        Pipeline, PipelineId, PipelineStage, Tag, TagSort, User, UserId, UserSearch,
    },
};

impl Copper {
    /// Returns the account that the credentials belong to. Use it to test a connection.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// let account = copper.get_account().await?;
    /// assert!(account.name.is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/account-and-users/fetch-account-details.html>
    pub async fn get_account(&self) -> Result<Account, Error> {
        answer(operation::GET_ACCOUNT, self.client()?.get_account().await).await
    }

    /// Returns the user that the credentials belong to.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// let me = copper.get_current_user().await?;
    /// println!("{:?}", me.name);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/account-and-users/fetch-api-user.html>
    pub async fn get_current_user(&self) -> Result<User, Error> {
        answer(
            operation::GET_CURRENT_USER,
            self.client()?.get_current_user().await,
        )
        .await
    }

    /// Returns one user.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) when there is no such user.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// let me = copper.get_current_user().await?;
    /// assert_eq!(copper.get_user(me.id).await?, me);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/account-and-users/fetch-user-by-id.html>
    pub async fn get_user(&self, id: impl Into<UserId>) -> Result<User, Error> {
        answer(
            operation::GET_USER,
            self.client()?.get_user(&id.into()).await,
        )
        .await
    }

    /// Lists the definitions of the custom fields of the account: names, types, options.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// for field in copper.list_custom_field_definitions().await? {
    ///     println!("{} is {:?}", field.id, field.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/custom-fields/general/list-custom-field-definitions.html>
    pub async fn list_custom_field_definitions(&self) -> Result<Vec<CustomFieldDefinition>, Error> {
        list(
            operation::LIST_CUSTOM_FIELD_DEFINITIONS,
            self.client()?.list_custom_field_definitions().await,
        )
        .await
    }

    /// Returns the definition of one custom field.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) when there is no such definition.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let id = copper.list_custom_field_definitions().await?[0].id;
    /// let field = copper.get_custom_field_definition(id).await?;
    /// println!("{:?}", field.data_type);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/custom-fields/general/fetch-a-custom-field-definition.html>
    pub async fn get_custom_field_definition(
        &self,
        id: impl Into<CustomFieldDefinitionId>,
    ) -> Result<CustomFieldDefinition, Error> {
        answer(
            operation::GET_CUSTOM_FIELD_DEFINITION,
            self.client()?.get_custom_field_definition(&id.into()).await,
        )
        .await
    }

    /// Lists the types of people and companies of the account.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// assert!(!copper.list_contact_types().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/people/list-contact-types.html>
    pub async fn list_contact_types(&self) -> Result<Vec<ContactType>, Error> {
        list(
            operation::LIST_CONTACT_TYPES,
            self.client()?.list_contact_types().await,
        )
        .await
    }

    /// Lists the pipelines of the account, each with its stages.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// for pipeline in copper.list_pipelines().await? {
    ///     println!("{:?} has {} stages", pipeline.name, pipeline.stages.unwrap_or_default().len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/opportunities/list-pipelines.html>
    pub async fn list_pipelines(&self) -> Result<Vec<Pipeline>, Error> {
        list(
            operation::LIST_PIPELINES,
            self.client()?.list_pipelines().await,
        )
        .await
    }

    /// Lists the stages of all pipelines of the account.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// assert!(!copper.list_pipeline_stages().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/opportunities/list-pipeline-stages.html>
    pub async fn list_pipeline_stages(&self) -> Result<Vec<PipelineStage>, Error> {
        list(
            operation::LIST_PIPELINE_STAGES,
            self.client()?.list_pipeline_stages().await,
        )
        .await
    }

    /// Lists the stages of one pipeline.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) when there is no such pipeline.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let id = copper.list_pipelines().await?[0].id;
    /// assert!(!copper.list_stages_of_pipeline(id).await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/opportunities/list-stages-in-a-pipeline.html>
    pub async fn list_stages_of_pipeline(
        &self,
        id: impl Into<PipelineId>,
    ) -> Result<Vec<PipelineStage>, Error> {
        list(
            operation::LIST_STAGES_OF_PIPELINE,
            self.client()?.list_stages_of_pipeline(&id.into()).await,
        )
        .await
    }

    /// Lists the reasons for which opportunities of the account can be lost.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// assert!(!copper.list_loss_reasons().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/opportunities/list-loss-reasons.html>
    pub async fn list_loss_reasons(&self) -> Result<Vec<LossReason>, Error> {
        list(
            operation::LIST_LOSS_REASONS,
            self.client()?.list_loss_reasons().await,
        )
        .await
    }

    /// Lists the types of activities of the account, by category. A type is identified by its id together
    /// with its category, and 0 is a valid id.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// let types = copper.list_activity_types().await?;
    /// assert!(types.user.is_some_and(|types| types.iter().any(|of| of.id.0 == 0)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/activities/list-activity-types.html>
    pub async fn list_activity_types(&self) -> Result<ActivityTypes, Error> {
        answer(
            operation::LIST_ACTIVITY_TYPES,
            self.client()?.list_activity_types().await,
        )
        .await
    }

    /// Lists the users of the account: a stream over all pages.
    ///
    /// Pages are of 200 users unless the search says otherwise, and begin with its `page_number`.
    ///
    /// # Errors
    /// The stream ends after its first error.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::types::UserSearch;
    ///
    /// let mut users = copper.search_users(UserSearch::default());
    /// while let Some(user) = users.next().await {
    ///     println!("{:?}", user?.email);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/account-and-users/list-users.html>
    pub fn search_users(&self, search: UserSearch) -> Found<User> {
        let size = search.page_size.unwrap_or(limits::LARGEST_PAGE);
        let first = search.page_number.unwrap_or(1);
        let copper = self.clone();
        found(operation::SEARCH_USERS, first, size, move |page_number| {
            let copper = copper.clone();
            let search = UserSearch {
                page_number: Some(page_number),
                page_size: Some(size),
                ..search.clone()
            };
            async move {
                let users = copper
                    .client_for(operation::SEARCH_USERS, &search)?
                    .search_users(&search)
                    .await;
                let records = list(operation::SEARCH_USERS, users).await?;
                let total = None;
                Ok((Page { records, total }, 0))
            }
        })
    }

    /// Lists the tags of the account, each with the number of records that have it. The default order is by
    /// name.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::types::TagSort;
    ///
    /// assert!(copper.list_tags(Some(TagSort::Count)).await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/tags/list-tags.html>
    pub async fn list_tags(&self, sort_by: Option<TagSort>) -> Result<Vec<Tag>, Error> {
        answer(
            operation::LIST_TAGS,
            self.client()?.list_tags(sort_by.as_ref()).await,
        )
        .await
    }

    /// Creates one activity, such as a note on a lead. Only types of the category `user` can be created.
    ///
    /// # Errors
    /// When Copper refuses it, or no answer comes. It is not sent again when it may have arrived: see
    /// [`Error::may_have_taken_effect`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let lead = copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?;
    /// use copper_crm::types::{ActivityCategory, ActivityType, ActivityTypeId, NewActivity, Parent, RecordType};
    ///
    /// let note = ActivityType {
    ///     category: Some(ActivityCategory::User),
    ///     ..ActivityType::new(ActivityTypeId(0))
    /// };
    /// let of = Parent::new(lead.id.0, RecordType::Lead);
    /// copper.create_activity(&NewActivity::new(of, note, "Called back")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/activities/create-a-new-activity.html>
    pub async fn create_activity(&self, activity: &NewActivity) -> Result<Activity, Error> {
        record(
            operation::CREATE_ACTIVITY,
            self.client_for(operation::CREATE_ACTIVITY, activity)?
                .create_activity(activity)
                .await,
        )
        .await
    }

    /// Deletes one person, such as the one that a conversion made.
    ///
    /// If the answer is lost, the request is sent again, and may then report a person as not found that this
    /// very call has deleted.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) when there is no such person.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # use copper_crm::types::{ConvertCompany, ConvertDetails, ConvertOpportunity};
    /// # let lead = copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?;
    /// # let details = ConvertDetails {
    /// #     company: Some(ConvertCompany::named("Dunder Mifflin")),
    /// #     opportunity: Some(ConvertOpportunity::default()),
    /// #     ..ConvertDetails::default()
    /// # };
    /// let converted = copper.convert_lead(lead.id, details).await?;
    /// copper.delete_person(converted.person.expect("a person").id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/people/delete-a-person.html>
    pub async fn delete_person(&self, id: impl Into<PersonId>) -> Result<DeletedRecord, Error> {
        answer(
            operation::DELETE_PERSON,
            self.client()?.delete_person(&id.into()).await,
        )
        .await
    }

    /// Deletes one company, such as the one that a conversion made.
    ///
    /// If the answer is lost, the request is sent again, and may then report a company as not found that this
    /// very call has deleted.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) when there is no such company.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # use copper_crm::types::{ConvertCompany, ConvertDetails, ConvertOpportunity};
    /// # let lead = copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?;
    /// # let details = ConvertDetails {
    /// #     company: Some(ConvertCompany::named("Dunder Mifflin")),
    /// #     opportunity: Some(ConvertOpportunity::default()),
    /// #     ..ConvertDetails::default()
    /// # };
    /// let converted = copper.convert_lead(lead.id, details).await?;
    /// copper.delete_company(converted.company.expect("a company").id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/companies/delete-a-company.html>
    pub async fn delete_company(&self, id: impl Into<CompanyId>) -> Result<DeletedRecord, Error> {
        answer(
            operation::DELETE_COMPANY,
            self.client()?.delete_company(&id.into()).await,
        )
        .await
    }

    /// Deletes one opportunity, such as the one that a conversion made.
    ///
    /// If the answer is lost, the request is sent again, and may then report an opportunity as not found that
    /// this very call has deleted.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) when there is no such opportunity.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # use copper_crm::types::{ConvertCompany, ConvertDetails, ConvertOpportunity};
    /// # let lead = copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?;
    /// # let details = ConvertDetails {
    /// #     company: Some(ConvertCompany::named("Dunder Mifflin")),
    /// #     opportunity: Some(ConvertOpportunity::default()),
    /// #     ..ConvertDetails::default()
    /// # };
    /// let converted = copper.convert_lead(lead.id, details).await?;
    /// copper.delete_opportunity(converted.opportunity.expect("an opportunity").id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/opportunities/delete-an-opportunity.html>
    pub async fn delete_opportunity(
        &self,
        id: impl Into<OpportunityId>,
    ) -> Result<DeletedRecord, Error> {
        answer(
            operation::DELETE_OPPORTUNITY,
            self.client()?.delete_opportunity(&id.into()).await,
        )
        .await
    }
}
