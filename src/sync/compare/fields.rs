//! The comparison of one field, by the type of its value.

use serde_json::{Map, Value};

use super::{
    super::{Policies, SyncField},
    address, custom, extra,
    list::{self, Member},
    text,
};
use crate::{
    Patch,
    types::{Address, CustomField, Email, EmailCategory},
};

/// Compares the fields of a record, and applies the policies.
pub(super) struct Fields<'a> {
    pub(super) policies: &'a Policies,
    /// The fields that the schema does not name. A known field is here if its value in Copper can't be read.
    pub(super) extra: &'a Map<String, Value>,
}

impl Fields<'_> {
    /// True if the policies allow a change of this field. A field that can't be read can't be compared, so it is left
    /// alone.
    fn may_change(&self, field: &SyncField) -> bool {
        self.policies.may_change(field) && !self.extra.contains_key(&field.to_string())
    }

    /// The patch for a field for which the record has no value.
    fn empty<T>(&self, field: &SyncField, names_it: bool, is_set: bool) -> Patch<T> {
        let named = names_it || self.policies.names(field);
        if named && is_set && self.policies.clears() {
            Patch::Clear
        } else {
            Patch::Keep
        }
    }

    /// A name. No record can be without one.
    pub(super) fn name(&self, there: Option<&str>, wanted: &str) -> Patch<String> {
        let wanted_words = text::words(wanted);
        let same = there.is_some_and(|there| text::words(there) == wanted_words);
        if wanted_words.is_empty() || same || !self.may_change(&SyncField::Name) {
            return Patch::Keep;
        }
        Patch::Set(wanted.to_owned())
    }

    pub(super) fn text(
        &self,
        field: SyncField,
        there: Option<&str>,
        wanted: Option<&str>,
    ) -> Patch<String> {
        if !self.may_change(&field) {
            return Patch::Keep;
        }
        let there = there.map(text::stored).unwrap_or_default();
        match wanted {
            Some(wanted) if !text::is_blank(wanted) => {
                if text::stored(wanted) == there {
                    Patch::Keep
                } else {
                    Patch::Set(wanted.to_owned())
                }
            }
            _ => self.empty(&field, wanted.is_some(), !there.is_empty()),
        }
    }

    /// A domain. Its case makes no difference.
    pub(super) fn domain(
        &self,
        field: SyncField,
        there: Option<&str>,
        wanted: Option<&str>,
    ) -> Patch<String> {
        match (there, wanted) {
            (Some(there), Some(wanted)) if text::address(there) == text::address(wanted) => {
                Patch::Keep
            }
            _ => self.text(field, there, wanted),
        }
    }

    /// An optional value, such as an id.
    pub(super) fn value<T: PartialEq + Clone>(
        &self,
        field: SyncField,
        there: Option<&T>,
        wanted: Option<&T>,
    ) -> Patch<T> {
        match wanted {
            _ if !self.may_change(&field) => Patch::Keep,
            Some(wanted) if Some(wanted) == there => Patch::Keep,
            Some(wanted) => Patch::Set(wanted.clone()),
            None => self.empty(&field, false, there.is_some()),
        }
    }

    /// A value that each record has: it may be set, but is never cleared.
    pub(super) fn lasting<T: PartialEq + Clone>(
        &self,
        field: SyncField,
        there: Option<&T>,
        wanted: Option<&T>,
    ) -> Patch<T> {
        match wanted {
            Some(_) => self.value(field, there, wanted),
            None => Patch::Keep,
        }
    }

    /// A number. JSON has only finite numbers: any other would be sent as `null`, which clears the field.
    pub(super) fn number(
        &self,
        field: SyncField,
        there: Option<f64>,
        wanted: Option<f64>,
    ) -> Patch<f64> {
        match wanted {
            Some(wanted) if !wanted.is_finite() => Patch::Keep,
            _ => self.value(field, there.as_ref(), wanted.as_ref()),
        }
    }

    /// The only e-mail address of a lead. Its category stays unless the record names one.
    pub(super) fn email(&self, there: Option<&Email>, wanted: Option<&Email>) -> Patch<Email> {
        let field = SyncField::Email;
        if !self.may_change(&field) {
            return Patch::Keep;
        }
        let address = |email: &Email| text::address(&email.email);
        let there_address = there.map(address).unwrap_or_default();
        let Some(wanted) = wanted.filter(|email| !text::is_blank(&email.email)) else {
            return self.empty(&field, wanted.is_some(), !there_address.is_empty());
        };
        let category = there.and_then(|there| there.category.clone());
        let named = wanted.category.as_ref().map(EmailCategory::as_str);
        let named = self.policies.named_category(named).is_some();
        let same_category = !named || wanted.category == category;
        if address(wanted) == there_address && same_category {
            return Patch::Keep;
        }
        Patch::Set(Email {
            category: match (named, category) {
                (false, Some(category)) => Some(category),
                _ => wanted.category.clone(),
            },
            ..wanted.clone()
        })
    }

    pub(super) fn address(
        &self,
        there: Option<&Address>,
        wanted: Option<&Address>,
    ) -> Patch<Address> {
        let field = SyncField::Address;
        if !self.may_change(&field) {
            return Patch::Keep;
        }
        match wanted {
            Some(wanted) => address::patch(there, wanted, self.policies.clears()),
            None => self.empty(&field, false, there.is_some_and(address::is_set)),
        }
    }

    pub(super) fn list<T: Member>(
        &self,
        field: SyncField,
        there: Option<&[T]>,
        wanted: &[T],
    ) -> Patch<Vec<T>> {
        if !self.may_change(&field) {
            return Patch::Keep;
        }
        let there = there.unwrap_or_default();
        let names_it = !wanted.is_empty()
            || self.policies.names(&field)
            || self.policies.columns_of(&field).is_some();
        if wanted.iter().all(list::is_blank) && !(names_it && self.policies.clears()) {
            return Patch::Keep;
        }
        list::patch(&field, there, wanted, self.policies)
    }

    pub(super) fn custom_fields(
        &self,
        there: Option<&[CustomField]>,
        wanted: &[CustomField],
    ) -> Patch<Vec<CustomField>> {
        if self.extra.contains_key("custom_fields") {
            return Patch::Keep;
        }
        custom::patch(there.unwrap_or_default(), wanted, self.policies)
    }

    pub(super) fn extra(&self, wanted: &Map<String, Value>) -> Map<String, Value> {
        extra::patch(self.extra, wanted, self.policies)
    }
}
