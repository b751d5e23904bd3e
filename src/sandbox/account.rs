//! What the sandbox holds: records by kind, in the order of their creation. It knows nothing of HTTP,
//! and of a record only that it has an id.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Map, Value, json};

/// The id that the documented example gives its first lead.
const FIRST_ID: i64 = 13_244_480;

/// One Copper account.
#[derive(Debug)]
pub(super) struct Account {
    next_id: i64,
    records: BTreeMap<&'static str, BTreeMap<i64, Value>>,
    statuses: Vec<(i64, String)>,
}

impl Account {
    /// An empty account with the statuses of Copper's example, the first of them the default.
    pub(super) fn new(more_statuses: Vec<(i64, String)>) -> Self {
        let documented = [
            (208_231, "New"),
            (208_232, "Open"),
            (208_233, "Unqualified"),
            (208_234, "Junk"),
        ];
        let mut statuses: Vec<_> = documented
            .into_iter()
            .map(|(id, name)| (id, name.to_owned()))
            .collect();
        statuses.extend(more_statuses);
        Self {
            next_id: FIRST_ID,
            records: BTreeMap::new(),
            statuses,
        }
    }

    /// Makes a record of what `build` says of its id and of the time, in unix seconds.
    pub(super) fn create(
        &mut self,
        kind: &'static str,
        build: impl FnOnce(i64, u64) -> Map<String, Value>,
    ) -> Value {
        let id = self.next_id;
        // Ids only rise, so the order of the ids is the order of creation.
        self.next_id = self.next_id.saturating_add(1);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let record = Value::Object(build(id, now));
        self.records
            .entry(kind)
            .or_default()
            .insert(id, record.clone());
        record
    }

    pub(super) fn get(&self, kind: &str, id: i64) -> Option<&Value> {
        self.records.get(kind)?.get(&id)
    }

    /// All records of a kind, in the order of their creation.
    pub(super) fn all(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.records
            .get(kind)
            .into_iter()
            .flat_map(BTreeMap::values)
    }

    pub(super) fn count(&self, kind: &str) -> usize {
        self.records.get(kind).map_or(0, BTreeMap::len)
    }

    /// Undoes a creation. Ids are given once, whatever the kind.
    pub(super) fn remove_everywhere(&mut self, id: Option<i64>) {
        if let Some(id) = id {
            self.records
                .values_mut()
                .for_each(|records| drop(records.remove(&id)));
        }
    }

    /// The statuses, as Copper lists them.
    pub(super) fn statuses(&self) -> Value {
        let list = self.statuses.iter().enumerate();
        list.map(|(n, (id, name))| json!({ "id": id, "name": name, "order": n + 1, "is_default": n == 0 })).collect()
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
