//! The entries of a directory: an id and the name that people use.

use serde::{Deserialize, Serialize};

use super::name::Named;
use crate::types::{ActivityCategory, ActivityTypeId, PipelineId, PipelineStageId, UserId};

/// An id and its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<Id> {
    /// The id that Copper wants.
    pub id: Id,
    /// The name that people use.
    pub name: String,
}

impl<Id> Entry<Id> {
    /// Creates an entry with this id and name.
    pub fn new(id: Id, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
        }
    }
}

/// A user of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEntry {
    /// The id that Copper wants.
    pub id: UserId,
    /// The user's full name.
    pub name: String,
    /// The user's e-mail address. It identifies the user as well as the name does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<String>,
}

/// A stage of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageEntry {
    /// The id that Copper wants.
    pub id: PipelineStageId,
    /// The name that people use. Stages of different pipelines often have the same name.
    pub name: String,
    /// The pipeline that the stage belongs to.
    pub pipeline: Entry<PipelineId>,
}

/// A type of activities, identified by its id *and* its category. 0 is a valid id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityTypeEntry {
    /// The id that Copper wants.
    pub id: ActivityTypeId,
    /// The category that Copper wants together with the id. Only activities of users can be created.
    pub category: ActivityCategory,
    /// The name that people use.
    pub name: String,
}

impl<Id: std::fmt::Display> Named for Entry<Id> {
    fn name(&self) -> &str {
        &self.name
    }

    fn distinct(&self) -> String {
        format!("{} (id {})", self.name, self.id)
    }
}

impl Named for UserEntry {
    fn name(&self) -> &str {
        &self.name
    }

    fn second_name(&self) -> Option<&str> {
        self.email.as_deref()
    }

    fn distinct(&self) -> String {
        match &self.email {
            Some(email) => format!("{} ({email}, id {})", self.name, self.id),
            None => format!("{} (id {})", self.name, self.id),
        }
    }
}

impl Named for StageEntry {
    fn name(&self) -> &str {
        &self.name
    }

    fn distinct(&self) -> String {
        format!("{} of {} (id {})", self.name, self.pipeline.name, self.id)
    }
}

impl Named for ActivityTypeEntry {
    fn name(&self) -> &str {
        &self.name
    }

    fn distinct(&self) -> String {
        format!("{} ({} {})", self.name, self.category, self.id)
    }
}
