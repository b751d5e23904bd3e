//! What the sandbox holds: records by kind, in the order of their creation. It knows nothing of HTTP,
//! and of a record only its id and what no two may share. Every change goes through one place, which
//! keeps what was there before, so that a fault can undo what its answer denies.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::{chance::Chance, kinds::Kind};

/// The id that the documented example gives its first lead.
const FIRST_ID: i64 = 13_244_480;

/// One Copper account.
#[derive(Debug)]
pub(super) struct Account {
    next_id: i64,
    records: BTreeMap<&'static str, BTreeMap<i64, Held>>,
    /// Who has what no other record of its kind may have.
    owners: BTreeMap<(&'static str, String), i64>,
    /// What was there before, for each change of the present operation.
    before: Vec<(&'static Kind, i64, Option<Held>)>,
    lag: Lag,
    statuses: Vec<(i64, String)>,
    sources: Vec<(i64, String)>,
}

/// A record, and what no answer says of it.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) record: Map<String, Value>,
    /// When its status last changed, in unix seconds.
    pub(super) status_changed: u64,
    /// From when on a search finds it; never, if there is no such time.
    searchable: Option<Instant>,
}

impl Held {
    /// The same with other fields.
    pub(super) fn with(self, record: Map<String, Value>) -> Self {
        Self { record, ..self }
    }
}

/// How long it takes until a search finds a new record.
#[derive(Debug)]
pub(super) struct Lag {
    pub(super) shortest: Duration,
    pub(super) longest: Duration,
    /// Its own, so that the order of the creations alone decides which record gets which lag.
    pub(super) chance: Chance,
}

impl Account {
    /// An empty account with the statuses and sources of Copper's examples, and the given ones. The
    /// first status is the default.
    pub(super) fn new(
        lag: Lag,
        more_statuses: Vec<(i64, String)>,
        more_sources: Vec<(i64, String)>,
    ) -> Self {
        let statuses = [
            (208_231, "New"),
            (208_232, "Open"),
            (208_233, "Unqualified"),
            (208_234, "Junk"),
        ];
        let sources = [
            (331_240, "Email"),
            (331_241, "Cold Call"),
            (331_242, "Advertising"),
        ];
        let with = |documented: &[(i64, &str)], more| {
            let documented = documented.iter();
            let documented = documented.map(|(id, name)| (*id, (*name).to_owned()));
            documented.chain(more).collect()
        };
        Self {
            next_id: FIRST_ID,
            records: BTreeMap::new(),
            owners: BTreeMap::new(),
            before: Vec::new(),
            lag,
            statuses: with(&statuses, more_statuses),
            sources: with(&sources, more_sources),
        }
    }

    /// Makes a record of what `build` says of its id and of the time, in unix seconds.
    pub(super) fn create(
        &mut self,
        kind: &'static Kind,
        build: impl FnOnce(&Self, i64, u64) -> Map<String, Value>,
    ) -> Value {
        let id = self.next_id;
        // Ids only rise, so the order of the ids is the order of creation.
        self.next_id = self.next_id.saturating_add(1);
        let now = unix_now();
        let held = Held {
            record: build(self, id, now),
            status_changed: now,
            searchable: Instant::now().checked_add(self.lag.draw()),
        };
        let record = Value::Object(held.record.clone());
        self.put(kind, id, Some(held));
        record
    }

    /// Changes a record, if there is one by that id.
    pub(super) fn change(
        &mut self,
        kind: &'static Kind,
        id: i64,
        change: impl FnOnce(&Self, &mut Map<String, Value>, u64),
    ) -> Option<Value> {
        let mut held = self.held(kind, id)?.clone();
        let (now, status) = (unix_now(), held.record.get("status_id").cloned());
        change(self, &mut held.record, now);
        if held.record.get("status_id") != status.as_ref() {
            held.status_changed = now;
        }
        let record = Value::Object(held.record.clone());
        self.put(kind, id, Some(held));
        Some(record)
    }

