//! From ids to names.

use super::{
    ActivityTypeEntry, Directory, Entry, Field, FieldValue, StageEntry, UserEntry, name::Named,
};
use crate::types::{
    ActivityType, ContactTypeId, CustomField, CustomFieldDefinitionId, CustomerSourceId,
    LeadStatusId, LossReasonId, PipelineId, PipelineStageId, UserId,
};

fn name_of<Id: PartialEq>(id: Id, entries: &Option<Vec<Entry<Id>>>) -> Option<&str> {
    let mut entries = entries.as_deref()?.iter();
    Some(&entries.find(|entry| entry.id == id)?.name)
}

/// From ids to names. Each returns None for an id that the account does not have, or a kind that was not
/// loaded.
impl Directory {
    /// Returns the custom field with this id.
    pub fn field_by_id(&self, id: impl Into<CustomFieldDefinitionId>) -> Option<&Field> {
        let id = id.into();
        self.fields.as_deref()?.iter().find(|field| field.id == id)
    }

    /// Returns the value of a custom field as people read it; see [`Field::read`]. It returns None also for a
    /// field that is not set.
    pub fn read(&self, value: &CustomField) -> Option<FieldValue> {
        let field = self.field_by_id(value.custom_field_definition_id)?;
        Some(field.read(value.value.as_ref()?))
    }

    /// Returns the name of a status.
    pub fn status_name(&self, id: impl Into<LeadStatusId>) -> Option<&str> {
        name_of(id.into(), &self.statuses)
    }

    /// Returns the name of a source.
    pub fn source_name(&self, id: impl Into<CustomerSourceId>) -> Option<&str> {
        name_of(id.into(), &self.sources)
    }

    /// Returns the user with this id, with name and e-mail address.
    pub fn user_by_id(&self, id: impl Into<UserId>) -> Option<&UserEntry> {
        let id = id.into();
        self.users.as_deref()?.iter().find(|user| user.id == id)
    }

    /// Returns the name of a contact type.
    pub fn contact_type_name(&self, id: impl Into<ContactTypeId>) -> Option<&str> {
        name_of(id.into(), &self.contact_types)
    }

    /// Returns the name of a pipeline.
    pub fn pipeline_name(&self, id: impl Into<PipelineId>) -> Option<&str> {
        name_of(id.into(), &self.pipelines)
    }

    /// Returns the stage with this id, with its name and pipeline.
    pub fn stage_by_id(&self, id: impl Into<PipelineStageId>) -> Option<&StageEntry> {
        let id = id.into();
        self.stages.as_deref()?.iter().find(|stage| stage.id == id)
    }

    /// Returns the name of a loss reason.
    pub fn loss_reason_name(&self, id: impl Into<LossReasonId>) -> Option<&str> {
        name_of(id.into(), &self.loss_reasons)
    }

    /// Returns the name of an activity type, which is identified by its id and its category.
    pub fn activity_type_name(&self, activity_type: &ActivityType) -> Option<&str> {
        let mut types = self.activity_types.as_deref()?.iter();
        let same = |known: &&ActivityTypeEntry| {
            known.id == activity_type.id && Some(&known.category) == activity_type.category.as_ref()
        };
        Some(types.find(same)?.name())
    }
}
