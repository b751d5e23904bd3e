//! The kinds of names that an account has.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of name that Copper wants as an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DirectoryKind {
    /// Custom fields, with their options.
    CustomField,
    /// The options of one custom field. They are loaded with [`CustomField`](Self::CustomField).
    FieldOption,
    /// Statuses of leads.
    Status,
    /// Sources of leads and opportunities.
    Source,
    /// Users: the owners of records.
    User,
    /// Types of people and companies.
    ContactType,
    /// Pipelines, with their stages.
    Pipeline,
    /// Stages of pipelines. They are loaded with [`Pipeline`](Self::Pipeline).
    Stage,
    /// Reasons for which opportunities are lost.
    LossReason,
    /// Types of activities.
    ActivityType,
}

impl DirectoryKind {
    /// Every kind that needs a request of its own.
    pub const ALL: [Self; 8] = [
        Self::CustomField,
        Self::Status,
        Self::Source,
        Self::User,
        Self::ContactType,
        Self::Pipeline,
        Self::LossReason,
        Self::ActivityType,
    ];

    /// The kind whose request loads this one as well.
    pub(super) fn loaded_with(self) -> Self {
        match self {
            Self::FieldOption => Self::CustomField,
            Self::Stage => Self::Pipeline,
            other => other,
        }
    }

    fn singular(self) -> &'static str {
        match self {
            Self::CustomField => "custom field",
            Self::FieldOption => "option",
            Self::Status => "status",
            Self::Source => "source",
            Self::User => "user",
            Self::ContactType => "contact type",
            Self::Pipeline => "pipeline",
            Self::Stage => "stage",
            Self::LossReason => "loss reason",
            Self::ActivityType => "activity type",
        }
    }

    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::CustomField => "custom fields",
            Self::FieldOption => "options",
            Self::Status => "statuses",
            Self::Source => "sources",
            Self::User => "users",
            Self::ContactType => "contact types",
            Self::Pipeline => "pipelines",
            Self::Stage => "stages",
            Self::LossReason => "loss reasons",
            Self::ActivityType => "activity types",
        }
    }
}

impl fmt::Display for DirectoryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.singular())
    }
}
