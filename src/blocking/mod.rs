//! Blocking calls, for programs without async: the same calls as those of [`Copper`](crate::Copper), and a
//! bulk run that is an [`Iterator`]. Needs the feature `blocking`.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let runtime = tokio::runtime::Runtime::new()?;
//! # let sandbox = runtime.block_on(copper_crm_sandbox::Sandbox::start())?;
//! # let copper = sandbox.copper();
//! use copper_crm::{NewLead, Outcome};
//!
//! # stringify!(
//! let copper = copper_crm::blocking::Copper::from_env()?;
//! # );
//! # let copper = copper.build()?.blocking()?;
//! let jim = copper.create_lead(&NewLead::named("Jim Halpert"))?;
//! assert_eq!(copper.get_lead(jim.id)?.name.as_deref(), Some("Jim Halpert"));
//!
//! for item in copper.bulk_create_leads((1..=25).map(|n| NewLead::named(format!("Lead {n}")))) {
//!     match item.outcome {
//!         Outcome::Done(lead) => println!("#{} is {}", item.index, lead.id),
//!         other => eprintln!("#{}: {other:?}", item.index),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! One thread with its own tokio runtime serves a handle and its clones. It ends with the last of them. So
//! these calls work without a runtime. They also work inside one, but block the calling thread there, like
//! all blocking code: make them within `spawn_blocking`.

mod generated;
mod run;
mod runtime;

use std::time::Duration;

use reqwest::Method;
pub use run::{Found, Run};
use runtime::Runtime;
use serde_json::Value;

use crate::{
    Error, Page,
    bulk::{MatchBy, Source, Update, UpsertLeads},
    limit::Limiter,
    schema::Idempotency,
    types::{
        Account, Activity, ActivityQuery, ActivityTypes, BulkCreateActivities, BulkCreateCompanies,
        BulkCreateLeads, BulkCreateOpportunities, BulkCreatePeople, BulkUpdateCompanies,
        BulkUpdateLeads, BulkUpdatePeople, Company, CompanyId, CompanySearch, CompanyUpdate,
        ContactType, ConvertDetails, ConvertedLead, CustomFieldDefinition, CustomFieldDefinitionId,
        CustomerSource, DeletedRecord, Lead, LeadId, LeadMatch, LeadSearch, LeadStatus, LeadUpdate,
        LossReason, NewActivity, NewCompany, NewLead, NewOpportunity, NewPerson, OpportunityId,
        Person, PersonId, PersonSearch, PersonUpdate, Pipeline, PipelineId, PipelineStage, Tag,
        TagSort, User, UserId, UserSearch,
    },
};

/// A connection to one Copper account whose calls block.
///
/// Cheap to clone; all clones share one HTTP connection pool, one rate limiter and one runtime thread.
#[derive(Clone, Debug)]
pub struct Copper {
    copper: crate::Copper,
    runtime: Runtime,
}

impl crate::Copper {
    /// Returns a handle with the same settings and limits whose calls block. Afterwards use only that handle:
    /// an HTTP connection belongs to the runtime that opened it.
    ///
    /// ```
    /// # fn main() -> Result<(), copper_crm::Error> {
    /// use copper_crm::Copper;
    ///
    /// let copper = Copper::builder("the API key", "owner@example.com").build()?.blocking()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the system can't start a thread.
    pub fn blocking(self) -> Result<Copper, Error> {
        Ok(Copper {
            copper: self,
            runtime: Runtime::start()?,
        })
    }
}

/// The calls for one record: each blocks until the async call of the same name is done.
macro_rules! calls {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {$(
        #[doc = concat!("Blocks until [`Copper::", stringify!($name), "`](crate::Copper::", stringify!($name), ") is done.")]
        ///
        /// # Errors
        /// The same as those of that call.
        pub fn $name(&self, $($argument: $type),*) -> Result<$answer, Error> {
            self.runtime.wait(self.copper.$name($($argument),*))
        }
    )*};
}

/// The bulk calls: each returns the run of the same name as an iterator.
macro_rules! runs {
    ($($name:ident($input:ty $(, $argument:ident: $type:ty)?) -> $endpoint:ty;)*) => {$(
        #[doc = concat!("Returns the run of [`Copper::", stringify!($name), "`](crate::Copper::", stringify!($name), ") as an iterator.")]
        pub fn $name<'a, K>(&self, records: impl Source<'a, $input, Key = K> $(, $argument: $type)?) -> Run<'a, $endpoint, K> {
            Run::new(self.copper.$name(records $(, $argument)?), self.runtime.clone())
        }
    )*};
}

impl Copper {
    /// Connects as [`Copper::from_env`](crate::Copper::from_env) does.
    ///
    /// # Errors
    /// When a variable is missing, empty or unusable, or the system can't start a thread.
    pub fn from_env() -> Result<Self, Error> {
        crate::Copper::from_env()?.blocking()
    }

