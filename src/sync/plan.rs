//! A sync's decision for each record, on plain values: the records of the source, and the leads of
//! Copper as they are read, of which nothing but ids is kept.

use std::collections::BTreeMap;

use super::{
    FieldChange, Policies,
    key::{LeadKey, SyncKey},
    key_index::KeyIndex,
};
use crate::{
    Invalid,
    types::{Lead, LeadId, LeadUpdate, NewLead},
};

/// The records that a sync acts on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scope {
    #[default]
    All,
    /// Leads are created, and none is changed.
    CreateOnly,
    /// Leads are changed, and none is created.
    UpdateOnly,
}

/// The decision for a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Decision {
    Create,
    Update(LeadId),
    Unchanged(LeadId),
    /// Several leads have its key.
    Several(Vec<LeadId>),
    /// Other records of the input have its key: the first of them has this index.
    Duplicate(u64),
    /// A check of the caller's found it invalid.
    Invalid(Invalid),
    /// It has no key.
    NoKey,
    /// A number of it is not finite, and so can't be sent.
    NotFinite(&'static str),
    /// A field of its lead can't be read, and so not be compared.
    Unreadable(LeadId, String),
    /// It differs from its lead, but only new leads are wanted.
    OnlyCreates(LeadId),
    /// It has no lead, but only changes are wanted.
    OnlyUpdates,
}

/// The leads that were found for a record.
#[derive(Clone, Debug, Default, PartialEq)]
enum Found {
    #[default]
    Nothing,
    Same(LeadId),
    Differs(LeadId),
    Unreadable(Box<(LeadId, String)>),
    /// Boxed, as it is rare and there is one of these for each record.
    #[allow(
        clippy::box_collection,
        reason = "a key takes a pointer less, and several leads are rare"
    )]
    Several(Box<Vec<LeadId>>),
    Duplicate(u32),
    Invalid(Box<Invalid>),
    NoKey,
    NotFinite(&'static str),
}

/// A lead whose key can't be read. It may be that of any record, so nobody knows what is to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnreadableKey(pub(super) LeadId);

/// The records of the source, and what is known of their leads.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) records: Vec<NewLead>,
    key: SyncKey,
    policies: Policies,
    index: KeyIndex,
    found: Vec<Found>,
    /// The changes of each record that differs, if they are to be shown.
    changes: Option<BTreeMap<u32, Vec<FieldChange>>>,
    /// The leads that no record has the key of, if they are wanted.
    unmatched: Option<Vec<LeadId>>,
}

impl Comparison {
    /// A record that `check` finds invalid is left alone.
    pub(super) fn new(
        records: Vec<NewLead>,
        key: SyncKey,
        policies: Policies,
        check: impl Fn(u64, &NewLead) -> Result<(), Invalid>,
    ) -> Self {
        let mut index = KeyIndex::with_capacity(records.len());
        let mut found = vec![Found::Nothing; records.len()];
        let is = |place: u32, wanted: &str| has_key(&records, &key, place, wanted);
        for (place, record) in (0..).zip(&records) {
            let state = if let Err(invalid) = check(place.into(), record) {
                Found::Invalid(Box::new(invalid))
            } else {
                match (key.of_record(record), not_finite(record)) {
                    (_, Some(field)) => Found::NotFinite(field),
                    (None, None) => Found::NoKey,
                    (Some(key), None) => match index.enter(&key, place, is) {
                        None => continue,
                        Some(first) => {
                            // Neither of the two is right.
                            if let Some(state) = found.get_mut(first as usize) {
                                *state = Found::Duplicate(first);
                            }
                            Found::Duplicate(first)
                        }
                    },
                }
            };
            if let Some(place) = found.get_mut(place as usize) {
                *place = state;
            }
        }
        Self {
            records,
            key,
            policies,
            index,
            found,
            changes: None,
            unmatched: None,
        }
    }

