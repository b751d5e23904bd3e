//! The fields that can be the key of a sync.

use std::fmt;

use super::SyncRecord;
use crate::types::{Company, CompanySearch, Email, Lead, NewCompany, NewLead, NewPerson, Person};

/// The form of a field's value. With it, the text is found even if other parts of the value can't be read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Text,
    /// An object with the text in this member.
    Object(&'static str),
    /// A list of such objects.
    List(&'static str),
}

/// Narrows a search to the records with a text in a field.
type Narrow<R> = fn(<R as SyncRecord>::Search, &str) -> <R as SyncRecord>::Search;

/// A field that can be the key.
#[derive(Clone)]
pub struct KeyField<R: SyncRecord> {
    /// Its name in Copper.
    pub(super) name: &'static str,
    pub(super) of_record: fn(&R) -> Vec<&str>,
    pub(super) of_found: fn(&R::Found) -> Vec<&str>,
    /// The given search, narrowed to all records with this text in the field. None if it is not known that Copper
    /// compares the field as a sync does.
    pub(super) search: Option<Narrow<R>>,
    /// The form of the field's value.
    pub(super) form: Form,
}

impl<R: SyncRecord> KeyField<R> {
    /// True if the field holds e-mail addresses.
    pub(super) fn is_address(&self) -> bool {
        matches!(self.form, Form::Object(_) | Form::List(_))
    }
}

impl<R: SyncRecord> fmt::Debug for KeyField<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A record that can have an e-mail address as its key: a lead or a person.
pub trait HasEmail: SyncRecord {
    #[doc(hidden)]
    const EMAIL: KeyField<Self>;
}

/// The member of an e-mail address that holds its text.
const ADDRESS: &str = "email";

fn texts<'a>(emails: impl IntoIterator<Item = &'a Email>) -> Vec<&'a str> {
    emails
        .into_iter()
        .map(|email| email.email.as_str())
        .collect()
}

impl HasEmail for NewLead {
    const EMAIL: KeyField<Self> = KeyField {
        name: "email",
        of_record: |record| texts(&record.email),
        of_found: |lead: &Lead| texts(&lead.email),
        search: Some(|within, address| within.emails(address)),
        form: Form::Object(ADDRESS),
    };
}

impl HasEmail for NewPerson {
    const EMAIL: KeyField<Self> = KeyField {
        name: "emails",
        of_record: |record| texts(&record.emails),
        of_found: |person: &Person| texts(person.emails.iter().flatten()),
        search: Some(|within, address| within.emails([address])),
        form: Form::List(ADDRESS),
    };
}

/// The name of a company. Its case and spaces make no difference here, but may make one in Copper's search.
pub(super) const COMPANY_NAME: KeyField<NewCompany> = KeyField {
    name: "name",
    of_record: |record| vec![&record.name],
    of_found: |company: &Company| company.name.as_deref().into_iter().collect(),
    search: None,
    form: Form::Text,
};

/// The domain of a company's e-mail addresses.
pub(super) const EMAIL_DOMAIN: KeyField<NewCompany> = KeyField {
    name: "email_domain",
    of_record: |record| record.email_domain.as_deref().into_iter().collect(),
    of_found: |company: &Company| company.email_domain.as_deref().into_iter().collect(),
    search: Some(|within: CompanySearch, domain| within.email_domains(domain)),
    form: Form::Text,
};
