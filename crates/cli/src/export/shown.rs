//! The kinds of records that can be exported: the columns of each kind, and the parts of a record that have a column.

use copper_crm::{
    Copper, Found,
    bulk::Record,
    types::{
        Address, Company, CompanyId, CompanySearch, ContactTypeId, CustomField, CustomerSourceId,
        Email, Lead, LeadSearch, LeadStatusId, Person, PersonSearch, PhoneNumber, RecordType,
        Social, UserId, Website,
    },
};

use crate::criteria::Criteria;

/// The parts of a record that have a column.
#[derive(Default)]
pub struct Parts<'r> {
    pub name: Option<&'r str>,
    pub emails: Emails<'r>,
    pub email_domain: Option<&'r str>,
    pub phone_numbers: &'r [PhoneNumber],
    pub websites: &'r [Website],
    pub socials: &'r [Social],
    pub company_name: Option<&'r str>,
    pub company_id: Option<CompanyId>,
    pub title: Option<&'r str>,
    pub details: Option<&'r str>,
    pub address: Option<&'r Address>,
    pub tags: &'r [String],
    pub status: Option<LeadStatusId>,
    pub source: Option<CustomerSourceId>,
    pub owner: Option<UserId>,
    pub contact_type: Option<ContactTypeId>,
    pub monetary_value: Option<f64>,
    pub custom_fields: &'r [CustomField],
}

/// The e-mail addresses of a record: one for a lead, a list for a person.
#[derive(Default)]
pub enum Emails<'r> {
    #[default]
    None,
    One(&'r Email),
    List(&'r [Email]),
}

/// A record that can be exported.
pub trait Shown: Record {
    type Search: Criteria;
    const TYPE: RecordType;
    const COLUMNS: &'static [&'static str];
    fn all(copper: &Copper, search: Self::Search) -> Found<Self>;
    fn parts(&self) -> Parts<'_>;
}

/// A kind's own columns, followed by those that all kinds have.
macro_rules! columns {
    ($($own:literal),*) => {
        &[
            $($own,)*
            "phone",
            "mobile_phone",
            "home_phone",
            "other_phone",
            "phone_numbers",
            "details",
            "street",
            "city",
            "state",
            "postal_code",
            "country",
            "tags",
            "owner",
            "assignee_id",
            "website",
            "websites",
            "linkedin",
            "twitter",
            "facebook",
            "youtube",
            "socials",
            "custom_fields",
        ]
    };
}

/// The parts that all kinds have.
macro_rules! parts {
    ($record:ident, $($own:ident: $value:expr),* $(,)?) => {
        Parts {
            name: $record.name.as_deref(),
            phone_numbers: $record.phone_numbers.as_deref().unwrap_or_default(),
            websites: $record.websites.as_deref().unwrap_or_default(),
            socials: $record.socials.as_deref().unwrap_or_default(),
            details: $record.details.as_deref(),
            address: $record.address.as_ref(),
            tags: $record.tags.as_deref().unwrap_or_default(),
            owner: $record.assignee_id,
            custom_fields: $record.custom_fields.as_deref().unwrap_or_default(),
            $($own: $value,)*
            ..Parts::default()
        }
    };
}

impl Shown for Lead {
    type Search = LeadSearch;
    const TYPE: RecordType = RecordType::Lead;
    const COLUMNS: &'static [&'static str] = columns![
        "name",
        "email",
        "company",
        "title",
        "status",
        "status_id",
        "source",
        "customer_source_id",
        "monetary_value"
    ];

    fn all(copper: &Copper, search: LeadSearch) -> Found<Self> {
        copper.all_leads(search)
    }

    fn parts(&self) -> Parts<'_> {
        parts! {
            self,
            emails: self.email.as_ref().map_or(Emails::None, Emails::One),
            company_name: self.company_name.as_deref(),
            title: self.title.as_deref(),
            status: self.status_id,
            source: self.customer_source_id,
            monetary_value: self.monetary_value,
        }
    }
}

impl Shown for Person {
    type Search = PersonSearch;
    const TYPE: RecordType = RecordType::Person;
    const COLUMNS: &'static [&'static str] = columns![
        "name",
        "emails",
        "company",
        "company_id",
        "title",
        "contact_type",
        "contact_type_id"
    ];

    fn all(copper: &Copper, search: PersonSearch) -> Found<Self> {
        copper.all_people(search)
    }

    fn parts(&self) -> Parts<'_> {
        parts! {
            self,
            emails: Emails::List(self.emails.as_deref().unwrap_or_default()),
            company_name: self.company_name.as_deref(),
            company_id: self.company_id,
            title: self.title.as_deref(),
            contact_type: self.contact_type_id,
        }
    }
}

impl Shown for Company {
    type Search = CompanySearch;
    const TYPE: RecordType = RecordType::Company;
    const COLUMNS: &'static [&'static str] =
        columns!["name", "email_domain", "contact_type", "contact_type_id"];

    fn all(copper: &Copper, search: CompanySearch) -> Found<Self> {
        copper.all_companies(search)
    }

    fn parts(&self) -> Parts<'_> {
        parts! {
            self,
            email_domain: self.email_domain.as_deref(),
            contact_type: self.contact_type_id,
        }
    }
}
