//! The kinds of records that can be synced, and the differences between them.

use copper_crm::{
    Copper,
    sync::{Sync as Settings, SyncRecord, SyncRun},
    types::{Address, NewCompany, NewLead, NewPerson},
};

use crate::{criteria::Criteria, records::record::FromRecord};

/// A record of a file that can be synced.
pub trait Kind: SyncRecord<Search: Criteria> + FromRecord {
    fn sync<'i>(
        copper: &Copper,
        records: impl Iterator<Item = Self> + Send + 'i,
        settings: Settings<Self>,
    ) -> SyncRun<'i, Self>;
    /// The settings of a sync by e-mail address, if this kind has addresses.
    fn by_email() -> Option<Settings<Self>> {
        None
    }
    /// The settings of a sync by another field of the record, if that field can be the key.
    fn by_field(_: &str) -> Option<Settings<Self>> {
        None
    }
    fn address(&mut self) -> &mut Option<Address>;
}

macro_rules! kinds {
    ($($record:ident $sync:ident { $($more:item)* })*) => {$(
        impl Kind for $record {
            fn sync<'i>(
                copper: &Copper,
                records: impl Iterator<Item = Self> + Send + 'i,
                settings: Settings<Self>,
            ) -> SyncRun<'i, Self> {
                copper.$sync(records, settings)
            }

            fn address(&mut self) -> &mut Option<Address> {
                &mut self.address
            }

            $($more)*
        }
    )*};
}

kinds! {
    NewLead sync_leads {
        fn by_email() -> Option<Settings<Self>> {
            Some(Settings::by_email())
        }
    }
    NewPerson sync_people {
        fn by_email() -> Option<Settings<Self>> {
            Some(Settings::by_email())
        }
    }
    NewCompany sync_companies {
        fn by_field(name: &str) -> Option<Settings<Self>> {
            match name {
                "name" => Some(Settings::by_name()),
                "email_domain" => Some(Settings::by_email_domain()),
                _ => None,
            }
        }
    }
}
