//! From names to ids.

use std::fmt;

use super::{Directory, DirectoryError, DirectoryKind, Entry, Field, FieldInput, name::find};
use crate::types::{
    ActivityType, ContactTypeId, CustomField, CustomerSourceId, LeadStatusId, LossReasonId,
    PipelineId, PipelineStageId, RecordType, UserId,
};

/// Returns the entries of a kind, if they were loaded.
fn loaded<T>(kind: DirectoryKind, entries: &Option<Vec<T>>) -> Result<&[T], DirectoryError> {
    entries.as_deref().ok_or(DirectoryError::NotLoaded {
        kind: kind.loaded_with(),
    })
}

/// Returns the id of the one entry with this name.
fn id_of<Id: Copy + fmt::Display>(
    kind: DirectoryKind,
    name: &str,
    entries: &Option<Vec<Entry<Id>>>,
) -> Result<Id, DirectoryError> {
    Ok(find(kind, name, loaded(kind, entries)?)?.id)
}

/// From names to ids. All of these can fail with [`DirectoryError::Missing`], [`DirectoryError::Ambiguous`],
/// and [`DirectoryError::NotLoaded`] for a kind that was not loaded.
impl Directory {
    /// Returns the custom field with this name.
    ///
    /// # Errors
    /// When no field has it, or several have it. Fields of different kinds of records may have the same name;
    /// [`custom_field_on`](Self::custom_field_on) looks only at those of one kind.
    pub fn custom_field(&self, name: &str) -> Result<&Field, DirectoryError> {
        let kind = DirectoryKind::CustomField;
        find(kind, name, loaded(kind, &self.fields)?)
    }

    /// Returns the custom field with this name on records of this kind.
    ///
    /// # Errors
    /// When no such field has it, or several have it.
    pub fn custom_field_on(
        &self,
        record: &RecordType,
        name: &str,
    ) -> Result<&Field, DirectoryError> {
        let kind = DirectoryKind::CustomField;
        let fields = loaded(kind, &self.fields)?.iter();
        find(kind, name, fields.filter(|field| field.is_on(record)))
    }

    /// Returns the value for the custom field with this name, in the form of the field's type; see
    /// [`Field::value`].
    ///
    /// # Errors
    /// When there is no such field, or it can't hold the value.
    pub fn custom_value(
        &self,
        field: &str,
        value: impl Into<FieldInput>,
    ) -> Result<CustomField, DirectoryError> {
        self.custom_field(field)?.value(value)
    }

    /// Returns the option with this name of a custom field.
    ///
    /// # Errors
    /// When there is no such field, or it has no such option.
    pub fn option(&self, field: &str, name: &str) -> Result<i64, DirectoryError> {
        self.custom_field(field)?.option(name)
    }

    /// Returns the status with this name.
    ///
    /// # Errors
    /// When no status has it, or several have it.
    pub fn status(&self, name: &str) -> Result<LeadStatusId, DirectoryError> {
        id_of(DirectoryKind::Status, name, &self.statuses)
    }

    /// Returns the source with this name.
    ///
    /// # Errors
    /// When no source has it, or several have it.
    pub fn source(&self, name: &str) -> Result<CustomerSourceId, DirectoryError> {
        id_of(DirectoryKind::Source, name, &self.sources)
    }

    /// Returns the user with this e-mail address or name.
    ///
    /// # Errors
    /// When no user has it, or several have it.
    pub fn user(&self, email_or_name: &str) -> Result<UserId, DirectoryError> {
        let kind = DirectoryKind::User;
        Ok(find(kind, email_or_name, loaded(kind, &self.users)?)?.id)
    }

    /// Returns the contact type with this name.
    ///
    /// # Errors
    /// When no contact type has it, or several have it.
    pub fn contact_type(&self, name: &str) -> Result<ContactTypeId, DirectoryError> {
        id_of(DirectoryKind::ContactType, name, &self.contact_types)
    }

    /// Returns the pipeline with this name.
    ///
    /// # Errors
    /// When no pipeline has it, or several have it.
    pub fn pipeline(&self, name: &str) -> Result<PipelineId, DirectoryError> {
        id_of(DirectoryKind::Pipeline, name, &self.pipelines)
    }

    /// Returns the stage with this name, in any pipeline.
    ///
    /// # Errors
    /// When no stage has it, or several have it. Pipelines often share names of stages;
    /// [`stage_of`](Self::stage_of) looks only at one pipeline.
    pub fn stage(&self, name: &str) -> Result<PipelineStageId, DirectoryError> {
        let kind = DirectoryKind::Stage;
        Ok(find(kind, name, loaded(kind, &self.stages)?)?.id)
    }

    /// Returns the stage with this name in a pipeline.
    ///
    /// # Errors
    /// When no stage of the pipeline has it, or several have it.
    pub fn stage_of(
        &self,
        pipeline: impl Into<PipelineId>,
        name: &str,
    ) -> Result<PipelineStageId, DirectoryError> {
        let (kind, pipeline) = (DirectoryKind::Stage, pipeline.into());
        let stages = loaded(kind, &self.stages)?.iter();
        let of_it = stages.filter(|stage| stage.pipeline.id == pipeline);
        Ok(find(kind, name, of_it)?.id)
    }

    /// Returns the loss reason with this name.
    ///
    /// # Errors
    /// When no loss reason has it, or several have it.
    pub fn loss_reason(&self, name: &str) -> Result<LossReasonId, DirectoryError> {
        id_of(DirectoryKind::LossReason, name, &self.loss_reasons)
    }

    /// Returns the activity type with this name: its id and its category, because Copper wants both.
    ///
    /// # Errors
    /// When no activity type has it, or several have it.
    pub fn activity_type(&self, name: &str) -> Result<ActivityType, DirectoryError> {
        let kind = DirectoryKind::ActivityType;
        let found = find(kind, name, loaded(kind, &self.activity_types)?)?;
        Ok(ActivityType {
            category: Some(found.category.clone()),
            ..ActivityType::new(found.id)
        })
    }
}
