//! Loads a directory: one request for each kind of names, and for users one for each page.

use std::{
    collections::BTreeSet,
    future::{Future, IntoFuture},
    pin::Pin,
};

use super::{ActivityTypeEntry, Directory, DirectoryKind, Entry, Field, StageEntry, UserEntry};
use crate::{
    Copper, Error,
    types::{
        ActivityTypes, ContactType, CustomFieldDefinition, CustomFieldType, CustomerSource,
        LeadStatus, LossReason, Pipeline, User, UserSearch,
    },
};

/// A directory to load; [`Copper::directory`] returns it. Await it to load it.
#[derive(Clone, Debug)]
#[must_use = "nothing is loaded until it is awaited"]
pub struct DirectoryRequest {
    copper: Copper,
    kinds: BTreeSet<DirectoryKind>,
}

impl Copper {
    /// Loads the names of the account and their ids: all kinds, or [only](DirectoryRequest::only) those that
    /// you need.
    ///
    /// # Errors
    /// When Copper refuses a request, or no answer comes. Copper refuses statuses if leads are switched off
    /// for the account; load only the other kinds then.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::directory::DirectoryKind;
    ///
    /// let directory = copper.directory().only([DirectoryKind::Status, DirectoryKind::CustomField]).await?;
    /// let status = directory.status("new")?;
    /// assert_eq!(directory.status_name(status), Some("New"));
    /// assert!(directory.user("ann@example.com").is_err(), "users were not loaded");
    /// # assert_eq!(sandbox.arrivals().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/custom-fields/general/list-custom-field-definitions.html>
    pub fn directory(&self) -> DirectoryRequest {
        DirectoryRequest {
            copper: self.clone(),
            kinds: DirectoryKind::ALL.into(),
        }
    }
}

impl DirectoryRequest {
    /// Loads only these kinds of names. Options are loaded with custom fields, stages with pipelines.
    pub fn only(mut self, kinds: impl IntoIterator<Item = DirectoryKind>) -> Self {
        self.kinds = kinds.into_iter().map(DirectoryKind::loaded_with).collect();
        self
    }

    async fn request(self) -> Result<Directory, Error> {
        let Self { copper, kinds } = self;
        let mut directory = Directory::default();
        for kind in kinds {
            match kind.loaded_with() {
                DirectoryKind::CustomField | DirectoryKind::FieldOption => {
                    let fields = copper.list_custom_field_definitions().await?;
                    directory.fields = Some(fields.into_iter().filter_map(field).collect());
                }
                DirectoryKind::Status => {
                    let statuses = copper.list_lead_statuses().await?;
                    let entry = |LeadStatus { id, name, .. }| Some(Entry::new(id, name?));
                    directory.statuses = Some(statuses.into_iter().filter_map(entry).collect());
                }
                DirectoryKind::Source => {
                    let sources = copper.list_customer_sources().await?;
                    let entry = |CustomerSource { id, name, .. }| Some(Entry::new(id, name?));
                    directory.sources = Some(sources.into_iter().filter_map(entry).collect());
                }
                DirectoryKind::User => directory.users = Some(users(&copper).await?),
                DirectoryKind::ContactType => {
                    let types = copper.list_contact_types().await?;
                    let entry = |ContactType { id, name, .. }| Some(Entry::new(id, name?));
                    directory.contact_types = Some(types.into_iter().filter_map(entry).collect());
                }
                DirectoryKind::Pipeline | DirectoryKind::Stage => {
                    let pipelines = copper.list_pipelines().await?;
                    let entry =
                        |pipeline: &Pipeline| Some(Entry::new(pipeline.id, pipeline.name.clone()?));
                    directory.pipelines = Some(pipelines.iter().filter_map(entry).collect());
                    directory.stages = Some(pipelines.into_iter().flat_map(stages).collect());
                }
                DirectoryKind::LossReason => {
                    let reasons = copper.list_loss_reasons().await?;
                    let entry = |LossReason { id, name, .. }| Some(Entry::new(id, name?));
                    directory.loss_reasons = Some(reasons.into_iter().filter_map(entry).collect());
                }
                DirectoryKind::ActivityType => {
                    let types = copper.list_activity_types().await?;
                    directory.activity_types = Some(activity_types(types));
                }
            }
        }
        Ok(directory)
    }
}

impl IntoFuture for DirectoryRequest {
    type Output = Result<Directory, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.request())
    }
}

async fn users(copper: &Copper) -> Result<Vec<UserEntry>, Error> {
    let mut found = copper.search_users(UserSearch::default());
    let mut users = Vec::new();
    while let Some(user) = found.next().await {
        let User {
            id, name, email, ..
        } = user?;
        // A user without a name is known by the address.
        if let Some(name) = name.or_else(|| email.clone()) {
            users.push(UserEntry { id, name, email });
        }
    }
    Ok(users)
}

fn field(definition: CustomFieldDefinition) -> Option<Field> {
    let options = definition.options.unwrap_or_default();
    let options = options.into_iter();
    let field_type = definition
        .data_type
        .unwrap_or_else(|| CustomFieldType::from(""));
    Some(Field {
        available_on: definition.available_on.unwrap_or_default(),
        options: options
            .filter_map(|option| Some(Entry::new(option.id, option.name?)))
            .collect(),
        ..Field::new(definition.id, definition.name?, field_type)
    })
}

fn stages(pipeline: Pipeline) -> Vec<StageEntry> {
    let of = Entry::new(pipeline.id, pipeline.name.unwrap_or_default());
    let stages = pipeline.stages.unwrap_or_default().into_iter();
    let entry = |stage: crate::types::PipelineStage| {
        Some(StageEntry {
            id: stage.id,
            name: stage.name?,
            pipeline: of.clone(),
        })
    };
    stages.filter_map(entry).collect()
}

fn activity_types(types: ActivityTypes) -> Vec<ActivityTypeEntry> {
    let all = [("user", types.user), ("system", types.system)];
    all.into_iter()
        .flat_map(|(category, types)| {
            types
                .unwrap_or_default()
                .into_iter()
                .filter_map(move |of_it| {
                    Some(ActivityTypeEntry {
                        id: of_it.id,
                        category: of_it.category.unwrap_or_else(|| category.into()),
                        name: of_it.name?,
                    })
                })
        })
        .collect()
}
