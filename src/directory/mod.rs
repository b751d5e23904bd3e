//! The directory of an account: its names and their ids, as a plain value that turns one into the other.
//!
//! Copper wants ids where people use names: for custom fields and their options, statuses, sources, owners,
//! pipelines. A [`Directory`] holds the names of one account; [`Copper::directory`](crate::Copper::directory)
//! loads it.
//!
//! A lead with a custom field, an owner and a status, all by name:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
//! # let copper = sandbox.copper().build()?;
//! use copper_crm::NewLead;
//!
//! let directory = copper.directory().await?;
//! let lead = NewLead::named("Jim Halpert")
//!     .custom_field(directory.custom_value("Size", "Large")?)
//!     .assignee_id(directory.user("ann@example.com")?)
//!     .status_id(directory.status("Contacted")?);
//! let created = copper.create_lead(&lead).await?;
//!
//! assert_eq!(created.status.as_deref(), Some("Contacted"));
//! let read = created.custom_fields.iter().flatten().filter_map(|field| directory.read(field));
//! assert!(read.into_iter().any(|value| value.to_string() == "Large"));
//! # Ok(())
//! # }
//! ```

mod date;
mod entries;
mod entry;
mod error;
mod field;
mod input;
mod kind;
mod load;
mod name;
mod number;
mod to_id;
mod to_name;
mod value;

use serde::{Deserialize, Serialize};

pub(crate) use date::day;
pub use entry::{ActivityTypeEntry, Entry, StageEntry, UserEntry};
pub use error::DirectoryError;
pub use field::Field;
pub use input::FieldInput;
pub use kind::DirectoryKind;
pub use load::DirectoryRequest;
pub(crate) use number::plain;
pub use value::FieldValue;

use crate::types::{ContactTypeId, CustomerSourceId, LeadStatusId, LossReasonId, PipelineId};

/// The names of an account.
///
/// Case and spaces make no difference: `"very large"` finds the option *Very Large*. If the account does not
/// have a name, the [`DirectoryError`] lists the valid names and the most similar one. If several entries
/// have a name, the error lists them all.
///
/// A program can serialize it and keep it: it changes only when somebody changes the account's settings.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{ActivityCategory, ActivityTypeId, PipelineStageId, RecordType, UserId};

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
