//! The fields of each kind of record, and the comparison of each.

use super::{
    super::{Policies, SyncField},
    change::{self, FieldChange},
    fields::Fields,
};
use crate::types::{
    Company, CompanyUpdate, Lead, LeadUpdate, NewCompany, NewLead, NewPerson, Person, PersonUpdate,
};

impl LeadUpdate {
    /// The update that makes a lead agree with a record of a source. It has only the fields that Copper would store
    /// differently.
    ///
    /// Case and spaces of an e-mail address make no difference, nor do spaces around a text. Numbers are compared by
    /// value, lists as sets by value and category, and custom values by type. If the record names no category, the one
    /// in Copper stays, and so do the parts of an address that the record does not name. The policies decide about
    /// lists, empty values and fields that are never changed.
    ///
    /// A field that the record does not name is left alone. So are fields of the lead that can't be read. A number that
    /// is not finite is not sent, because JSON has no such number. The lead must have plain values, not
    /// [computed](crate::Copper::with_computed_values) ones.
    ///
    /// After this update, a new comparison finds no difference.
    ///
    /// ```
    /// use copper_crm::{NewLead, Patch, sync::Policies, types::{Lead, LeadUpdate}};
    ///
    /// let lead: Lead = serde_json::from_str(
    ///     r#"{"id": 7, "name": "Jim Halpert", "title": "Clerk", "tags": ["paper", "sales"],
    ///         "email": {"email": "jim@example.com", "category": "work"}}"#,
    /// )?;
    /// let record = NewLead::named("Jim Halpert")
    ///     .email("Jim@Example.com ")
    ///     .tags(["sales", "paper"])
    ///     .title("Manager");
    /// let update = LeadUpdate::between(&lead, &record, &Policies::default());
    /// assert_eq!(update, LeadUpdate::default().title("Manager"));
    /// assert_eq!(update.changes(&lead)[0].to_string(), r#"title: "Clerk" → "Manager""#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn between(lead: &Lead, record: &NewLead, policies: &Policies) -> Self {
        let extra = &lead.extra;
        let fields = Fields { policies, extra };
        Self {
            name: fields.name(lead.name.as_deref(), &record.name),
            email: fields.email(lead.email.as_ref(), record.email.as_ref()),
            phone_numbers: fields.list(
                SyncField::PhoneNumbers,
                lead.phone_numbers.as_deref(),
                &record.phone_numbers,
            ),
            address: fields.address(lead.address.as_ref(), record.address.as_ref()),
            assignee_id: fields.value(
                SyncField::AssigneeId,
                lead.assignee_id.as_ref(),
                record.assignee_id.as_ref(),
            ),
            company_name: fields.text(
                SyncField::CompanyName,
                lead.company_name.as_deref(),
                record.company_name.as_deref(),
            ),
            customer_source_id: fields.value(
                SyncField::CustomerSourceId,
                lead.customer_source_id.as_ref(),
                record.customer_source_id.as_ref(),
            ),
            details: fields.text(
                SyncField::Details,
                lead.details.as_deref(),
                record.details.as_deref(),
            ),
            monetary_value: fields.number(
                SyncField::MonetaryValue,
                lead.monetary_value,
                record.monetary_value,
            ),
            socials: fields.list(SyncField::Socials, lead.socials.as_deref(), &record.socials),
            status_id: fields.lasting(
                SyncField::StatusId,
                lead.status_id.as_ref(),
                record.status_id.as_ref(),
            ),
            tags: fields.list(SyncField::Tags, lead.tags.as_deref(), &record.tags),
            title: fields.text(
                SyncField::Title,
                lead.title.as_deref(),
                record.title.as_deref(),
            ),
            websites: fields.list(
                SyncField::Websites,
                lead.websites.as_deref(),
                &record.websites,
            ),
            custom_fields: fields
                .custom_fields(lead.custom_fields.as_deref(), &record.custom_fields),
            extra: fields.extra(&record.extra),
        }
    }

    /// Returns true if the update changes nothing.
    pub fn changes_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the changes that the update makes to a lead, field by field.
    pub fn changes(&self, lead: &Lead) -> Vec<FieldChange> {
        change::changes(&json(lead), json(self))
    }
}

