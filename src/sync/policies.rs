//! The rules for what a sync may change in a record that is there already.

use std::collections::{BTreeMap, BTreeSet};

use super::SyncField;
use crate::{
    directory::Directory,
    types::{CustomFieldDefinitionId, CustomFieldType},
};

/// The rule for lists: tags, phone numbers, web sites, socials, and options of multi-selects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lists {
    /// A list becomes the one that the input names.
    #[default]
    Replace,
    /// The values of the input are added; nothing is removed.
    Add,
}

/// The rule for fields that the input names, but has no value for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Empties {
    /// An empty value leaves the field as it is.
    #[default]
    Keep,
    /// An empty value clears the field.
    Clear,
}

/// The rules for what may be changed. By default lists are replaced by those that the input names, and
/// an empty value changes nothing.
///
/// A record names a field when it has a value for it, even an empty one: a blank text, or a custom field
/// without a value. Where a record can't hold an empty value, such as a list without entries,
/// [`naming`](Self::naming) says which fields all records name.
///
/// ```
/// use copper_crm::{NewLead, Patch, sync::{Empties, Policies, SyncField}, types::{Lead, LeadUpdate}};
///
/// let lead: Lead = serde_json::from_str(r#"{"id": 7, "title": "Clerk", "tags": ["paper"]}"#)?;
/// let record = NewLead::named("Jim").title("");
/// let policies = Policies::default().empties(Empties::Clear).naming([SyncField::Tags]);
/// let update = LeadUpdate::between(&lead, &record, &policies);
/// assert_eq!(update.title, Patch::Clear);
/// assert_eq!(update.tags, Patch::Set(vec![]));
///
/// let update = LeadUpdate::between(&lead, &record, &policies.never([SyncField::Tags]));
/// assert!(update.tags.is_keep());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policies {
    pub(super) lists: Lists,
    pub(super) empties: Empties,
    never: BTreeSet<SyncField>,
    named: BTreeSet<SyncField>,
    types: BTreeMap<CustomFieldDefinitionId, CustomFieldType>,
    default_category: Option<String>,
}

impl Policies {
    /// The rule for lists.
    pub fn lists(mut self, rule: Lists) -> Self {
        self.lists = rule;
        self
    }

    /// The rule for empty values.
    pub fn empties(mut self, rule: Empties) -> Self {
        self.empties = rule;
        self
    }

    /// Adds fields that are never changed, whatever the input says. A record that is created gets them
    /// all the same.
    pub fn never(mut self, fields: impl IntoIterator<Item = impl Into<SyncField>>) -> Self {
        self.never.extend(fields.into_iter().map(Into::into));
        self
    }

    /// Adds fields that every record of the input names, even one that has no value for them: the columns
    /// of a file, say.
    pub fn naming(mut self, fields: impl IntoIterator<Item = impl Into<SyncField>>) -> Self {
        self.named.extend(fields.into_iter().map(Into::into));
        self
    }

    /// Compares custom values by the types that the directory has for their fields. Dates are then the same
    /// when they are on the same day in UTC; without it they are the same to the second.
    pub fn types_of(mut self, directory: &Directory) -> Self {
        let types = directory.fields().iter();
        self.types
            .extend(types.map(|field| (field.id, field.field_type.clone())));
        self
    }

    /// The category that the input gives where it names none, such as `work`: a program that makes records of
    /// a table has no other. What is there with another category is the same then; what is new gets it.
    pub fn default_category(mut self, category: impl Into<String>) -> Self {
        self.default_category = Some(category.into());
        self
    }

    /// The category that a record names, if it names one.
    pub(super) fn named_category<'a>(&self, category: Option<&'a str>) -> Option<&'a str> {
        category.filter(|category| Some(*category) != self.default_category.as_deref())
    }

    pub(super) fn may_change(&self, field: &SyncField) -> bool {
        !self.never.contains(field)
    }

    pub(super) fn names(&self, field: &SyncField) -> bool {
        self.named.contains(field)
    }

    /// The custom fields that every record names.
    pub(super) fn named_custom_fields(&self) -> impl Iterator<Item = CustomFieldDefinitionId> {
        self.named.iter().filter_map(|field| match field {
            SyncField::Custom(id) => Some(*id),
            _ => None,
        })
    }

    pub(super) fn type_of(&self, field: CustomFieldDefinitionId) -> Option<&CustomFieldType> {
        self.types.get(&field)
    }

    pub(super) fn clears(&self) -> bool {
        self.empties == Empties::Clear
    }
}
