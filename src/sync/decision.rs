//! The decision of a sync for one record, and the actions that it may choose from.

use crate::Invalid;

/// The actions that a sync may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scope {
    #[default]
    All,
    /// It creates records, and changes none.
    CreateOnly,
    /// It changes records, and creates none.
    UpdateOnly,
}

/// The decision for a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Decision<Id> {
    Create,
    Update(Id),
    Unchanged(Id),
    /// Several records in Copper have its key. These are their ids.
    Several(Vec<Id>),
    /// Several records of the input have its key. These are the index of the first of them, and that of another one.
    Duplicate(u64, u64),
    /// It and another record of the input match the same record in Copper. This is the id, and the index of the other
    /// one.
    Shared(Id, u64),
    /// The caller's check found it invalid.
    Invalid(Invalid),
    /// It has no key.
    NoKey,
    /// A number in this field is not finite, so it can't be sent.
    NotFinite(&'static str),
    /// A field of its record in Copper can't be read, so it can't be compared.
    Unreadable(Id, String),
    /// It differs from its record in Copper, but the sync only creates records.
    OnlyCreates(Id),
    /// It is not in Copper, but the sync only changes records.
    OnlyUpdates,
}

/// The reason why a create that an earlier start began is not sent in this one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Withheld {
    /// Others have created a record with its key since then.
    Taken,
    /// This start only changes records.
    OnlyUpdates,
    /// The caller's check finds it invalid in this start.
    Invalid(Invalid),
}
