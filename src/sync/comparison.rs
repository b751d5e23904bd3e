//! The comparison of all records of the source with those of Copper as they are read, on plain values. It has the decision
//! for each record. Of the records of Copper, only the ids are kept.

use std::collections::BTreeMap;

use super::{
    FieldChange, Policies, SyncRecord,
    decision::{Decision, Scope, Withheld},
    key::{FoundKeys, SyncKey},
    key_index::KeyIndex,
    policies::RecordPolicies,
    records::Records,
};
use crate::{CustomValue, Invalid, item::Record};

/// The result of reading Copper for one record of the input. It is kept small, because each record has one; rare
/// contents are boxed.
#[derive(Clone, Debug, Default, PartialEq)]
enum Found<Id> {
    #[default]
    Nothing,
    Same(Id),
    Differs(Id),
    Unreadable(Box<(Id, String)>),
    #[allow(
        clippy::box_collection,
        reason = "a key takes a pointer less, and several records are rare"
    )]
    Several(Box<Vec<Id>>),
    /// The first record with its key, and another one.
    Duplicate(u32, u32),
    Shared(Box<(Id, u32)>),
    Invalid(Box<Invalid>),
    NoKey,
    /// The record has a number that is not finite, in its own field or in a custom field.
    NotFinite {
        custom: bool,
    },
    /// An earlier start began to create it. The journal knows its outcome.
    Begun,
}

impl<Id> Found<Id> {
    /// True if the records in Copper decide about the record. It is left alone in any other case.
    fn is_open(&self) -> bool {
        match self {
            Self::Nothing
            | Self::Same(_)
            | Self::Differs(_)
            | Self::Unreadable(_)
            | Self::Several(_) => true,
            Self::Duplicate(..)
            | Self::Shared(_)
            | Self::Invalid(_)
            | Self::NoKey
            | Self::NotFinite { .. }
            | Self::Begun => false,
        }
    }
}

/// The difference between a record and the record in Copper that it matches.
pub(super) enum Difference<Changes> {
    /// This field of the record in Copper can't be read, so they can't be compared.
    Unreadable(String),
    Nothing,
    Changes(Changes),
}

/// A record in Copper whose key can't be read. Any record of the input may match it, so the sync can't decide which
/// ones to create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnreadableKey(pub(super) i64);

/// The records of the source, and the results for them from the records of Copper.
#[derive(Debug)]
pub(super) struct Comparison<R: SyncRecord> {
    pub(super) records: Records<R>,
    key: SyncKey<R>,
    policies: RecordPolicies,
    index: KeyIndex,
    found: Vec<Found<R::Id>>,
    /// The changes of each record that differs, if a plan shows them.
    changes: Option<BTreeMap<u32, Vec<FieldChange>>>,
    /// The ids of records in Copper that match no record of the input, if the caller asked for them.
    unmatched: Option<Vec<R::Id>>,
}

impl<R: SyncRecord> Comparison<R> {
    /// Records that `check` finds invalid are left alone.
    pub(super) fn new(
        records: Records<R>,
        key: SyncKey<R>,
        policies: impl Into<RecordPolicies>,
        check: impl Fn(u64, &R) -> Result<(), Invalid>,
    ) -> Self {
        let mut index = KeyIndex::with_capacity(records.count());
        let mut found = vec![Found::Nothing; records.count()];
        for (place, record) in (0..).zip(records.each()) {
            // The input has the key of a record even if the record is not sent: no other record with this key is sent,
            // and its record in Copper is not unmatched.
            let keys = key.of_record(record);
            let shared = match keys.is_empty() {
                true => Found::NoKey,
                false => enter(&mut index, &mut found, (&records, &key), place, &keys),
            };
            let state = if let Err(invalid) = check(place.into(), record) {
                Found::Invalid(Box::new(invalid))
            } else if let Some(custom) = not_finite(record) {
                Found::NotFinite { custom }
            } else {
                shared
            };
            if let Some(place) = found.get_mut(place as usize) {
                *place = state;
            }
        }
        Self {
            records,
            key,
            policies: policies.into(),
            index,
            found,
            changes: None,
            unmatched: None,
        }
    }

