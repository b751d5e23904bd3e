//! The rules for the changes that a sync may make to records in Copper.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use super::SyncField;
use crate::{
    directory::Directory,
    types::{CustomFieldDefinitionId, CustomFieldType},
};

/// The rule for lists: tags, phone numbers, web sites, social profiles, and options of multi-selects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lists {
    /// The list of the input replaces the one in Copper.
    #[default]
    Replace,
    /// The entries of the input are added, and none is removed.
    Add,
}

/// The rule for fields that a record names without a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Empties {
    /// An empty value leaves the field as it is.
    #[default]
    Keep,
    /// An empty value clears the field.
    Clear,
}

/// The rules for the changes that a sync may make. By default, lists of the input replace those in Copper, and an empty
/// value changes nothing.
///
/// A record names a field if it has a value for it, even an empty one: a blank text, or a custom field without a value.
/// Some fields of a record can't hold an empty value, such as lists. [`naming`](Self::naming) sets the fields that all
/// records name.
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
    columns: BTreeMap<SyncField, BTreeSet<String>>,
    default_category: Option<String>,
}

impl Policies {
    /// Sets the rule for lists.
    pub fn lists(mut self, rule: Lists) -> Self {
        self.lists = rule;
        self
    }

    /// Sets the rule for empty values.
    pub fn empties(mut self, rule: Empties) -> Self {
        self.empties = rule;
        self
    }

    /// Adds fields that are never changed, even if the input has other values. New records still get the values of the
    /// input.
    pub fn never(mut self, fields: impl IntoIterator<Item = impl Into<SyncField>>) -> Self {
        self.never.extend(fields.into_iter().map(Into::into));
        self
    }

    /// Adds fields that all records of the input name, even records without a value for them. For a file, these are its
    /// columns.
    pub fn naming(mut self, fields: impl IntoIterator<Item = impl Into<SyncField>>) -> Self {
        self.named.extend(fields.into_iter().map(Into::into));
        self
    }

    /// Compares custom values by the types of their fields in the directory. Then two dates are the same if they are on
    /// the same day in UTC. Without this, they are the same if they are equal to the second.
    pub fn types_of(mut self, directory: &Directory) -> Self {
        let types = directory.fields().iter();
        self.types
            .extend(types.map(|field| (field.id, field.field_type.clone())));
        self
    }

    /// Sets the category that stands for no category in the input, such as `work`. Use it if the input can't name other
    /// categories, as the rows of a table. Then a value is the same in every category of Copper, and a new value gets
    /// this category.
    pub fn default_category(mut self, category: impl Into<String>) -> Self {
        self.default_category = Some(category.into());
        self
    }

    /// Sets the categories of a list that have a column of their own in a table, such as `mobile` of the phone numbers.
    /// Then a record names only these categories. [`Lists::Replace`] leaves the entries of all other categories alone. A
    /// category without an entry counts as empty: it stays, unless empty values clear.
    ///
    /// If the records also [name](Self::naming) the whole list, entries that do not fit into these columns replace the
    /// whole list: two of one category, or one of a category without a column.
    ///
    /// ```
    /// use copper_crm::{NewLead, Patch, sync::{Policies, SyncField}, types::{Lead, LeadUpdate, PhoneCategory, PhoneNumber}};
    ///
    /// let lead: Lead = serde_json::from_str(
    ///     r#"{"id": 7, "phone_numbers": [{"number": "1", "category": "work"}, {"number": "2", "category": "home"}]}"#,
    /// )?;
    /// let phone = |number, category| PhoneNumber::new(number).category(PhoneCategory::from(category));
    /// let record = NewLead { phone_numbers: vec![phone("3", "work")], ..NewLead::named("Jim") };
    /// let policies = Policies::default().by_category(SyncField::PhoneNumbers, ["work", "mobile"]);
    /// let update = LeadUpdate::between(&lead, &record, &policies);
    /// assert_eq!(update.phone_numbers, Patch::Set(vec![phone("2", "home"), phone("3", "work")]));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn by_category(
        mut self,
        list: SyncField,
        categories: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let columns = self.columns.entry(list).or_default();
        columns.extend(categories.into_iter().map(Into::into));
        self
    }

    /// The categories of a list that have a column of their own. None if records name the whole list.
    pub(super) fn columns_of(&self, list: &SyncField) -> Option<&BTreeSet<String>> {
        self.columns.get(list)
    }

    /// The category of an entry, or the one that stands for none.
    pub(super) fn category_of<'a>(&'a self, category: Option<&'a str>) -> Option<&'a str> {
        category.or(self.default_category.as_deref())
    }

    /// The category that a record names, if it is not the default one.
    pub(super) fn named_category<'a>(&self, category: Option<&'a str>) -> Option<&'a str> {
        category.filter(|category| Some(*category) != self.default_category.as_deref())
    }

    pub(super) fn may_change(&self, field: &SyncField) -> bool {
        !self.never.contains(field)
    }

    pub(super) fn names(&self, field: &SyncField) -> bool {
        self.named.contains(field)
    }

    /// The custom fields that all records name.
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

/// The policies for each record of the input.
#[derive(Clone)]
pub(super) enum RecordPolicies {
    Same(Arc<Policies>),
    /// By the place of the record in the input.
    Own(Arc<dyn Fn(u64) -> Arc<Policies> + Send + Sync>),
}

impl RecordPolicies {
    pub(super) fn of(&self, place: u64) -> Arc<Policies> {
        match self {
            Self::Same(policies) => Arc::clone(policies),
            Self::Own(of) => of(place),
        }
    }
}

impl From<Policies> for RecordPolicies {
    fn from(policies: Policies) -> Self {
        Self::Same(Arc::new(policies))
    }
}

/// Leaves out the caller's function.
impl fmt::Debug for RecordPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same(policies) => policies.fmt(f),
            Self::Own(_) => f.write_str("own policies"),
        }
    }
}
