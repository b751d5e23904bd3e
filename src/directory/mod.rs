//! The names of an account and their ids: a plain value that turns one into the other.
//!
//! Copper wants ids where people have names: of custom fields and their options, statuses, sources,
//! owners, pipelines. A [`Directory`] holds those of one account.

mod date;
mod entry;
mod error;
mod field;
mod input;
mod kind;
mod name;
mod number;
mod value;

use serde::{Deserialize, Serialize};

pub(crate) use date::day;
pub use entry::{ActivityTypeEntry, Entry, StageEntry, UserEntry};
pub use error::DirectoryError;
pub use field::{Field, FieldType};
pub use input::FieldInput;
pub use kind::DirectoryKind;
pub(crate) use number::plain;
pub use value::FieldValue;

use name::{Named, find};

use crate::types::{
    ActivityType, ContactTypeId, CustomField, CustomFieldDefinitionId, CustomerSourceId,
    LeadStatusId, LossReasonId, PipelineId, PipelineStageId, RecordType, UserId,
};

/// The names of an account.
///
/// Case and spaces make no difference: `"very large"` finds the option *Very Large*. A name that the
/// account does not have is a [`DirectoryError`] that lists the valid names and the nearest one; a name that
/// several have is one that names them all.
///
/// It serialises, so that a program can keep it: it changes only when somebody changes the account's
/// settings.
///
/// ```
/// use copper_crm::{directory::{Directory, Field}, types::LeadStatusId};
///
/// let directory = Directory::default()
///     .with_statuses([(LeadStatusId(208_231), "New"), (LeadStatusId(208_232), "Contacted")])
///     .with_fields([Field::new(7, "Size", "Dropdown").options([(8, "Large"), (9, "Small")])]);
/// assert_eq!(directory.status("contacted")?, LeadStatusId(208_232));
/// assert_eq!(directory.status_name(LeadStatusId(208_231)), Some("New"));
/// let error = directory.status("Contcted").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"no status is called "Contcted"; did you mean "Contacted"? valid names: "New", "Contacted""#
/// );
///
/// let kept = serde_json::to_string(&directory).expect("it is plain data");
/// assert_eq!(serde_json::from_str::<Directory>(&kept).expect("it reads back"), directory);
/// # Ok::<(), copper_crm::directory::DirectoryError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Directory {
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Vec<Field>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statuses: Option<Vec<Entry<LeadStatusId>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<Vec<Entry<CustomerSourceId>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    users: Option<Vec<UserEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_types: Option<Vec<Entry<ContactTypeId>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipelines: Option<Vec<Entry<PipelineId>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stages: Option<Vec<StageEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loss_reasons: Option<Vec<Entry<LossReasonId>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity_types: Option<Vec<ActivityTypeEntry>>,
}

/// The entries of a kind, if they were loaded.
fn loaded<T>(kind: DirectoryKind, entries: &Option<Vec<T>>) -> Result<&[T], DirectoryError> {
    entries.as_deref().ok_or(DirectoryError::NotLoaded {
        kind: kind.loaded_with(),
    })
}

/// The id of the one entry of this name.
fn id_of<Id: Copy + std::fmt::Display>(
    kind: DirectoryKind,
    name: &str,
    entries: &Option<Vec<Entry<Id>>>,
) -> Result<Id, DirectoryError> {
    Ok(find(kind, name, loaded(kind, entries)?)?.id)
}

fn name_of<Id: PartialEq>(id: Id, entries: &Option<Vec<Entry<Id>>>) -> Option<&str> {
    let mut entries = entries.as_deref()?.iter();
    Some(&entries.find(|entry| entry.id == id)?.name)
}

fn entries<Id>(named: impl IntoIterator<Item = (Id, impl Into<String>)>) -> Option<Vec<Entry<Id>>> {
    let entries = named.into_iter().map(|(id, name)| Entry::new(id, name));
    Some(entries.collect())
}