    runs! {
        bulk_create_leads(NewLead) -> BulkCreateLeads;
        bulk_update_leads(Update<LeadId, LeadUpdate>) -> BulkUpdateLeads;
        upsert_leads(NewLead, match_by: MatchBy) -> UpsertLeads;
        bulk_create_people(NewPerson) -> BulkCreatePeople;
        bulk_update_people(Update<PersonId, PersonUpdate>) -> BulkUpdatePeople;
        bulk_create_companies(NewCompany) -> BulkCreateCompanies;
        bulk_update_companies(Update<CompanyId, CompanyUpdate>) -> BulkUpdateCompanies;
        bulk_create_opportunities(NewOpportunity) -> BulkCreateOpportunities;
        bulk_create_activities(NewActivity) -> BulkCreateActivities;
    }

    calls! {
        create_lead(lead: &NewLead) -> Lead;
        get_lead(id: impl Into<LeadId>) -> Lead;
        update_lead(id: impl Into<LeadId>, update: &LeadUpdate) -> Lead;
        delete_lead(id: impl Into<LeadId>) -> DeletedRecord;
        upsert_lead(lead: &NewLead, by: LeadMatch) -> Lead;
        convert_lead(id: impl Into<LeadId>, details: ConvertDetails) -> ConvertedLead;
        search_leads_page(search: &LeadSearch) -> Page<Lead>;
        search_people_page(search: &PersonSearch) -> Page<Person>;
        search_companies_page(search: &CompanySearch) -> Page<Company>;
        list_lead_activities(id: impl Into<LeadId>, query: &ActivityQuery) -> Vec<Activity>;
        list_lead_statuses() -> Vec<LeadStatus>;
        list_customer_sources() -> Vec<CustomerSource>;
        request(method: Method, path: &str, body: Option<&Value>, idempotency: Idempotency) -> Value;
        get_account() -> Account;
        get_current_user() -> User;
        get_user(id: impl Into<UserId>) -> User;
        list_custom_field_definitions() -> Vec<CustomFieldDefinition>;
        get_custom_field_definition(id: impl Into<CustomFieldDefinitionId>) -> CustomFieldDefinition;
        list_contact_types() -> Vec<ContactType>;
        list_pipelines() -> Vec<Pipeline>;
        list_pipeline_stages() -> Vec<PipelineStage>;
        list_stages_of_pipeline(id: impl Into<PipelineId>) -> Vec<PipelineStage>;
        list_loss_reasons() -> Vec<LossReason>;
        list_activity_types() -> ActivityTypes;
        list_tags(sort_by: Option<TagSort>) -> Vec<Tag>;
        create_activity(activity: &NewActivity) -> Activity;
        delete_person(id: impl Into<PersonId>) -> DeletedRecord;
        delete_company(id: impl Into<CompanyId>) -> DeletedRecord;
        delete_opportunity(id: impl Into<OpportunityId>) -> DeletedRecord;
    }

    /// Returns an iterator over the leads that [`Copper::search_leads`](crate::Copper::search_leads) finds.
    pub fn search_leads(&self, search: LeadSearch) -> Found<Lead> {
        Found::new(self.copper.search_leads(search), self.runtime.clone())
    }

    /// Returns an iterator over the people that [`Copper::search_people`](crate::Copper::search_people) finds.
    pub fn search_people(&self, search: PersonSearch) -> Found<Person> {
        Found::new(self.copper.search_people(search), self.runtime.clone())
    }

    /// Returns an iterator over the companies that
    /// [`Copper::search_companies`](crate::Copper::search_companies) finds.
    pub fn search_companies(&self, search: CompanySearch) -> Found<Company> {
        Found::new(self.copper.search_companies(search), self.runtime.clone())
    }

    /// Returns an iterator over the users that [`Copper::search_users`](crate::Copper::search_users) finds.
    pub fn search_users(&self, search: UserSearch) -> Found<User> {
        Found::new(self.copper.search_users(search), self.runtime.clone())
    }

    /// Runs an async program on the async handle and blocks until it is done: for
    /// [directories](crate::directory), for [syncs](crate::sync), and for several calls at the same time.
    ///
    /// ```
    /// # fn names(copper: copper_crm::blocking::Copper) -> Result<(), copper_crm::Error> {
    /// let directory = copper.wait(async |copper| copper.directory().await)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait<T>(&self, program: impl AsyncFnOnce(&crate::Copper) -> T) -> T {
        self.runtime.wait(program(&self.copper))
    }

    /// Returns the same handle, which asks for computed custom field values; see
    /// [`Copper::with_computed_values`](crate::Copper::with_computed_values).
    #[must_use]
    pub fn with_computed_values(&self) -> Self {
        Self {
            copper: self.copper.with_computed_values(),
            runtime: self.runtime.clone(),
        }
    }

    /// Returns the same handle with a deadline; see [`Copper::with_deadline`](crate::Copper::with_deadline).
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self {
            copper: self.copper.with_deadline(deadline),
            runtime: self.runtime.clone(),
        }
    }

    /// Returns the base URL of all requests.
    pub fn base_url(&self) -> &str {
        self.copper.base_url()
    }

    /// Returns the rate limiter that all clones share.
    pub fn limiter(&self) -> &Limiter {
        self.copper.limiter()
    }
}