    /// Keeps the changes of each record, to show them.
    pub(super) fn keeping_changes(mut self) -> Self {
        self.changes = Some(BTreeMap::new());
        self
    }

    /// Keeps the ids of leads that no record has the key of.
    pub(super) fn keeping_unmatched(mut self) -> Self {
        self.unmatched = Some(Vec::new());
        self
    }

    /// The number of different keys.
    pub(super) fn keys(&self) -> u64 {
        self.index.count() as u64
    }

    /// The keys to search for, one by one.
    pub(super) fn key_of(&self, place: usize) -> Option<String> {
        let record = self.records.get(place)?;
        let wanted = matches!(self.found.get(place)?, Found::Nothing);
        wanted.then(|| self.key.of_record(record))?
    }

    /// Takes in a lead of Copper. The same lead may come twice.
    pub(super) fn meet(&mut self, lead: &Lead) -> Result<(), UnreadableKey> {
        let key = match self.key.of_lead(lead) {
            LeadKey::Is(key) => Some(key),
            LeadKey::None => None,
            LeadKey::Unreadable => return Err(UnreadableKey(lead.id)),
        };
        let is = |place: u32, wanted: &str| has_key(&self.records, &self.key, place, wanted);
        let place = key.and_then(|key| self.index.find(&key, is));
        let Some(place) = place else {
            if let Some(unmatched) = &mut self.unmatched {
                unmatched.push(lead.id);
            }
            return Ok(());
        };
        let at = place as usize;
        let (Some(record), Some(found)) = (self.records.get(at), self.found.get_mut(at)) else {
            return Ok(());
        };
        match found {
            Found::Nothing => {
                let update = LeadUpdate::between(lead, record, &self.policies);
                *found = if let Some(field) = unreadable(lead) {
                    Found::Unreadable(Box::new((lead.id, field)))
                } else if update.changes_nothing() {
                    Found::Same(lead.id)
                } else {
                    if let Some(changes) = &mut self.changes {
                        changes.insert(place, update.changes(lead));
                    }
                    Found::Differs(lead.id)
                };
            }
            Found::Same(id) | Found::Differs(id) => {
                if *id != lead.id {
                    *found = Found::Several(Box::new(vec![*id, lead.id]));
                }
            }
            Found::Unreadable(of) => {
                if of.0 != lead.id {
                    *found = Found::Several(Box::new(vec![of.0, lead.id]));
                }
            }
            Found::Several(ids) => {
                if !ids.contains(&lead.id) {
                    ids.push(lead.id);
                }
            }
            Found::Duplicate(_) | Found::Invalid(_) | Found::NoKey | Found::NotFinite(_) => {}
        }
        Ok(())
    }

    /// The decision for each record, once all leads were read.
    pub(super) fn decide(&self, scope: Scope) -> Vec<Decision> {
        let decide = |found: &Found| match (found.clone(), scope) {
            (Found::Nothing, Scope::UpdateOnly) => Decision::OnlyUpdates,
            (Found::Nothing, _) => Decision::Create,
            (Found::Same(id), _) => Decision::Unchanged(id),
            (Found::Differs(id), Scope::CreateOnly) => Decision::OnlyCreates(id),
            (Found::Differs(id), _) => Decision::Update(id),
            (Found::Unreadable(of), _) => {
                let (id, field) = *of;
                Decision::Unreadable(id, field)
            }
            (Found::Several(mut ids), _) => {
                ids.sort_unstable_by_key(|id| id.0);
                Decision::Several(*ids)
            }
            (Found::Duplicate(first), _) => Decision::Duplicate(first.into()),
            (Found::Invalid(invalid), _) => Decision::Invalid(*invalid),
            (Found::NoKey, _) => Decision::NoKey,
            (Found::NotFinite(field), _) => Decision::NotFinite(field),
        };
        self.found.iter().map(decide).collect()
    }

