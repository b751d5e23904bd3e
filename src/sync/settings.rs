//! The settings of a sync: its key, the changes that it may make, and the lookup of creates in doubt.

use std::{sync::Arc, time::Duration};

use super::{
    Policies, SyncRecord,
    decision::Scope,
    key::SyncKey,
    key_field::{COMPANY_NAME, EMAIL_DOMAIN, HasEmail, KeyField},
};
use crate::types::{CustomFieldDefinitionId, NewCompany, NewLead};

/// The settings of [`Copper::sync_leads`](crate::Copper::sync_leads), `sync_people` and `sync_companies`. The type
/// parameter is the kind of record; the compiler mostly infers it.
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
    /// Companies with the same name are the same; case and spaces make no difference. It is not documented how Copper's
    /// search compares names, so all companies are read.
    pub fn by_name() -> Self {
        Self::by_field(COMPANY_NAME)
    }

    /// Companies with the same e-mail domain, such as `example.com`, are the same.
    pub fn by_email_domain() -> Self {
        Self::by_field(EMAIL_DOMAIN)
    }
}

impl<R: SyncRecord> Sync<R> {
    /// Leads, or people, with the same e-mail address are the same; its case makes no difference. A person may have
    /// several addresses: one in common with the record is enough.
    pub fn by_email() -> Self
    where
        R: HasEmail,
    {
        Self::by_field(R::EMAIL)
    }

    /// Records with the same value in this custom field are the same, for example with the id in another system. Copper
    /// can't search text fields by value, so all records are read.
    pub fn by_custom_field(id: impl Into<CustomFieldDefinitionId>) -> Self {
        Self::by_key(SyncKey::Custom(id.into()))
    }

    /// Records with the same key are the same. Two functions of the caller make the key. `search` narrows the reading.
    /// It must find all records that the input may match; otherwise the sync creates them again.
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

    /// Sets the rules for changes of records in Copper.
    pub fn policies(mut self, policies: Policies) -> Self {
        self.policies = policies;
        self
    }

    /// Creates records that are missing in Copper, and changes none. A record that differs comes back as
    /// [`NotSent`](super::SyncOutcome::NotSent).
    pub fn create_only(mut self) -> Self {
        self.scope = Scope::CreateOnly;
        self
    }

    /// Changes records that are in Copper, and creates none. A record that is missing comes back as
    /// [`NotSent`](super::SyncOutcome::NotSent). So does one that an earlier start with the same
    /// [journal](super::SyncRun::journal) was going to create.
    pub fn update_only(mut self) -> Self {
        self.scope = Scope::UpdateOnly;
        self
    }

    /// Reads only the records that this search finds. All others count as absent. The search must find all records that
    /// the input may match; otherwise the sync creates them again. The search's order and pages have no effect.
    pub fn within(mut self, search: R::Search) -> Self {
        self.within = search;
        self
    }

    /// Keeps the ids of the records in Copper that match no record of the input, for
    /// [`SyncRun::unmatched`](super::SyncRun::unmatched). Then all records are read. Nothing is ever deleted.
    pub fn unmatched(mut self) -> Self {
        self.unmatched = true;
        self
    }

    /// Sets the time after which a create in doubt counts as absent. It counts from the end of its request until the
    /// start of a search that does not find it; see [`Reconcile::absent_after`](crate::bulk::Reconcile::absent_after).
    pub fn absent_after(mut self, duration: Duration) -> Self {
        self.absent_after = Some(duration);
        self
    }

    /// Sends absent creates again, up to three times. Without [`absent_after`](Self::absent_after), no create counts as
    /// absent.
    pub fn send_again(mut self) -> Self {
        self.send_again = true;
        self
    }
}