    /// The difference between the record at this place and this record in Copper. None if there is no such place.
    pub(super) fn difference(
        &self,
        place: usize,
        found: &R::Found,
    ) -> Option<Difference<R::Changes>> {
        let policies = self.policies.of(place as u64);
        Some(difference(self.records.get(place)?, found, &policies))
    }

    /// Keeps the changes of each record, to show them.
    pub(super) fn keeping_changes(mut self) -> Self {
        self.changes = Some(BTreeMap::new());
        self
    }

    /// Keeps the ids of records in Copper that match no record of the input.
    pub(super) fn keeping_unmatched(mut self) -> Self {
        self.unmatched = Some(Vec::new());
        self
    }

    /// Frees the memory of the keys, once Copper is read.
    pub(super) fn forget_keys(&mut self) {
        self.index = KeyIndex::default();
    }

    /// The number of different keys; 0 if no record can be sent.
    pub(super) fn keys(&self) -> u64 {
        match self.found.contains(&Found::Nothing) {
            true => self.index.count() as u64,
            false => 0,
        }
    }

    /// The keys of a record to search for, one by one. Empty for a record that is left alone in any case.
    pub(super) fn keys_of(&self, place: usize) -> Vec<String> {
        let is_open = self.found.get(place).is_some_and(Found::is_open);
        match self.records.get(place).filter(|_| is_open) {
            Some(record) => self.key.of_record(record),
            None => Vec::new(),
        }
    }

    /// Compares a record of Copper with the record of the input that it matches. The same record may come twice.
    pub(super) fn meet(&mut self, record: &R::Found) -> Result<(), UnreadableKey> {
        let FoundKeys::Are(keys) = self.key.of_found(record) else {
            return Err(UnreadableKey(record.id()));
        };
        let is = |place: u32, wanted: &str| has_key(&self.records, &self.key, place, wanted);
        let places = keys.iter().filter_map(|key| self.index.find(key, is));
        let mut places: Vec<u32> = places.collect();
        places.sort_unstable();
        places.dedup();
        match places.as_slice() {
            [] => {
                if let Some(unmatched) = &mut self.unmatched {
                    unmatched.push(R::id_of(record));
                }
            }
            [place] => self.meet_at(*place, record),
            [first, second, ..] => {
                for place in &places {
                    let other = if place == first { *second } else { *first };
                    self.share(*place, R::id_of(record), other);
                }
            }
        }
        Ok(())
    }

