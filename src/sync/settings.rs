//! The settings of a sync: by which key, what it may change, and how doubt about a create is resolved.

use std::{sync::Arc, time::Duration};

use super::{Policies, key::SyncKey, plan::Scope};
use crate::types::{CustomFieldDefinitionId, Lead, LeadSearch, NewLead};

/// The settings of a sync, for [`Copper::sync_leads`](crate::Copper::sync_leads).
///
/// ```
/// use copper_crm::sync::{Lists, Policies, Sync, SyncField};
///
/// let nightly = Sync::by_email()
///     .policies(Policies::default().lists(Lists::Add).never([SyncField::StatusId]))
///     .update_only();
/// ```
#[derive(Clone, Debug)]
pub struct Sync {
    pub(super) key: SyncKey,
    pub(super) policies: Policies,
    pub(super) scope: Scope,
    pub(super) within: LeadSearch,
    pub(super) unmatched: bool,
    pub(super) absent_after: Option<Duration>,
    pub(super) send_again: bool,
}

impl Sync {
    /// Leads with the same e-mail address are the same, whatever its case.
    pub fn by_email() -> Self {
        Self::by_key(SyncKey::Email)
    }

    /// Leads with the same value in this custom field are the same: the lead's id in another system, say.
    /// Copper can't search text fields by value, so all leads are read.
    pub fn by_custom_field(id: impl Into<CustomFieldDefinitionId>) -> Self {
        Self::by_key(SyncKey::Custom(id.into()))
    }

    /// Leads with the same key of the caller's own making are the same. `search` narrows what is read: it
    /// must find every lead that a record of the input may mean, or that record is created again.
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
        search: LeadSearch,
        of_record: impl Fn(&NewLead) -> Option<String> + Send + std::marker::Sync + 'static,
        of_lead: impl Fn(&Lead) -> Option<String> + Send + std::marker::Sync + 'static,
    ) -> Self {
        let (of_record, of_lead) = (Arc::new(of_record), Arc::new(of_lead));
        let own = Self::by_key(SyncKey::Own { of_record, of_lead });
        own.within(search)
    }

    fn by_key(key: SyncKey) -> Self {
        Self {
            key,
            policies: Policies::default(),
            scope: Scope::All,
            within: LeadSearch::default(),
            unmatched: false,
            absent_after: None,
            send_again: false,
        }
    }

    /// The rules for what may be changed in a lead that is there already.
    pub fn policies(mut self, policies: Policies) -> Self {
        self.policies = policies;
        self
    }

    /// Creates leads that are missing, and changes none. A record that differs from its lead comes back as
    /// [`NotSent`](super::SyncOutcome::NotSent).
    pub fn create_only(mut self) -> Self {
        self.scope = Scope::CreateOnly;
        self
    }

    /// Changes leads that are there, and creates none. A record without a lead comes back as
    /// [`NotSent`](super::SyncOutcome::NotSent).
    pub fn update_only(mut self) -> Self {
        self.scope = Scope::UpdateOnly;
        self
    }

    /// Narrows what is read to the leads that this search finds. Leads outside of it are taken for absent:
    /// it must find every lead that a record of the input may mean, or that record is created again. The
    /// search's order and pages make no difference.
    pub fn within(mut self, search: LeadSearch) -> Self {
        self.within = search;
        self
    }

    /// Keeps the ids of the leads that no record of the input has the key of, for
    /// [`SyncRun::unmatched`](super::SyncRun::unmatched). All leads are read then. Nothing is ever deleted.
    pub fn unmatched(mut self) -> Self {
        self.unmatched = true;
        self
    }

    /// Takes a create in doubt for absent when a search does not find its lead which began this long after
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
