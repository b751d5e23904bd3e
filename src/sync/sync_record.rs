//! The kinds of records that can be synced: leads, people and companies. One trait has the differences between the
//! kinds, so the same code syncs all of them.

use std::{
    fmt::{Debug, Display},
    hash::Hash,
};

use serde::Serialize;

use super::{FieldChange, Policies};
use crate::{
    endpoint::Endpoint,
    item::Record,
    search::Search,
    types::{
        BulkCreateCompanies, BulkCreateLeads, BulkCreatePeople, BulkUpdateCompanies,
        BulkUpdateLeads, BulkUpdatePeople, Company, CompanyId, CompanySearch, CompanyUpdate,
        CustomField, Lead, LeadId, LeadSearch, LeadUpdate, NewCompany, NewLead, NewPerson, Person,
        PersonId, PersonSearch, PersonUpdate,
    },
    value::Update,
};

/// A record of a source that can be synced: a [`NewLead`], a [`NewPerson`] or a [`NewCompany`]. Other crates can't
/// implement it.
pub trait SyncRecord:
    Serialize + Clone + Debug + Default + PartialEq + Send + std::marker::Sync + 'static
{
    /// The record in Copper: a [`Lead`], a [`Person`] or a [`Company`].
    type Found: Record + Clone + Debug + PartialEq + Serialize;
    /// The id of the record in Copper.
    type Id: Copy
        + Debug
        + Display
        + Eq
        + Hash
        + Into<i64>
        + Ord
        + Serialize
        + Send
        + std::marker::Sync
        + 'static;
    #[doc(hidden)]
    type Changes: PartialEq + Default + Serialize + Send + std::marker::Sync + 'static;
    /// The search that narrows the reading: a [`LeadSearch`], a [`PersonSearch`] or a [`CompanySearch`].
    #[allow(private_bounds, reason = "this is what seals the trait")]
    type Search: Search<Found = Self::Found>;
    #[doc(hidden)]
    type Create: Endpoint<Input = Self, Output = Self::Found, Terms = ()>;
    #[doc(hidden)]
    type Update: Endpoint<Input = Update<Self::Id, Self::Changes>, Output = Self::Found, Terms = ()>;
    /// The noun for one record.
    #[doc(hidden)]
    const NOUN: &'static str;
    #[doc(hidden)]
    fn name(&self) -> &str;
    #[doc(hidden)]
    fn custom_fields(&self) -> &[CustomField];
    #[doc(hidden)]
    fn custom_fields_of(found: &Self::Found) -> &[CustomField];
    /// The monetary value of the record, if its kind has one.
    #[doc(hidden)]
    fn number(&self) -> Option<f64> {
        None
    }
    #[doc(hidden)]
    fn id_of(found: &Self::Found) -> Self::Id;
    #[doc(hidden)]
    fn between(&self, found: &Self::Found, policies: &Policies) -> Self::Changes;
    #[doc(hidden)]
    fn changes(changes: &Self::Changes, found: &Self::Found) -> Vec<FieldChange>;
    #[doc(hidden)]
    fn is_nothing(changes: &Self::Changes) -> bool {
        *changes == Self::Changes::default()
    }
    /// The noun for several records.
    #[doc(hidden)]
    fn plural() -> &'static str {
        Self::Search::OPERATION.records()
    }
}

/// Implements the trait for kinds that differ only in names.
macro_rules! sync_records {
    ($($new:ident $found:ident $id:ident $changes:ident $search:ident $create:ident $update:ident $noun:literal { $($more:item)* })*) => {$(
        impl SyncRecord for $new {
            type Found = $found;
            type Id = $id;
            type Changes = $changes;
            type Search = $search;
            type Create = $create;
            type Update = $update;
            const NOUN: &'static str = $noun;

            fn name(&self) -> &str {
                &self.name
            }

            fn custom_fields(&self) -> &[CustomField] {
                &self.custom_fields
            }

            fn custom_fields_of(found: &$found) -> &[CustomField] {
                found.custom_fields.as_deref().unwrap_or_default()
            }

            fn id_of(found: &$found) -> $id {
                found.id
            }

            fn between(&self, found: &$found, policies: &Policies) -> $changes {
                $changes::between(found, self, policies)
            }

            fn changes(changes: &$changes, found: &$found) -> Vec<FieldChange> {
                changes.changes(found)
            }

            $($more)*
        }
    )*};
}

sync_records! {
    NewLead Lead LeadId LeadUpdate LeadSearch BulkCreateLeads BulkUpdateLeads "lead" {
        fn number(&self) -> Option<f64> {
            self.monetary_value
        }
    }
    NewPerson Person PersonId PersonUpdate PersonSearch BulkCreatePeople BulkUpdatePeople "person" {}
    NewCompany Company CompanyId CompanyUpdate CompanySearch BulkCreateCompanies BulkUpdateCompanies "company" {}
}