    /// Removes a record, and gives what was there.
    pub(super) fn remove(&mut self, kind: &'static Kind, id: i64) -> Option<Held> {
        let held = self.held(kind, id)?.clone();
        self.put(kind, id, None);
        Some(held)
    }

    /// Makes what an id of a kind stands for this record, or nothing. Everything that changes does here.
    pub(super) fn put(&mut self, kind: &'static Kind, id: i64, held: Option<Held>) {
        let after: Vec<_> = held
            .as_ref()
            .map_or_else(Vec::new, |held| (kind.unique)(&held.record));
        let records = self.records.entry(kind.name).or_default();
        let before = match held {
            Some(held) => records.insert(id, held),
            None => records.remove(&id),
        };
        for key in before
            .as_ref()
            .map_or_else(Vec::new, |held| (kind.unique)(&held.record))
        {
            let key = (kind.name, key);
            if self.owners.get(&key) == Some(&id) {
                self.owners.remove(&key);
            }
        }
        for key in after {
            self.owners.insert((kind.name, key), id);
        }
        self.before.push((kind, id, before));
    }

    /// Forgets how things were before the operation that begins.
    pub(super) fn begin(&mut self) {
        self.before.clear();
    }

    /// Undoes what the operation has done: to the record by this id, or all of it. Ids are given once,
    /// whatever the kind.
    pub(super) fn undo(&mut self, id: Option<i64>) {
        for (kind, changed, before) in std::mem::take(&mut self.before).into_iter().rev() {
            if id.is_none_or(|id| id == changed) {
                self.put(kind, changed, before);
            }
        }
        self.before.clear();
    }

    pub(super) fn held(&self, kind: &Kind, id: i64) -> Option<&Held> {
        self.records.get(kind.name)?.get(&id)
    }

    pub(super) fn get(&self, kind: &Kind, id: i64) -> Option<&Map<String, Value>> {
        Some(&self.held(kind, id)?.record)
    }

    /// All records of a kind, in the order of their creation.
    pub(super) fn all(&self, kind: &Kind) -> impl Iterator<Item = &Map<String, Value>> {
        self.all_held(kind).map(|held| &held.record)
    }

    /// All records of a kind that a search finds by now.
    pub(super) fn searchable(&self, kind: &Kind) -> impl Iterator<Item = &Held> {
        let now = Instant::now();
        self.all_held(kind)
            .filter(move |held| held.searchable.is_some_and(|from| from <= now))
    }

    fn all_held(&self, kind: &Kind) -> impl Iterator<Item = &Held> {
        self.records
            .get(kind.name)
            .into_iter()
            .flat_map(BTreeMap::values)
    }

    pub(super) fn count(&self, kind: &Kind) -> usize {
        self.records.get(kind.name).map_or(0, BTreeMap::len)
    }

    /// The record that has what no other of its kind may have.
    pub(super) fn owner(&self, kind: &Kind, key: &str) -> Option<i64> {
        self.owners.get(&(kind.name, key.to_owned())).copied()
    }

    /// The statuses, as Copper lists them.
    pub(super) fn statuses(&self) -> Value {
        let list = self.statuses.iter().enumerate();
        list.map(|(n, (id, name))| json!({ "id": id, "name": name, "order": n + 1, "is_default": n == 0 })).collect()
    }

    /// The customer sources, as Copper lists them.
    pub(super) fn sources(&self) -> Value {
        let list = self.sources.iter();
        list.map(|(id, name)| json!({ "id": id, "name": name }))
            .collect()
    }

    /// A status by its id, or the default one.
    pub(super) fn status(&self, id: Option<i64>) -> Option<(i64, &str)> {
        let mut statuses = self.statuses.iter();
        let status = match id {
            Some(id) => statuses.find(|(known, _)| *known == id),
            None => statuses.next(),
        };
        status.map(|(id, name)| (*id, name.as_str()))
    }
}

impl Lag {
    fn draw(&mut self) -> Duration {
        self.chance.between(self.shortest, self.longest)
    }
}

/// The time as Copper writes it.
pub(super) fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