/// From names to ids. The errors of all of them: [`DirectoryError::Missing`], [`DirectoryError::Ambiguous`],
/// and [`DirectoryError::NotLoaded`] for a kind that was not asked for.
impl Directory {
    /// The custom field of this name.
    ///
    /// # Errors
    /// When no field or several have it. Fields of different kinds of records may share a name:
    /// [`custom_field_on`](Self::custom_field_on) asks for those of one kind only.
    pub fn custom_field(&self, name: &str) -> Result<&Field, DirectoryError> {
        let kind = DirectoryKind::CustomField;
        find(kind, name, loaded(kind, &self.fields)?)
    }

    /// The custom field of this name that records of this kind have.
    ///
    /// # Errors
    /// When no field of such records, or several, have it.
    pub fn custom_field_on(
        &self,
        record: &RecordType,
        name: &str,
    ) -> Result<&Field, DirectoryError> {
        let kind = DirectoryKind::CustomField;
        let fields = loaded(kind, &self.fields)?.iter();
        find(kind, name, fields.filter(|field| field.is_on(record)))
    }

    /// The value of the custom field of this name, made by the field's type; see [`Field::value`].
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

    /// The option of this name of a custom field.
    ///
    /// # Errors
    /// When there is no such field, or it has no such option.
    pub fn option(&self, field: &str, name: &str) -> Result<i64, DirectoryError> {
        self.custom_field(field)?.option(name)
    }

    /// The status of this name.
    ///
    /// # Errors
    /// When no status or several have it.
    pub fn status(&self, name: &str) -> Result<LeadStatusId, DirectoryError> {
        id_of(DirectoryKind::Status, name, &self.statuses)
    }

    /// The source of this name.
    ///
    /// # Errors
    /// When no source or several have it.
    pub fn source(&self, name: &str) -> Result<CustomerSourceId, DirectoryError> {
        id_of(DirectoryKind::Source, name, &self.sources)
    }

    /// The user of this e-mail address or name.
    ///
    /// # Errors
    /// When no user or several have it.
    pub fn user(&self, email_or_name: &str) -> Result<UserId, DirectoryError> {
        let kind = DirectoryKind::User;
        Ok(find(kind, email_or_name, loaded(kind, &self.users)?)?.id)
    }

    /// The contact type of this name.
    ///
    /// # Errors
    /// When no contact type or several have it.
    pub fn contact_type(&self, name: &str) -> Result<ContactTypeId, DirectoryError> {
        id_of(DirectoryKind::ContactType, name, &self.contact_types)
    }

    /// The pipeline of this name.
    ///
    /// # Errors
    /// When no pipeline or several have it.
    pub fn pipeline(&self, name: &str) -> Result<PipelineId, DirectoryError> {
        id_of(DirectoryKind::Pipeline, name, &self.pipelines)
    }

    /// The stage of this name, in any pipeline.
    ///
    /// # Errors
    /// When no stage or several have it: pipelines often share names of stages, and
    /// [`stage_of`](Self::stage_of) asks for those of one only.
    pub fn stage(&self, name: &str) -> Result<PipelineStageId, DirectoryError> {
        let kind = DirectoryKind::Stage;
        Ok(find(kind, name, loaded(kind, &self.stages)?)?.id)
    }

    /// The stage of this name in a pipeline.
    ///
    /// # Errors
    /// When no stage of the pipeline, or several, have it.
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

    /// The loss reason of this name.
    ///
    /// # Errors
    /// When no loss reason or several have it.
    pub fn loss_reason(&self, name: &str) -> Result<LossReasonId, DirectoryError> {
        id_of(DirectoryKind::LossReason, name, &self.loss_reasons)
    }

    /// The activity type of this name: its id and its category, which Copper wants both.
    ///
    /// # Errors
    /// When no activity type or several have it.
    pub fn activity_type(&self, name: &str) -> Result<ActivityType, DirectoryError> {
        let kind = DirectoryKind::ActivityType;
        let found = find(kind, name, loaded(kind, &self.activity_types)?)?;
        Ok(ActivityType {
            category: Some(found.category.clone()),
            ..ActivityType::new(found.id)
        })
    }
}