impl PersonUpdate {
    /// The update that makes a person agree with a record of a source; see [`LeadUpdate::between`]. A person has a list
    /// of e-mail addresses.
    pub fn between(person: &Person, record: &NewPerson, policies: &Policies) -> Self {
        let extra = &person.extra;
        let fields = Fields { policies, extra };
        Self {
            name: fields.name(person.name.as_deref(), &record.name),
            emails: fields.list(SyncField::Emails, person.emails.as_deref(), &record.emails),
            phone_numbers: fields.list(
                SyncField::PhoneNumbers,
                person.phone_numbers.as_deref(),
                &record.phone_numbers,
            ),
            address: fields.address(person.address.as_ref(), record.address.as_ref()),
            assignee_id: fields.value(
                SyncField::AssigneeId,
                person.assignee_id.as_ref(),
                record.assignee_id.as_ref(),
            ),
            company_id: fields.value(
                SyncField::CompanyId,
                person.company_id.as_ref(),
                record.company_id.as_ref(),
            ),
            company_name: fields.text(
                SyncField::CompanyName,
                person.company_name.as_deref(),
                record.company_name.as_deref(),
            ),
            contact_type_id: fields.value(
                SyncField::ContactTypeId,
                person.contact_type_id.as_ref(),
                record.contact_type_id.as_ref(),
            ),
            details: fields.text(
                SyncField::Details,
                person.details.as_deref(),
                record.details.as_deref(),
            ),
            socials: fields.list(
                SyncField::Socials,
                person.socials.as_deref(),
                &record.socials,
            ),
            tags: fields.list(SyncField::Tags, person.tags.as_deref(), &record.tags),
            title: fields.text(
                SyncField::Title,
                person.title.as_deref(),
                record.title.as_deref(),
            ),
            websites: fields.list(
                SyncField::Websites,
                person.websites.as_deref(),
                &record.websites,
            ),
            custom_fields: fields
                .custom_fields(person.custom_fields.as_deref(), &record.custom_fields),
            extra: fields.extra(&record.extra),
        }
    }

    /// Returns true if the update changes nothing.
    pub fn changes_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the changes that the update makes to a person, field by field.
    pub fn changes(&self, person: &Person) -> Vec<FieldChange> {
        change::changes(&json(person), json(self))
    }
}

impl CompanyUpdate {
    /// The update that makes a company agree with a record of a source; see [`LeadUpdate::between`].
    pub fn between(company: &Company, record: &NewCompany, policies: &Policies) -> Self {
        let extra = &company.extra;
        let fields = Fields { policies, extra };
        Self {
            name: fields.name(company.name.as_deref(), &record.name),
            email_domain: fields.domain(
                SyncField::EmailDomain,
                company.email_domain.as_deref(),
                record.email_domain.as_deref(),
            ),
            phone_numbers: fields.list(
                SyncField::PhoneNumbers,
                company.phone_numbers.as_deref(),
                &record.phone_numbers,
            ),
            address: fields.address(company.address.as_ref(), record.address.as_ref()),
            assignee_id: fields.value(
                SyncField::AssigneeId,
                company.assignee_id.as_ref(),
                record.assignee_id.as_ref(),
            ),
            contact_type_id: fields.value(
                SyncField::ContactTypeId,
                company.contact_type_id.as_ref(),
                record.contact_type_id.as_ref(),
            ),
            details: fields.text(
                SyncField::Details,
                company.details.as_deref(),
                record.details.as_deref(),
            ),
            socials: fields.list(
                SyncField::Socials,
                company.socials.as_deref(),
                &record.socials,
            ),
            tags: fields.list(SyncField::Tags, company.tags.as_deref(), &record.tags),
            websites: fields.list(
                SyncField::Websites,
                company.websites.as_deref(),
                &record.websites,
            ),
            custom_fields: fields
                .custom_fields(company.custom_fields.as_deref(), &record.custom_fields),
            extra: fields.extra(&record.extra),
        }
    }

    /// Returns true if the update changes nothing.
    pub fn changes_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the changes that the update makes to a company, field by field.
    pub fn changes(&self, company: &Company) -> Vec<FieldChange> {
        change::changes(&json(company), json(self))
    }
}

/// A record as JSON. Generated types can always be written as JSON.
fn json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}
