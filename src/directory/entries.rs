//! The entries of a directory: how to read them, and how to set them.

use super::{ActivityTypeEntry, Directory, Entry, Field, StageEntry, UserEntry};
use crate::types::{ContactTypeId, CustomerSourceId, LeadStatusId, LossReasonId, PipelineId};

fn entries<Id>(named: impl IntoIterator<Item = (Id, impl Into<String>)>) -> Option<Vec<Entry<Id>>> {
    let entries = named.into_iter().map(|(id, name)| Entry::new(id, name));
    Some(entries.collect())
}

/// Returns the entries, in the order of the account. Empty if a kind was not loaded.
impl Directory {
    /// Returns the custom fields.
    pub fn fields(&self) -> &[Field] {
        self.fields.as_deref().unwrap_or_default()
    }

    /// Returns the statuses of leads.
    pub fn statuses(&self) -> &[Entry<LeadStatusId>] {
        self.statuses.as_deref().unwrap_or_default()
    }

    /// Returns the sources.
    pub fn sources(&self) -> &[Entry<CustomerSourceId>] {
        self.sources.as_deref().unwrap_or_default()
    }

    /// Returns the users.
    pub fn users(&self) -> &[UserEntry] {
        self.users.as_deref().unwrap_or_default()
    }

    /// Returns the contact types.
    pub fn contact_types(&self) -> &[Entry<ContactTypeId>] {
        self.contact_types.as_deref().unwrap_or_default()
    }

    /// Returns the pipelines.
    pub fn pipelines(&self) -> &[Entry<PipelineId>] {
        self.pipelines.as_deref().unwrap_or_default()
    }

    /// Returns the stages of all pipelines.
    pub fn stages(&self) -> &[StageEntry] {
        self.stages.as_deref().unwrap_or_default()
    }

    /// Returns the loss reasons.
    pub fn loss_reasons(&self) -> &[Entry<LossReasonId>] {
        self.loss_reasons.as_deref().unwrap_or_default()
    }

    /// Returns the activity types.
    pub fn activity_types(&self) -> &[ActivityTypeEntry] {
        self.activity_types.as_deref().unwrap_or_default()
    }
}

/// A directory that a program makes itself: for tests, and for names that are kept elsewhere.
impl Directory {
    /// Returns the same directory with these custom fields.
    pub fn with_fields(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.fields = Some(fields.into_iter().collect());
        self
    }

    /// Returns the same directory with these statuses.
    pub fn with_statuses(
        mut self,
        statuses: impl IntoIterator<Item = (LeadStatusId, impl Into<String>)>,
    ) -> Self {
        self.statuses = entries(statuses);
        self
    }

    /// Returns the same directory with these sources.
    pub fn with_sources(
        mut self,
        sources: impl IntoIterator<Item = (CustomerSourceId, impl Into<String>)>,
    ) -> Self {
        self.sources = entries(sources);
        self
    }

    /// Returns the same directory with these users.
    pub fn with_users(mut self, users: impl IntoIterator<Item = UserEntry>) -> Self {
        self.users = Some(users.into_iter().collect());
        self
    }

    /// Returns the same directory with these contact types.
    pub fn with_contact_types(
        mut self,
        types: impl IntoIterator<Item = (ContactTypeId, impl Into<String>)>,
    ) -> Self {
        self.contact_types = entries(types);
        self
    }

    /// Returns the same directory with these pipelines.
    pub fn with_pipelines(
        mut self,
        pipelines: impl IntoIterator<Item = (PipelineId, impl Into<String>)>,
    ) -> Self {
        self.pipelines = entries(pipelines);
        self
    }

    /// Returns the same directory with these stages.
    pub fn with_stages(mut self, stages: impl IntoIterator<Item = StageEntry>) -> Self {
        self.stages = Some(stages.into_iter().collect());
        self
    }

    /// Returns the same directory with these loss reasons.
    pub fn with_loss_reasons(
        mut self,
        reasons: impl IntoIterator<Item = (LossReasonId, impl Into<String>)>,
    ) -> Self {
        self.loss_reasons = entries(reasons);
        self
    }

    /// Returns the same directory with these activity types.
    pub fn with_activity_types(
        mut self,
        types: impl IntoIterator<Item = ActivityTypeEntry>,
    ) -> Self {
        self.activity_types = Some(types.into_iter().collect());
        self
    }
}
