//! The account: a store of records by table, in the order of their creation, with an undo log.
//!
//! It knows nothing of HTTP and nothing of a record but its id and its unique keys. Every change goes
//! through [`Account::put`], which logs the previous record, so that a fault can undo what its response
//! denies.

pub(crate) mod lookups;
mod stored;
mod table;

pub(crate) use lookups::Lookups;
pub(crate) use stored::{SearchLag, Stored};
pub(crate) use table::{Fields, Table};

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use tokio::time::Instant;

/// The id of the first lead in the documented example.
const FIRST_ID: i64 = 13_244_480;

/// One Copper account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) lookups: Lookups,
    next_id: i64,
    tables: BTreeMap<&'static str, BTreeMap<i64, Stored>>,
    /// The record that owns each unique key.
    owners: BTreeMap<(&'static str, String), i64>,
    /// The undo log of the current operation: the previous record of each change.
    undo_log: Vec<(&'static Table, i64, Option<Stored>)>,
    search_lag: SearchLag,
}

impl Account {
    /// An account without records.
    pub(crate) fn new(search_lag: SearchLag, lookups: Lookups) -> Self {
        Self {
            lookups,
            next_id: FIRST_ID,
            tables: BTreeMap::new(),
            owners: BTreeMap::new(),
            undo_log: Vec::new(),
            search_lag,
        }
    }

    /// Creates a record. `build` makes its fields from its id and the time, in Unix seconds.
    pub(crate) fn create(
        &mut self,
        table: &'static Table,
        build: impl FnOnce(&Self, i64, u64) -> Fields,
    ) -> Value {
        let id = self.next_id;
        // Ids only rise, so the order of the ids is the order of creation.
        self.next_id = self.next_id.saturating_add(1);
        let now = unix_now();
        let stored = Stored {
            record: build(self, id, now),
            status_changed: now,
            searchable: Instant::now().checked_add(self.search_lag.draw()),
        };
        let record = Value::Object(stored.record.clone());
        self.put(table, id, Some(stored));
        record
    }

    /// Changes a record, and returns it. `None` if there is no record with this id.
    pub(crate) fn change(
        &mut self,
        table: &'static Table,
        id: i64,
        change: impl FnOnce(&Self, &mut Fields, u64),
    ) -> Option<Value> {
        let mut stored = self.stored(table, id)?.clone();
        let (now, status) = (unix_now(), stored.record.get("status_id").cloned());
        change(self, &mut stored.record, now);
        if stored.record.get("status_id") != status.as_ref() {
            stored.status_changed = now;
        }
        let record = Value::Object(stored.record.clone());
        self.put(table, id, Some(stored));
        Some(record)
    }

    /// Removes a record, and returns it.
    pub(crate) fn remove(&mut self, table: &'static Table, id: i64) -> Option<Stored> {
        let stored = self.stored(table, id)?.clone();
        self.put(table, id, None);
        Some(stored)
    }

    /// Stores a record under an id, or removes it with `None`. The only place that changes records.
    pub(crate) fn put(&mut self, table: &'static Table, id: i64, stored: Option<Stored>) {
        let keys = |stored: &Option<Stored>| {
            stored
                .as_ref()
                .map_or_else(Vec::new, |stored| (table.unique)(&stored.record))
        };
        let after = keys(&stored);
        let records = self.tables.entry(table.name).or_default();
        let before = match stored {
            Some(stored) => records.insert(id, stored),
            None => records.remove(&id),
        };
        for key in keys(&before) {
            let key = (table.name, key);
            if self.owners.get(&key) == Some(&id) {
                self.owners.remove(&key);
            }
        }
        for key in after {
            self.owners.insert((table.name, key), id);
        }
        self.undo_log.push((table, id, before));
    }

    /// Begins an operation: clears the undo log of the previous one.
    pub(crate) fn begin(&mut self) {
        self.undo_log.clear();
    }

    /// Undoes the changes of the current operation: those of one record, or all. An id is never given
    /// twice, not even in two tables.
    pub(crate) fn undo(&mut self, id: Option<i64>) {
        for (table, changed, before) in std::mem::take(&mut self.undo_log).into_iter().rev() {
            if id.is_none_or(|id| id == changed) {
                self.put(table, changed, before);
            }
        }
        self.undo_log.clear();
    }

    fn stored(&self, table: &Table, id: i64) -> Option<&Stored> {
        self.tables.get(table.name)?.get(&id)
    }

    pub(crate) fn get(&self, table: &Table, id: i64) -> Option<&Fields> {
        Some(&self.stored(table, id)?.record)
    }

    /// All records of a table, in the order of their creation.
    pub(crate) fn all(&self, table: &Table) -> impl Iterator<Item = &Fields> {
        self.all_stored(table).map(|stored| &stored.record)
    }

    /// The records of a table that a search finds by now, in the order of their creation: all, or those with
    /// these ids.
    pub(crate) fn searchable(
        &self,
        table: &'static Table,
        ids: Option<Vec<i64>>,
    ) -> impl Iterator<Item = &Stored> {
        let now = Instant::now();
        let ids: Option<BTreeSet<i64>> = ids.map(|ids| ids.into_iter().collect());
        let of_all = ids.is_none().then(|| self.all_stored(table));
        let of_ids = ids.into_iter().flatten();
        let of_ids = of_ids.filter_map(|id| self.stored(table, id));
        let found = of_all.into_iter().flatten().chain(of_ids);
        found.filter(move |stored| stored.searchable.is_some_and(|from| from <= now))
    }

    fn all_stored(&self, table: &Table) -> impl Iterator<Item = &Stored> {
        self.tables
            .get(table.name)
            .into_iter()
            .flat_map(BTreeMap::values)
    }

    pub(crate) fn count(&self, table: &Table) -> usize {
        self.tables.get(table.name).map_or(0, BTreeMap::len)
    }

    /// The id of the record that has this unique key.
    pub(crate) fn owner(&self, table: &Table, key: &str) -> Option<i64> {
        self.owners.get(&(table.name, key.to_owned())).copied()
    }
}

/// The current time as Copper writes it: Unix seconds.
pub(crate) fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