    fn meet_at(&mut self, place: u32, record: &R::Found) {
        let at = place as usize;
        let (Some(wanted), Some(found)) = (self.records.get(at), self.found.get_mut(at)) else {
            return;
        };
        let id = R::id_of(record);
        match found {
            Found::Nothing => {
                let policies = self.policies.of(place.into());
                *found = match difference(wanted, record, &policies) {
                    Difference::Unreadable(field) => Found::Unreadable(Box::new((id, field))),
                    Difference::Nothing => Found::Same(id),
                    Difference::Changes(changes) => {
                        if let Some(shown) = &mut self.changes {
                            shown.insert(place, R::changes(&changes, record));
                        }
                        Found::Differs(id)
                    }
                };
            }
            Found::Same(other) | Found::Differs(other) => {
                if *other != id {
                    *found = Found::Several(Box::new(vec![*other, id]));
                }
            }
            Found::Unreadable(of) => {
                if of.0 != id {
                    *found = Found::Several(Box::new(vec![of.0, id]));
                }
            }
            Found::Several(ids) => {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            Found::Duplicate(..)
            | Found::Shared(_)
            | Found::Invalid(_)
            | Found::NoKey
            | Found::NotFinite { .. }
            | Found::Begun => {}
        }
    }

    /// Two records of the input match the same record in Copper, so neither is sent.
    fn share(&mut self, place: u32, id: R::Id, other: u32) {
        let found = self.found.get_mut(place as usize);
        if let Some(found) = found.filter(|found| found.is_open()) {
            *found = Found::Shared(Box::new((id, other)));
        }
    }

    /// Notes that an earlier start began to create this record. Returns the reason not to send it now, if there is one.
    pub(super) fn begin(&mut self, place: usize, scope: Scope) -> Option<Withheld> {
        let found = self.found.get_mut(place)?;
        match (std::mem::replace(found, Found::Begun), scope) {
            (Found::Nothing, Scope::UpdateOnly) => Some(Withheld::OnlyUpdates),
            // A run never sends a number that is not finite.
            (Found::Nothing | Found::NotFinite { .. } | Found::Begun, _) => None,
            (Found::Invalid(invalid), _) => Some(Withheld::Invalid(*invalid)),
            _ => Some(Withheld::Taken),
        }
    }

    /// Rejects records to create that have no name, because Copper refuses them. A record that is in Copper needs none.
    /// It is for the time when Copper is read.
    pub(super) fn reject_nameless(&mut self, scope: Scope) {
        if scope == Scope::UpdateOnly {
            return;
        }
        for (found, record) in self.found.iter_mut().zip(self.records.each()) {
            if *found == Found::Nothing && record.name().trim().is_empty() {
                let rule = format!("it is blank, and a new {} needs one", R::NOUN);
                *found = Found::Invalid(Box::new(Invalid::new("name", rule)));
            }
        }
    }

    /// The decision for a record, once all of Copper is read. None if an earlier start began to create it.
    pub(super) fn decide(&self, place: usize, scope: Scope) -> Option<Decision<R::Id>> {
        Some(match (self.found.get(place)?, scope) {
            (Found::Begun, _) => return None,
            (Found::Nothing, Scope::UpdateOnly) => Decision::OnlyUpdates,
            (Found::Nothing, _) => Decision::Create,
            (Found::Same(id), _) => Decision::Unchanged(*id),
            (Found::Differs(id), Scope::CreateOnly) => Decision::OnlyCreates(*id),
            (Found::Differs(id), _) => Decision::Update(*id),
            (Found::Unreadable(of), _) => Decision::Unreadable(of.0, of.1.clone()),
            (Found::Several(ids), _) => {
                let mut ids = ids.to_vec();
                ids.sort_unstable();
                Decision::Several(ids)
            }
            (Found::Duplicate(first, other), _) => {
                Decision::Duplicate((*first).into(), (*other).into())
            }
            (Found::Shared(of), _) => Decision::Shared(of.0, of.1.into()),
            (Found::Invalid(invalid), _) => Decision::Invalid(Invalid::clone(invalid)),
            (Found::NoKey, _) => Decision::NoKey,
            (Found::NotFinite { custom: true }, _) => Decision::NotFinite("custom_fields"),
            (Found::NotFinite { custom: false }, _) => Decision::NotFinite("monetary_value"),
        })
    }

    /// The changes of a record that differs, if they are kept.
    pub(super) fn changes_of(&self, place: usize) -> &[FieldChange] {
        let of_it = u32::try_from(place).ok();
        let changes = self.changes.as_ref();
        let of_it = of_it.and_then(|place| changes?.get(&place));
        of_it.map_or(&[], Vec::as_slice)
    }

    /// Takes the ids of records in Copper that match no record of the input, each once, if they are kept.
    pub(super) fn take_unmatched(&mut self) -> Vec<R::Id> {
        let mut ids = self.unmatched.take().unwrap_or_default();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// Adds the keys of a record to the index, and returns the first result for the record. If records share a key, none of
/// them is sent.
fn enter<R: SyncRecord>(
    index: &mut KeyIndex,
    found: &mut [Found<R::Id>],
    (records, key): (&Records<R>, &SyncKey<R>),
    place: u32,
    keys: &[String],
) -> Found<R::Id> {
    let is = |place: u32, wanted: &str| has_key(records, key, place, wanted);
    let mut state = Found::Nothing;
    for key in keys {
        let Some(first) = index.enter(key, place, is) else {
            continue;
        };
        if let Some(state @ Found::Nothing) = found.get_mut(first as usize) {
            *state = Found::Duplicate(first, place);
        }
        if state == Found::Nothing {
            state = Found::Duplicate(first, first);
        }
    }
    state
}

fn has_key<R: SyncRecord>(
    records: &Records<R>,
    key: &SyncKey<R>,
    place: u32,
    wanted: &str,
) -> bool {
    let record = records.get(place as usize);
    record.is_some_and(|record| key.of_record(record).iter().any(|key| key == wanted))
}

/// Checks that all numbers of a record are finite. Returns false if its own number is not, true if a number of a custom
/// field is not, and None if all are.
fn not_finite(record: &impl SyncRecord) -> Option<bool> {
    if record.number().is_some_and(|number| !number.is_finite()) {
        return Some(false);
    }
    let fields = record.custom_fields().iter();
    let mut values = fields.filter_map(|field| field.value.as_ref());
    values
        .any(|value| matches!(value, CustomValue::Number(number) if !number.is_finite()))
        .then_some(true)
}

fn difference<R: SyncRecord>(
    wanted: &R,
    found: &R::Found,
    policies: &Policies,
) -> Difference<R::Changes> {
    if let Some(field) = unreadable(found) {
        return Difference::Unreadable(field);
    }
    let changes = wanted.between(found, policies);
    match R::is_nothing(&changes) {
        true => Difference::Nothing,
        false => Difference::Changes(changes),
    }
}

/// The name of a field of a record in Copper that the input may name, but that can't be read.
fn unreadable(found: &impl Record) -> Option<String> {
    let mut names = found.extra().keys();
    let known =
        |name: &&String| *name == "custom_fields" || name.parse::<super::SyncField>().is_ok();
    names.find(known).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::key_field::HasEmail, *};
    use crate::types::{Lead, LeadId, NewLead, NewPerson, Person, PersonId};

    fn lead(id: i64, email: &str, title: &str) -> Lead {
        let lead = json!({"id": id, "name": "Jim", "title": title, "email": {"email": email}});
        serde_json::from_value(lead).expect("a lead")
    }

    fn record(email: &str) -> NewLead {
        NewLead::named("Jim").email(email).title("Clerk")
    }

    fn comparison(records: Vec<NewLead>) -> Comparison<NewLead> {
        checked(records, |_, _| Ok(()))
    }

    fn checked(
        records: Vec<NewLead>,
        check: impl Fn(u64, &NewLead) -> Result<(), Invalid>,
    ) -> Comparison<NewLead> {
        let records = records.into_iter().collect();
        let key = SyncKey::Field(NewLead::EMAIL);
        Comparison::new(records, key, Policies::default(), check)
    }

    fn decide<R: SyncRecord>(comparison: &Comparison<R>, scope: Scope) -> Vec<Decision<R::Id>> {
        let places = 0..comparison.records.count();
        places
            .filter_map(|place| comparison.decide(place, scope))
            .collect()
    }

    fn met(mut comparison: Comparison<NewLead>, leads: &[Lead]) -> Comparison<NewLead> {
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
            decide(&met, Scope::All),
            [
                Decision::Create,
                Decision::Unchanged(one),
                Decision::Update(two),
                Decision::NoKey
            ]
        );
        assert_eq!(
            decide(&met, Scope::CreateOnly),
            [
                Decision::Create,
                Decision::Unchanged(one),
                Decision::OnlyCreates(two),
                Decision::NoKey
            ]
        );
        assert_eq!(
            decide(&met, Scope::UpdateOnly),
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
        assert_eq!(decide(&twice, Scope::All), [Decision::Unchanged(LeadId(1))]);
        let others = [
            lead(9, "A@x", ""),
            one,
            lead(5, "a@x", "Clerk"),
            lead(9, "A@x", ""),
        ];
        let several = met(comparison(vec![record("a@x")]), &others);
        let ids = [1, 5, 9].map(LeadId).to_vec();
        assert_eq!(decide(&several, Scope::All), [Decision::Several(ids)]);
    }

    #[test]
    fn records_with_one_key_are_left_alone_all_of_them() {
        let records = ["a@x", "b@x", "A@x", "a@x "].map(record).to_vec();
        let comparison = comparison(records);
        assert_eq!(comparison.keys(), 2);
        let open: Vec<_> = (0..4).flat_map(|place| comparison.keys_of(place)).collect();
        assert_eq!(open, ["b@x"]);
        let met = met(comparison, &[lead(1, "a@x", "")]);
        assert_eq!(
            decide(&met, Scope::All),
            [
                Decision::Duplicate(0, 2),
                Decision::Create,
                Decision::Duplicate(0, 0),
                Decision::Duplicate(0, 0)
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
        let mut wanted = met(comparison(vec![record("a@x")]).keeping_unmatched(), &leads);
        assert_eq!(wanted.take_unmatched(), [LeadId(2), LeadId(3)]);
        let mut unwanted = met(comparison(vec![record("a@x")]), &leads);
        assert!(unwanted.take_unmatched().is_empty());
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
        assert_eq!(decide(&unreadable, Scope::All), [decision]);
        // An unknown field does not prevent a comparison.
        odd.extra = [("mood".to_owned(), Value::Null)].into_iter().collect();
        let readable = met(comparison(vec![record("a@x")]), &[odd.clone()]);
        assert_eq!(
            decide(&readable, Scope::All),
            [Decision::Unchanged(LeadId(1))]
        );
        odd.extra = [("email".to_owned(), json!(7))].into_iter().collect();
        odd.email = None;
        assert_eq!(
            comparison(vec![record("a@x")]).meet(&odd),
            Err(UnreadableKey(1))
        );
        let infinite = comparison(vec![record("a@x").monetary_value(f64::INFINITY)]);
        assert_eq!(
            decide(&infinite, Scope::All),
            [Decision::NotFinite("monetary_value")]
        );
    }

    #[test]
    fn a_record_that_is_not_sent_still_has_its_key() {
        let infinite = || record("c@x").monetary_value(f64::INFINITY);
        let records = vec![
            record("a@x"),
            record("a@x"),
            record("b@x"),
            record("c@x"),
            infinite(),
            record("d@x"),
        ];
        let invalid = || Invalid::new("title", "it is wrong");
        let check = |index, _: &NewLead| match index {
            0 | 2 => Err(invalid()),
            _ => Ok(()),
        };
        let checked = checked(records, check).keeping_unmatched();
        let leads = [(1, "a@x"), (2, "b@x"), (3, "c@x"), (4, "e@x")];
        let mut met = met(checked, &leads.map(|(id, email)| lead(id, email, "")));
        assert_eq!(
            decide(&met, Scope::All),
            [
                Decision::Invalid(invalid()),
                Decision::Duplicate(0, 0),
                Decision::Invalid(invalid()),
                Decision::Duplicate(3, 4),
                Decision::NotFinite("monetary_value"),
                Decision::Create,
            ]
        );
        assert_eq!(met.take_unmatched(), [LeadId(4)]);
    }

    #[test]
    fn copper_is_not_searched_for_the_keys_of_records_that_are_not_sent() {
        let invalid = || Invalid::new("title", "it is wrong");
        let none = checked(vec![record("a@x")], |_, _| Err(invalid()));
        assert_eq!(none.keys(), 0);
        assert_eq!(comparison(vec![record("a@x")]).keys(), 1);
    }

    #[test]
    fn a_record_takes_few_bytes_beside_itself() {
        let bytes = size_of::<Found<LeadId>>();
        assert!(bytes <= 16, "{bytes}");
    }

    fn person(id: i64, emails: &[&str]) -> Person {
        let emails: Vec<Value> = emails.iter().map(|email| json!({"email": email})).collect();
        let person = json!({"id": id, "name": "Pam", "emails": emails});
        serde_json::from_value(person).expect("a person")
    }

    #[test]
    fn people_are_the_same_by_any_address_and_no_two_records_may_mean_one() {
        let record = |emails: &[&str]| NewPerson::named("Pam").emails(emails.iter().copied());
        let records = [
            record(&["new@x", "old@x"]),
            record(&["one@x"]),
            record(&["two@x"]),
            record(&["a@x", "b@x"]),
            record(&["c@x", "b@x"]),
            record(&["c@x"]),
            record(&["d@x", "e@x"]),
        ];
        let key = SyncKey::Field(NewPerson::EMAIL);
        let policies = Policies::default();
        let mut comparison =
            Comparison::new(records.into_iter().collect(), key, policies, |_, _| Ok(()));
        for person in [
            person(1, &["OLD@x", "other@x"]),
            person(2, &["one@x", "two@x"]),
            person(4, &["e@x"]),
            person(3, &["d@x"]),
        ] {
            comparison.meet(&person).expect("its keys can be read");
        }
        assert_eq!(
            decide(&comparison, Scope::All),
            [
                Decision::Update(PersonId(1)),
                Decision::Shared(PersonId(2), 2),
                Decision::Shared(PersonId(2), 1),
                Decision::Duplicate(3, 4),
                Decision::Duplicate(3, 3),
                Decision::Duplicate(4, 4),
                Decision::Several(vec![PersonId(3), PersonId(4)]),
            ]
        );
    }

    #[test]
    fn a_create_that_an_earlier_start_began_is_sent_only_if_this_start_may_create_it() {
        let names = ["there@x", "new@x", "bad@x", "infinite@x"];
        let records = || {
            let mut records = names.map(record).to_vec();
            records[3].monetary_value = Some(f64::INFINITY);
            records
        };
        let invalid = || Invalid::new("title", "it is wrong");
        let check = |index, _: &NewLead| match index {
            2 => Err(invalid()),
            _ => Ok(()),
        };
        for scope in [Scope::All, Scope::CreateOnly, Scope::UpdateOnly] {
            let mut begun = met(checked(records(), check), &[lead(1, "there@x", "")]);
            let only = (scope == Scope::UpdateOnly).then_some(Withheld::OnlyUpdates);
            assert_eq!(begun.begin(0, scope), Some(Withheld::Taken));
            assert_eq!(begun.begin(1, scope), only);
            assert_eq!(begun.begin(2, scope), Some(Withheld::Invalid(invalid())));
            assert_eq!(begun.begin(3, scope), None);
            assert!(decide(&begun, scope).is_empty());
        }
    }

    #[test]
    fn a_new_record_without_a_name_is_rejected_and_one_that_is_there_needs_none() {
        let nameless = |email: &str| NewLead {
            name: " ".to_owned(),
            ..record(email)
        };
        let records = || vec![nameless("there@x"), nameless("new@x"), record("named@x")];
        let decided = |scope| {
            let mut read = met(comparison(records()), &[lead(1, "there@x", "")]);
            read.reject_nameless(scope);
            decide(&read, scope)
        };
        let invalid = Invalid::new("name", "it is blank, and a new lead needs one");
        let there = Decision::Update(LeadId(1));
        let expected = [there.clone(), Decision::Invalid(invalid), Decision::Create];
        assert_eq!(decided(Scope::All), expected);
        let left = Decision::OnlyUpdates;
        assert_eq!(decided(Scope::UpdateOnly), [there, left.clone(), left]);
    }
}
