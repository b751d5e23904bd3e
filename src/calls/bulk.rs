//! The bulk endpoints, by the names that users call. To add one, describe it in the schema and put its method
//! here.

use crate::{
    Copper,
    run::{Run, Source},
    types,
    value::Update,
};

impl Copper {
    /// Creates any number of leads. Returns one outcome for each, in the order of the input.
    ///
    /// Takes any iterator over [`NewLead`](types::NewLead)s, or a stream by
    /// [`from_stream`](crate::bulk::from_stream). Nothing is sent before the run is polled. The
    /// [module](crate::bulk) explains how a run works.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::NewLead;
    ///
    /// let mut run = copper.bulk_create_leads([NewLead::named("Jim Halpert")]);
    /// while run.next().await.is_some() {}
    /// assert_eq!(run.summary().done, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/bulk-create-leads.html>
    pub fn bulk_create_leads<'a, K>(
        &self,
        leads: impl Source<'a, types::NewLead, Key = K>,
    ) -> Run<'a, types::BulkCreateLeads, K> {
        Run::new(self.clone(), leads)
    }

    /// Changes any number of leads.
    ///
    /// An update is idempotent: one that is in doubt is sent again a few times, before its leads come back as
    /// [`Outcome::Unknown`](crate::Outcome::Unknown).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let id = copper.create_lead(&copper_crm::NewLead::named("Jim Halpert")).await?.id;
    /// use copper_crm::{bulk::Update, types::LeadUpdate};
    ///
    /// let changes = LeadUpdate::default().title("Manager");
    /// let mut run = copper.bulk_update_leads([Update::new(id, changes)]);
    /// while run.next().await.is_some() {}
    /// assert_eq!(run.summary().done, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/bulk-update-leads.html>
    pub fn bulk_update_leads<'a, K>(
        &self,
        updates: impl Source<'a, Update<types::LeadId, types::LeadUpdate>, Key = K>,
    ) -> Run<'a, types::BulkUpdateLeads, K> {
        Run::new(self.clone(), updates)
    }

    /// Creates any number of people. Their e-mail addresses must be unique in the account and in the
    /// input: Copper rejects the overlapping ones.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::types::NewPerson;
    ///
    /// let pam = NewPerson::named("Pam Beesly").email("pam@example.com");
    /// let mut run = copper.bulk_create_people([pam]);
    /// while run.next().await.is_some() {}
    /// assert_eq!(run.summary().done, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/people/bulk-create-people.html>
    pub fn bulk_create_people<'a, K>(
        &self,
        people: impl Source<'a, types::NewPerson, Key = K>,
    ) -> Run<'a, types::BulkCreatePeople, K> {
        Run::new(self.clone(), people)
    }

    /// Changes any number of people; see [`bulk_update_leads`](Self::bulk_update_leads).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let mut made = copper.bulk_create_people([copper_crm::types::NewPerson::new("Pam Beesly")]);
    /// # let id = if let copper_crm::Outcome::Done(record) = made.next().await.ok_or("an outcome")?.outcome { record.id } else { panic!("it is done") };
    /// use copper_crm::{bulk::Update, types::PersonUpdate};
    ///
    /// let changes = PersonUpdate::default().title("Receptionist");
    ///
    /// let mut run = copper.bulk_update_people([Update::new(id, changes)]);
    /// while run.next().await.is_some() {}
    /// assert_eq!(run.summary().done, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/people/bulk-update-people.html>
    pub fn bulk_update_people<'a, K>(
        &self,
        updates: impl Source<'a, Update<types::PersonId, types::PersonUpdate>, Key = K>,
    ) -> Run<'a, types::BulkUpdatePeople, K> {
        Run::new(self.clone(), updates)
    }

    /// Creates any number of companies.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::types::NewCompany;
    ///
    /// let mut run = copper.bulk_create_companies([NewCompany::new("Dunder Mifflin")]);
    /// while run.next().await.is_some() {}
    /// assert_eq!(run.summary().done, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/companies/bulk-company-create.html>
    pub fn bulk_create_companies<'a, K>(
        &self,
        companies: impl Source<'a, types::NewCompany, Key = K>,
    ) -> Run<'a, types::BulkCreateCompanies, K> {
        Run::new(self.clone(), companies)
    }

    /// Changes any number of companies; see [`bulk_update_leads`](Self::bulk_update_leads).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let mut made = copper.bulk_create_companies([copper_crm::types::NewCompany::new("Dunder Mifflin")]);
    /// # let id = if let copper_crm::Outcome::Done(record) = made.next().await.ok_or("an outcome")?.outcome { record.id } else { panic!("it is done") };
    /// use copper_crm::{bulk::Update, types::CompanyUpdate};
    ///
    /// let changes = CompanyUpdate { details: "Paper".into(), ..CompanyUpdate::default() };
    ///
    /// let mut run = copper.bulk_update_companies([Update::new(id, changes)]);
    /// while run.next().await.is_some() {}
    /// assert_eq!(run.summary().done, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/companies/bulk-company-update.html>
    pub fn bulk_update_companies<'a, K>(
        &self,
        updates: impl Source<'a, Update<types::CompanyId, types::CompanyUpdate>, Key = K>,
    ) -> Run<'a, types::BulkUpdateCompanies, K> {
        Run::new(self.clone(), updates)
    }

    /// Creates any number of opportunities.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let mut made = copper.bulk_create_people([copper_crm::types::NewPerson::new("Pam Beesly")]);
    /// # let id = if let copper_crm::Outcome::Done(record) = made.next().await.ok_or("an outcome")?.outcome { record.id } else { panic!("it is done") };
    /// use copper_crm::types::NewOpportunity;
    ///
    /// let mut run = copper.bulk_create_opportunities([NewOpportunity::new("Paper for a year", id)]);
    /// while run.next().await.is_some() {}
    /// assert_eq!(run.summary().done, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/opportunities/bulk-create-opportunities.html>
    pub fn bulk_create_opportunities<'a, K>(
        &self,
        opportunities: impl Source<'a, types::NewOpportunity, Key = K>,
    ) -> Run<'a, types::BulkCreateOpportunities, K> {
        Run::new(self.clone(), opportunities)
    }

    /// Creates any number of activities. Copper accepts only activities of the category `user`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// # let mut made = copper.bulk_create_people([copper_crm::types::NewPerson::new("Pam Beesly")]);
    /// # let id = if let copper_crm::Outcome::Done(record) = made.next().await.ok_or("an outcome")?.outcome { record.id } else { panic!("it is done") };
    /// use copper_crm::types::{ActivityCategory, ActivityType, NewActivity, Parent, RecordType};
    ///
    /// let kind = ActivityType { category: Some(ActivityCategory::User), ..ActivityType::new(1) };
    /// let about = Parent::new(id.0, RecordType::Person);
    ///
    /// let mut run = copper.bulk_create_activities([NewActivity::new(about, kind, "Called her")]);
    /// while run.next().await.is_some() {}
    /// assert_eq!(run.summary().done, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/activities/bulk-create-activities.html>
    pub fn bulk_create_activities<'a, K>(
        &self,
        activities: impl Source<'a, types::NewActivity, Key = K>,
    ) -> Run<'a, types::BulkCreateActivities, K> {
        Run::new(self.clone(), activities)
    }
}