/// From ids to names. None is an id that the account does not have, or a kind that was not loaded.
impl Directory {
    /// The custom field with this id.
    pub fn field_by_id(&self, id: impl Into<CustomFieldDefinitionId>) -> Option<&Field> {
        let id = id.into();
        self.fields.as_deref()?.iter().find(|field| field.id == id)
    }

    /// The value of a custom field as people read it; see [`Field::read`]. None also for a value that is
    /// not there.
    pub fn read(&self, value: &CustomField) -> Option<FieldValue> {
        let field = self.field_by_id(value.custom_field_definition_id)?;
        Some(field.read(value.value.as_ref()?))
    }

    /// The name of a status.
    pub fn status_name(&self, id: impl Into<LeadStatusId>) -> Option<&str> {
        name_of(id.into(), &self.statuses)
    }

    /// The name of a source.
    pub fn source_name(&self, id: impl Into<CustomerSourceId>) -> Option<&str> {
        name_of(id.into(), &self.sources)
    }

    /// The user with this id, with name and e-mail address.
    pub fn user_by_id(&self, id: impl Into<UserId>) -> Option<&UserEntry> {
        let id = id.into();
        self.users.as_deref()?.iter().find(|user| user.id == id)
    }

    /// The name of a contact type.
    pub fn contact_type_name(&self, id: impl Into<ContactTypeId>) -> Option<&str> {
        name_of(id.into(), &self.contact_types)
    }

    /// The name of a pipeline.
    pub fn pipeline_name(&self, id: impl Into<PipelineId>) -> Option<&str> {
        name_of(id.into(), &self.pipelines)
    }

    /// The stage with this id, with its name and pipeline.
    pub fn stage_by_id(&self, id: impl Into<PipelineStageId>) -> Option<&StageEntry> {
        let id = id.into();
        self.stages.as_deref()?.iter().find(|stage| stage.id == id)
    }

    /// The name of a loss reason.
    pub fn loss_reason_name(&self, id: impl Into<LossReasonId>) -> Option<&str> {
        name_of(id.into(), &self.loss_reasons)
    }

    /// The name of an activity type, which is known by its id and its category.
    pub fn activity_type_name(&self, activity_type: &ActivityType) -> Option<&str> {
        let mut types = self.activity_types.as_deref()?.iter();
        let same = |known: &&ActivityTypeEntry| {
            known.id == activity_type.id && Some(&known.category) == activity_type.category.as_ref()
        };
        Some(types.find(same)?.name())
    }
}

/// The entries, in the order of the account. Empty where a kind was not loaded.
impl Directory {
    /// The custom fields.
    pub fn fields(&self) -> &[Field] {
        self.fields.as_deref().unwrap_or_default()
    }

    /// The statuses of leads.
    pub fn statuses(&self) -> &[Entry<LeadStatusId>] {
        self.statuses.as_deref().unwrap_or_default()
    }

    /// The sources.
    pub fn sources(&self) -> &[Entry<CustomerSourceId>] {
        self.sources.as_deref().unwrap_or_default()
    }

    /// The users.
    pub fn users(&self) -> &[UserEntry] {
        self.users.as_deref().unwrap_or_default()
    }

    /// The contact types.
    pub fn contact_types(&self) -> &[Entry<ContactTypeId>] {
        self.contact_types.as_deref().unwrap_or_default()
    }

    /// The pipelines.
    pub fn pipelines(&self) -> &[Entry<PipelineId>] {
        self.pipelines.as_deref().unwrap_or_default()
    }

    /// The stages of all pipelines.
    pub fn stages(&self) -> &[StageEntry] {
        self.stages.as_deref().unwrap_or_default()
    }

    /// The loss reasons.
    pub fn loss_reasons(&self) -> &[Entry<LossReasonId>] {
        self.loss_reasons.as_deref().unwrap_or_default()
    }

    /// The activity types.
    pub fn activity_types(&self) -> &[ActivityTypeEntry] {
        self.activity_types.as_deref().unwrap_or_default()
    }
}