    /// The changes of a record that differs, if they were kept.
    pub(super) fn changes_of(&self, place: usize) -> &[FieldChange] {
        let of_it = u32::try_from(place).ok();
        let changes = self.changes.as_ref();
        let of_it = of_it.and_then(|place| changes?.get(&place));
        of_it.map_or(&[], Vec::as_slice)
    }

    /// The leads that no record has the key of, each once, if they were wanted.
    pub(super) fn unmatched(&self) -> Vec<LeadId> {
        let mut ids = self.unmatched.clone().unwrap_or_default();
        ids.sort_unstable_by_key(|id| id.0);
        ids.dedup();
        ids
    }
}

fn has_key(records: &[NewLead], key: &SyncKey, place: u32, wanted: &str) -> bool {
    let record = records.get(place as usize);
    record.and_then(|record| key.of_record(record)).as_deref() == Some(wanted)
}

/// The field of a record whose number is not finite.
fn not_finite(record: &NewLead) -> Option<&'static str> {
    if record
        .monetary_value
        .is_some_and(|number| !number.is_finite())
    {
        return Some("monetary_value");
    }
    let mut values = record
        .custom_fields
        .iter()
        .filter_map(|field| field.value.as_ref());
    values
        .any(|value| matches!(value, crate::CustomValue::Number(number) if !number.is_finite()))
        .then_some("custom_fields")
}

