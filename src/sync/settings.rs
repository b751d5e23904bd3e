//! The settings of a sync: by which key, what it may change, and how doubt about a create is resolved.

use std::{sync::Arc, time::Duration};

use super::{
    Policies, SyncRecord,
    key::SyncKey,
    key_field::{COMPANY_NAME, EMAIL_DOMAIN, HasEmail, KeyField},
    plan::Scope,
};
use crate::types::{CustomFieldDefinitionId, NewCompany, NewLead};

/// The settings of a sync of leads; or of people or companies, which are then the type parameter, mostly
/// without being named. For [`Copper::sync_leads`](crate::Copper::sync_leads) and its like.
///
/// ```
/// use copper_crm::sync::{Lists, Policies, Sync, SyncField};
///
/// let nightly: Sync = Sync::by_email()
///     .policies(Policies::default().lists(Lists::Add).never([SyncField::StatusId]))
///     .update_only();
/// ```
#[derive(Clone, Debug)]
pub struct Sync<R: SyncRecord = NewLead> {
    pub(super) key: SyncKey<R>,
    pub(super) policies: Policies,
    pub(super) scope: Scope,
    pub(super) within: R::Search,
    pub(super) unmatched: bool,
    pub(super) absent_after: Option<Duration>,
    pub(super) send_again: bool,
}

impl Sync<NewCompany> {
    /// Companies with the same name are the same, whatever its case and spaces. As nobody knows how Copper's search
    /// compares names, all companies are read.
    pub fn by_name() -> Self {
        Self::by_field(COMPANY_NAME)
    }

    /// Companies with the same domain of e-mail addresses, such as `example.com`, are the same.
    pub fn by_email_domain() -> Self {
        Self::by_field(EMAIL_DOMAIN)
    }
}

impl<R: SyncRecord> Sync<R> {
    /// Leads, or people, with the same e-mail address are the same, whatever its case. A person may have several:
    /// one that both have makes a record and a person the same.
    pub fn by_email() -> Self
    where
        R: HasEmail,
    {
        Self::by_field(R::EMAIL)
    }

    /// Records with the same value in this custom field are the same: the id in another system, say. Copper can't
    /// search text fields by value, so all records are read.
    pub fn by_custom_field(id: impl Into<CustomFieldDefinitionId>) -> Self {
        Self::by_key(SyncKey::Custom(id.into()))
    }

    /// Records with the same key of the caller's own making are the same. `search` narrows what is read: it
    /// must find all that a record of the input may mean, or that record is created again.
    ///
    /// ```
    /// use copper_crm::{NewLead, sync::Sync, types::{Lead, LeadSearch}};
    ///
    /// let by_company = Sync::by(
    ///     LeadSearch::default().country("US"),
    ///     |record: &NewLead| record.company_name.clone(),
    ///     |lead: &Lead| lead.company_name.clone(),
    /// );
    /// ```
    pub fn by(
        search: R::Search,
        of_record: impl Fn(&R) -> Option<String> + Send + std::marker::Sync + 'static,
        of_found: impl Fn(&R::Found) -> Option<String> + Send + std::marker::Sync + 'static,
    ) -> Self {
        let (of_record, of_found) = (Arc::new(of_record), Arc::new(of_found));
        Self::by_key(SyncKey::Own {
            of_record,
            of_found,
        })
        .within(search)
    }

    fn by_field(field: KeyField<R>) -> Self {
        Self::by_key(SyncKey::Field(field))
    }

    fn by_key(key: SyncKey<R>) -> Self {
        Self {
            key,
            policies: Policies::default(),
            scope: Scope::All,
            within: R::Search::default(),
            unmatched: false,
            absent_after: None,
            send_again: false,
        }
    }

    /// The rules for what may be changed in a record that is there already.
    pub fn policies(mut self, policies: Policies) -> Self {
        self.policies = policies;
        self
    }

    /// Creates records that are missing in Copper, and changes none. One that differs comes back as
    /// [`NotSent`](super::SyncOutcome::NotSent).
    pub fn create_only(mut self) -> Self {
        self.scope = Scope::CreateOnly;
        self
    }

    /// Changes records that are in Copper, and creates none. One that is missing comes back as
    /// [`NotSent`](super::SyncOutcome::NotSent).
    pub fn update_only(mut self) -> Self {
        self.scope = Scope::UpdateOnly;
        self
    }

    /// Narrows what is read to the records that this search finds. Those outside of it are taken for absent:
    /// it must find all that a record of the input may mean, or that record is created again. The
    /// search's order and pages make no difference.
    pub fn within(mut self, search: R::Search) -> Self {
        self.within = search;
        self
    }

    /// Keeps the ids of the records in Copper that none of the input has the key of, for
    /// [`SyncRun::unmatched`](super::SyncRun::unmatched). All records are read then. Nothing is ever deleted.
    pub fn unmatched(mut self) -> Self {
        self.unmatched = true;
        self
    }

    /// Takes a create in doubt for absent when a search does not find it which began this long after
    /// its request was given up on; see [`Reconcile::absent_after`](crate::bulk::Reconcile::absent_after).
    pub fn absent_after(mut self, duration: Duration) -> Self {
        self.absent_after = Some(duration);
        self
    }

    /// Sends creates that are absent again, up to three times. Nothing is absent without
    /// [`absent_after`](Self::absent_after).
    pub fn send_again(mut self) -> Self {
        self.send_again = true;
        self
    }
}