/// A directory of a program's own making: for tests, and for names that are kept elsewhere.
impl Directory {
    /// The same directory with these custom fields.
    pub fn with_fields(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.fields = Some(fields.into_iter().collect());
        self
    }

    /// The same directory with these statuses.
    pub fn with_statuses(
        mut self,
        statuses: impl IntoIterator<Item = (LeadStatusId, impl Into<String>)>,
    ) -> Self {
        self.statuses = entries(statuses);
        self
    }

    /// The same directory with these sources.
    pub fn with_sources(
        mut self,
        sources: impl IntoIterator<Item = (CustomerSourceId, impl Into<String>)>,
    ) -> Self {
        self.sources = entries(sources);
        self
    }

    /// The same directory with these users.
    pub fn with_users(mut self, users: impl IntoIterator<Item = UserEntry>) -> Self {
        self.users = Some(users.into_iter().collect());
        self
    }

    /// The same directory with these contact types.
    pub fn with_contact_types(
        mut self,
        types: impl IntoIterator<Item = (ContactTypeId, impl Into<String>)>,
    ) -> Self {
        self.contact_types = entries(types);
        self
    }

    /// The same directory with these pipelines.
    pub fn with_pipelines(
        mut self,
        pipelines: impl IntoIterator<Item = (PipelineId, impl Into<String>)>,
    ) -> Self {
        self.pipelines = entries(pipelines);
        self
    }

    /// The same directory with these stages.
    pub fn with_stages(mut self, stages: impl IntoIterator<Item = StageEntry>) -> Self {
        self.stages = Some(stages.into_iter().collect());
        self
    }

    /// The same directory with these loss reasons.
    pub fn with_loss_reasons(
        mut self,
        reasons: impl IntoIterator<Item = (LossReasonId, impl Into<String>)>,
    ) -> Self {
        self.loss_reasons = entries(reasons);
        self
    }