/// The field of a lead that can't be read, if one can't that a record may name.
fn unreadable(lead: &Lead) -> Option<String> {
    let mut names = lead.extra.keys();
    let known =
        |name: &&String| *name == "custom_fields" || name.parse::<super::SyncField>().is_ok();
    names.find(known).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn lead(id: i64, email: &str, title: &str) -> Lead {
        let lead = json!({"id": id, "name": "Jim", "title": title, "email": {"email": email}});
        serde_json::from_value(lead).expect("a lead")
    }

    fn record(email: &str) -> NewLead {
        NewLead::named("Jim").email(email).title("Clerk")
    }

    fn comparison(records: Vec<NewLead>) -> Comparison {
        Comparison::new(records, SyncKey::Email, Policies::default(), |_, _| Ok(()))
    }

    fn met(mut comparison: Comparison, leads: &[Lead]) -> Comparison {
        for lead in leads {
            comparison.meet(lead).expect("its key can be read");
        }
        comparison
    }

    #[test]
    fn each_record_is_created_changed_or_left_by_what_is_there() {
        let records = vec![
            record("new@x"),
            record("Same@x "),
            record("other@x"),
            NewLead::named("Jim"),
        ];
        let leads = [
            lead(1, "same@X", "Clerk"),
            lead(2, "other@x", "Manager"),
            lead(3, "more@x", ""),
        ];
        let met = met(comparison(records), &leads);
        let (one, two) = (LeadId(1), LeadId(2));
        assert_eq!(
            met.decide(Scope::All),
            [
                Decision::Create,
                Decision::Unchanged(one),
                Decision::Update(two),
                Decision::NoKey
            ]
        );
        assert_eq!(
            met.decide(Scope::CreateOnly),
            [
                Decision::Create,
                Decision::Unchanged(one),
                Decision::OnlyCreates(two),
                Decision::NoKey
            ]
        );
        assert_eq!(
            met.decide(Scope::UpdateOnly),
            [
                Decision::OnlyUpdates,
                Decision::Unchanged(one),
                Decision::Update(two),
                Decision::NoKey
            ]
        );
    }

    #[test]
    fn several_leads_with_one_key_are_named_and_a_lead_that_comes_twice_is_one() {
        let one = lead(1, "a@x", "Clerk");
        let twice = met(comparison(vec![record("a@x")]), &[one.clone(), one.clone()]);
        assert_eq!(twice.decide(Scope::All), [Decision::Unchanged(LeadId(1))]);
        let others = [
            lead(9, "A@x", ""),
            one,
            lead(5, "a@x", "Clerk"),
            lead(9, "A@x", ""),
        ];
        let several = met(comparison(vec![record("a@x")]), &others);
        let ids = [1, 5, 9].map(LeadId).to_vec();
        assert_eq!(several.decide(Scope::All), [Decision::Several(ids)]);
    }

    #[test]
    fn records_with_one_key_are_left_alone_all_of_them() {
        let records = ["a@x", "b@x", "A@x", "a@x "].map(record).to_vec();
        let comparison = comparison(records);
        assert_eq!(comparison.keys(), 2);
        assert_eq!(
            (0..4)
                .filter_map(|place| comparison.key_of(place))
                .collect::<Vec<_>>(),
            ["b@x"]
        );
        let met = met(comparison, &[lead(1, "a@x", "")]);
        let duplicate = Decision::Duplicate(0);
        assert_eq!(
            met.decide(Scope::All),
            [
                duplicate.clone(),
                Decision::Create,
                duplicate.clone(),
                duplicate
            ]
        );
    }

    #[test]
    fn leads_that_the_input_does_not_have_are_told_when_they_are_wanted() {
        let leads = [
            lead(3, "c@x", ""),
            lead(1, "a@x", ""),
            lead(3, "c@x", ""),
            lead(2, "", ""),
        ];
        let wanted = met(comparison(vec![record("a@x")]).keeping_unmatched(), &leads);
        assert_eq!(wanted.unmatched(), [LeadId(2), LeadId(3)]);
        assert!(
            met(comparison(vec![record("a@x")]), &leads)
                .unmatched()
                .is_empty()
        );
    }

    #[test]
    fn changes_are_kept_when_they_are_to_be_shown() {
        let records = vec![record("a@x"), record("b@x")];
        let met = met(
            comparison(records).keeping_changes(),
            &[lead(2, "b@x", "Manager")],
        );
        assert!(met.changes_of(0).is_empty());
        let told: Vec<_> = met.changes_of(1).iter().map(ToString::to_string).collect();
        assert_eq!(told, [r#"title: "Manager" → "Clerk""#]);
    }

    #[test]
    fn what_cannot_be_read_or_sent_is_not_taken_for_the_same() {
        let mut odd = lead(1, "a@x", "Clerk");
        odd.extra.insert("tags".to_owned(), json!(7));
        let unreadable = met(comparison(vec![record("a@x")]), &[odd.clone()]);
        let decision = Decision::Unreadable(LeadId(1), "tags".to_owned());
        assert_eq!(unreadable.decide(Scope::All), [decision]);
        // A field that nobody knows is no obstacle.
        odd.extra = [("mood".to_owned(), Value::Null)].into_iter().collect();
        let readable = met(comparison(vec![record("a@x")]), &[odd.clone()]);
        assert_eq!(
            readable.decide(Scope::All),
            [Decision::Unchanged(LeadId(1))]
        );
        odd.extra = [("email".to_owned(), json!(7))].into_iter().collect();
        odd.email = None;
        assert_eq!(
            comparison(vec![record("a@x")]).meet(&odd),
            Err(UnreadableKey(LeadId(1)))
        );
        let infinite = comparison(vec![record("a@x").monetary_value(f64::INFINITY)]);
        assert_eq!(
            infinite.decide(Scope::All),
            [Decision::NotFinite("monetary_value")]
        );
    }

    #[test]
    fn a_record_that_a_check_finds_invalid_is_left_alone_and_shares_its_key_with_none() {
        let records = vec![record("a@x"), record("a@x")];
        let invalid = || Invalid::new("title", "it is wrong");
        let check = |index, _: &NewLead| if index == 0 { Err(invalid()) } else { Ok(()) };
        let checked = Comparison::new(records, SyncKey::Email, Policies::default(), check);
        assert_eq!(
            checked.decide(Scope::All),
            [Decision::Invalid(invalid()), Decision::Create]
        );
    }

    #[test]
    fn a_record_takes_few_bytes_beside_itself() {
        assert!(size_of::<Found>() <= 24, "{}", size_of::<Found>());
    }
}