    /// The same directory with these activity types.
    pub fn with_activity_types(
        mut self,
        types: impl IntoIterator<Item = ActivityTypeEntry>,
    ) -> Self {
        self.activity_types = Some(types.into_iter().collect());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{ActivityCategory, ActivityTypeId};

    fn user(id: i64, name: &str, email: &str) -> UserEntry {
        UserEntry {
            id: UserId(id),
            name: name.to_owned(),
            email: Some(email.to_owned()),
        }
    }

    fn stage(id: i64, name: &str, pipeline: i64, of: &str) -> StageEntry {
        StageEntry {
            id: PipelineStageId(id),
            name: name.to_owned(),
            pipeline: Entry::new(PipelineId(pipeline), of),
        }
    }

    fn directory() -> Directory {
        Directory::default()
            .with_statuses([(LeadStatusId(1), "New"), (LeadStatusId(2), "In Progress")])
            .with_sources([(CustomerSourceId(1), "Web"), (CustomerSourceId(2), "web")])
            .with_users([
                user(1, "Ann Example", "ann@example.com"),
                user(2, "Ann Example", "ann@example.org"),
                user(3, "Bo Example", "bo@example.com"),
            ])
            .with_stages([
                stage(1, "Qualified", 10, "Sales"),
                stage(2, "Qualified", 20, "Hiring"),
            ])
            .with_activity_types([
                ActivityTypeEntry {
                    id: ActivityTypeId(0),
                    category: ActivityCategory::User,
                    name: "Note".to_owned(),
                },
                ActivityTypeEntry {
                    id: ActivityTypeId(0),
                    category: ActivityCategory::System,
                    name: "Property Changed".to_owned(),
                },
            ])
            .with_fields([
                Field::new(1, "Size", "Dropdown").available_on(["lead", "person"]),
                Field::new(2, "size", "Float").available_on(["company"]),
                Field::new(3, "SIZE", "Text").available_on(["company"]),
            ])
    }

    #[test]
    fn case_and_spaces_make_no_difference_unless_a_name_is_spelled_exactly() {
        let directory = directory();
        for name in [
            "In Progress",
            "in progress",
            " INPROGRESS ",
            "in\u{a0}progress",
        ] {
            assert_eq!(directory.status(name), Ok(LeadStatusId(2)), "{name}");
        }
        assert_eq!(directory.source("Web"), Ok(CustomerSourceId(1)));
        assert_eq!(directory.source("web"), Ok(CustomerSourceId(2)));
        let error = directory.source("WEB").expect_err("it is ambiguous");
        assert_eq!(
            error.to_string(),
            r#"2 sources are called "WEB": "Web (id 1)", "web (id 2)"; use the id instead"#
        );
    }

    #[test]
    fn a_user_is_found_by_address_or_by_a_name_that_nobody_else_has() {
        let directory = directory();
        assert_eq!(directory.user("ANN@example.org"), Ok(UserId(2)));
        assert_eq!(directory.user("bo example"), Ok(UserId(3)));
        let error = directory
            .user("Ann Example")
            .expect_err("two have the name");
        assert!(
            error
                .to_string()
                .contains("Ann Example (ann@example.org, id 2)"),
            "{error}"
        );
        assert_eq!(
            directory
                .user("bo@exmple.com")
                .expect_err("none has it")
                .nearest(),
            Some("bo@example.com")
        );
    }

    #[test]
    fn what_several_share_is_told_apart_by_what_it_belongs_to() {
        let directory = directory();
        let error = directory
            .stage("qualified")
            .expect_err("two pipelines have it");
        assert!(
            error.to_string().contains("Qualified of Hiring (id 2)"),
            "{error}"
        );
        assert_eq!(directory.stage_of(20, "qualified"), Ok(PipelineStageId(2)));
        assert!(directory.stage_of(30, "qualified").is_err());
        let on = |record: RecordType, name| {
            directory
                .custom_field_on(&record, name)
                .map(|field| field.id.0)
        };
        assert_eq!(on(RecordType::from("lead"), "siZe"), Ok(1));
        assert_eq!(on(RecordType::from("company"), "SIZE"), Ok(3));
        let error = on(RecordType::from("company"), "Size").expect_err("two have it");
        assert!(
            error.to_string().contains("size (Float on company, id 2)"),
            "{error}"
        );
    }

    #[test]
    fn zero_is_an_id_of_an_activity_type_and_its_category_tells_it_from_another() {
        let directory = directory();
        for name in ["Note", "Property Changed"] {
            let found = directory.activity_type(name).expect("it is there");
            assert_eq!(found.id, ActivityTypeId(0));
            assert_eq!(directory.activity_type_name(&found), Some(name));
        }
    }

    #[test]
    fn a_kind_that_was_not_loaded_is_no_missing_name() {
        let error = directory().pipeline("Sales").expect_err("none were loaded");
        let kind = DirectoryKind::Pipeline;
        assert_eq!(error, DirectoryError::NotLoaded { kind });
        assert_eq!(
            error.to_string(),
            "the directory was loaded without the account's pipelines: load them as well"
        );
        let error = Directory::default().stage("Qualified").expect_err("none");
        assert_eq!(error, DirectoryError::NotLoaded { kind });
    }

    #[test]
    fn text_from_outside_is_shown_escaped() {
        let error = directory()
            .status("New\u{1b}[2J\n")
            .expect_err("no such name");
        let said = error.to_string();
        assert!(!said.contains('\u{1b}') && !said.contains('\n'), "{said}");
    }

    #[test]
    fn a_blank_name_finds_nothing() {
        let directory = Directory::default().with_statuses([(LeadStatusId(1), " ")]);
        assert!(directory.status("").is_err());
        assert!(directory.status("  ").is_err());
    }

    #[test]
    fn it_reads_back_from_json_as_it_was() {
        let json = serde_json::to_string(&directory()).expect("plain data");
        let read: Directory = serde_json::from_str(&json).expect("it reads back");
        assert_eq!(read, directory());
        assert!(!json.contains("pipelines"), "{json}");
    }
}
