//! The key that decides if a record of the source and a record in Copper are the same.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::Serialize;
use serde_json::Value;

use super::{
    SyncRecord,
    key_field::{Form, KeyField},
};
use crate::{
    CustomValue,
    item::Record,
    types::{CustomField, CustomFieldDefinitionId},
};

type KeyOf<T> = Arc<dyn Fn(&T) -> Option<String> + Send + Sync>;

/// The key of a sync.
#[derive(Clone)]
pub(super) enum SyncKey<R: SyncRecord> {
    /// The text of a field. A person may have several texts: one in common is enough.
    Field(KeyField<R>),
    /// The value of a custom field.
    Custom(CustomFieldDefinitionId),
    /// A key that functions of the caller make.
    Own {
        of_record: KeyOf<R>,
        of_found: KeyOf<R::Found>,
    },
}

/// The keys of a record in Copper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FoundKeys {
    /// A record without any key matches nothing in the source.
    Are(Vec<String>),
    /// The field can't be read, so the record may match one of the source.
    Unreadable,
}

impl FoundKeys {
    /// The first key, which stands for the record in a lookup. None if the record has no readable key.
    pub(super) fn first(&self) -> Option<&str> {
        match self {
            Self::Are(keys) => keys.first().map(String::as_str),
            Self::Unreadable => None,
        }
    }

    pub(super) fn shares_one(&self, of_record: &[String]) -> bool {
        matches!(self, Self::Are(keys) if keys.iter().any(|key| of_record.contains(key)))
    }
}

const CUSTOM_FIELDS: &str = "custom_fields";

impl<R: SyncRecord> SyncKey<R> {
    /// The keys of a record of the source, each once. Their order does not depend on the order in the record.
    pub(super) fn of_record(&self, record: &R) -> Vec<String> {
        match self {
            Self::Field(field) => keys((field.of_record)(record)),
            Self::Custom(id) => {
                // If a field has several values, the comparison uses the last one.
                let last = record.custom_fields().iter().rev().find(is(*id));
                last.and_then(|field| text_of(field.value.as_ref()?))
                    .into_iter()
                    .collect()
            }
            Self::Own { of_record, .. } => of_record(record).into_iter().collect(),
        }
    }

    /// The keys of a record in Copper, each once, in the same order.
    pub(super) fn of_found(&self, found: &R::Found) -> FoundKeys {
        match self {
            Self::Field(field) => match found.extra().get(field.name) {
                None | Some(Value::Null) => FoundKeys::Are(keys((field.of_found)(found))),
                Some(raw) => raw_keys(raw, field.form),
            },
            Self::Custom(_) if found.extra().contains_key(CUSTOM_FIELDS) => FoundKeys::Unreadable,
            Self::Custom(id) => {
                let field = R::custom_fields_of(found).iter().find(is(*id));
                let key = field.and_then(|field| text_of(field.value.as_ref()?));
                FoundKeys::Are(key.into_iter().collect())
            }
            Self::Own { of_found, .. } => FoundKeys::Are(of_found(found).into_iter().collect()),
        }
    }

    /// The field that each record of the input needs.
    pub(super) fn key_field(&self) -> &'static str {
        match self {
            Self::Field(field) => field.name,
            Self::Custom(_) => CUSTOM_FIELDS,
            Self::Own { .. } => "key",
        }
    }

    /// The given search, narrowed to the records with this key. Text fields can't be searched by value. For other
    /// custom fields, it is not known if they can.
    pub(super) fn search(&self, key: &str, within: &R::Search) -> Option<R::Search> {
        match self {
            Self::Field(field) => field.search.map(|search| search(within.clone(), key)),
            Self::Custom(_) | Self::Own { .. } => None,
        }
    }

    /// True if Copper can search for the records with one key within this search. A search that has a criterion for the
    /// key's field can't have a second one.
    pub(super) fn is_searchable_within(&self, within: &R::Search) -> bool {
        let Some(one) = self.search("", &R::Search::default()) else {
            return false;
        };
        let (of_key, of_all) = (criteria(&one), criteria(within));
        of_key.iter().all(|name| !of_all.contains(name))
    }

    /// True if Copper can search for the records with one key.
    pub(super) fn is_searchable(&self) -> bool {
        matches!(self, Self::Field(field) if field.search.is_some())
    }
}

/// The names of the criteria that a search has.
fn criteria(search: &impl Serialize) -> Vec<String> {
    match serde_json::to_value(search) {
        Ok(Value::Object(criteria)) => criteria.into_iter().map(|(name, _)| name).collect(),
        _ => Vec::new(),
    }
}

/// Leaves out the caller's functions.
impl<R: SyncRecord> fmt::Debug for SyncKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl<R: SyncRecord> fmt::Display for SyncKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.name),
            Self::Custom(id) => write!(f, "cf_{id}"),
            Self::Own { .. } => f.write_str("own key"),
        }
    }
}

fn is(id: CustomFieldDefinitionId) -> impl Fn(&&CustomField) -> bool {
    move |field| field.custom_field_definition_id == id
}

/// The texts in lower case and with single spaces, each once and sorted.
fn keys<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut keys: Vec<String> = texts.into_iter().filter_map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn key(text: &str) -> Option<String> {
    let text = text.trim();
    let spaced = text.contains(|c: char| c.is_whitespace() && c != ' ') || text.contains("  ");
    let text = match spaced {
        true => Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        false => Cow::Borrowed(text),
    };
    Some(text.to_lowercase()).filter(|key| !key.is_empty())
}

/// The keys in a value that can't be read as a whole, for example because an address has an unknown category.
fn raw_keys(raw: &Value, form: Form) -> FoundKeys {
    let text = |value: &Value, member: &str| {
        let text = value.get(member).unwrap_or(value).as_str();
        text.map(str::to_owned)
    };
    let texts: Option<Vec<String>> = match form {
        Form::Text => raw.as_str().map(|text| vec![text.to_owned()]),
        Form::Object(member) => text(raw, member).map(|text| vec![text]),
        Form::List(member) => raw
            .as_array()
            .and_then(|list| list.iter().map(|value| text(value, member)).collect()),
    };
    texts.map_or(FoundKeys::Unreadable, |texts| {
        FoundKeys::Are(keys(texts.iter().map(String::as_str)))
    })
}

/// A value as text. A number and its text are the same.
fn text_of(value: &CustomValue) -> Option<String> {
    if value.is_blank() {
        return None;
    }
    Some(match value {
        CustomValue::Text(text) => text.trim().to_owned(),
        CustomValue::Integer(number) => number.to_string(),
        CustomValue::Number(number) => number.to_string(),
        other => serde_json::to_string(other).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::key_field::{COMPANY_NAME, HasEmail},
        *,
    };
    use crate::{
        NewLead,
        types::{Lead, LeadSearch, NewCompany, NewPerson, Person, PersonSearch},
    };

    const EMAIL: SyncKey<NewLead> = SyncKey::Field(NewLead::EMAIL);

    fn lead(fields: Value) -> Lead {
        let mut lead = fields;
        lead["id"] = json!(7);
        serde_json::from_value(lead).expect("a lead")
    }

    fn are(keys: &[&str]) -> FoundKeys {
        FoundKeys::Are(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    #[test]
    fn case_and_spaces_of_an_address_make_no_other_key() {
        let record = NewLead::named("Jim").email(" Jim@Example.com");
        assert_eq!(EMAIL.of_record(&record), ["jim@example.com"]);
        let found = lead(json!({"email": {"email": "JIM@example.com", "category": "work"}}));
        assert_eq!(EMAIL.of_found(&found), are(&["jim@example.com"]));
        for none in [
            json!({}),
            json!({"email": null}),
            json!({"email": {"email": " "}}),
        ] {
            assert_eq!(EMAIL.of_found(&lead(none)), are(&[]));
        }
        assert!(
            EMAIL
                .of_record(&NewLead::named("Jim").email(" "))
                .is_empty()
        );
    }

    #[test]
    fn a_person_has_the_keys_of_all_addresses_in_an_order_of_their_own() {
        let key = SyncKey::Field(NewPerson::EMAIL);
        let record = NewPerson::named("Pam").emails(["pam@x", " Beesly@x", "PAM@x", " "]);
        assert_eq!(key.of_record(&record), ["beesly@x", "pam@x"]);
        let json = json!({"id": 7, "emails": [{"email": "b@x"}, {"email": "a@x"}]});
        let mut found: Person = serde_json::from_value(json).expect("a person");
        assert_eq!(key.of_found(&found), are(&["a@x", "b@x"]));
        let odd = json!([{"email": "B@x", "category": 5}, {"email": "a@x"}]);
        found.extra.insert("emails".to_owned(), odd);
        assert_eq!(key.of_found(&found), are(&["a@x", "b@x"]));
        let odd = json!([{"email": "b@x"}, {"address": "a@x"}]);
        found.extra.insert("emails".to_owned(), odd);
        assert_eq!(key.of_found(&found), FoundKeys::Unreadable);
    }

    #[test]
    fn case_and_spaces_of_a_name_make_no_other_company_and_no_search_is_trusted_with_it() {
        let key = SyncKey::Field(COMPANY_NAME);
        let record = NewCompany::named(" Dunder  MIFFLIN\u{a0}Inc. ");
        assert_eq!(key.of_record(&record), ["dunder mifflin inc."]);
        assert!(!key.is_searchable());
    }

    #[test]
    fn a_search_that_has_a_criterion_for_the_key_is_not_given_another_one() {
        let all = LeadSearch::default();
        assert!(EMAIL.is_searchable_within(&all));
        assert!(EMAIL.is_searchable_within(&all.clone().city("Scranton")));
        assert!(!EMAIL.is_searchable_within(&all.emails("jim@example.com")));
        let person: SyncKey<NewPerson> = SyncKey::Field(NewPerson::EMAIL);
        let pam = PersonSearch::default().emails(["pam@example.com"]);
        assert!(!person.is_searchable_within(&pam));
        let by: SyncKey<NewLead> = SyncKey::Custom(5.into());
        assert!(!by.is_searchable_within(&LeadSearch::default()));
    }

    #[test]
    fn a_number_and_its_text_are_one_key_and_leading_zeros_are_another() {
        let by: SyncKey<NewLead> = SyncKey::Custom(5.into());
        let with = |value: Value| {
            NewLead::named("Jim").custom_field(CustomField {
                value: Some(value.into()),
                ..CustomField::new(5)
            })
        };
        for (value, key) in [
            (json!(7), Some("7")),
            (json!(7.0), Some("7")),
            (json!(" 7 "), Some("7")),
            (json!("007"), Some("007")),
            (json!(" "), None),
            (json!(null), None),
        ] {
            let key: Vec<_> = key.into_iter().collect();
            assert_eq!(by.of_record(&with(value.clone())), key);
            let found =
                lead(json!({"custom_fields": [{"custom_field_definition_id": 5, "value": value}]}));
            assert_eq!(by.of_found(&found), are(&key));
        }
        let other: SyncKey<NewLead> = SyncKey::Custom(6.into());
        assert!(other.of_record(&with(json!(7))).is_empty());
    }

    #[test]
    fn a_key_that_cannot_be_read_is_not_taken_for_none() {
        let mut odd = lead(json!({}));
        odd.extra.insert(
            "email".to_owned(),
            json!({"email": "Jim@example.com", "category": 5}),
        );
        assert_eq!(EMAIL.of_found(&odd), are(&["jim@example.com"]));
        odd.extra
            .insert("email".to_owned(), json!(["jim@example.com"]));
        assert_eq!(EMAIL.of_found(&odd), FoundKeys::Unreadable);
        odd.extra.insert("custom_fields".to_owned(), json!("odd"));
        let by: SyncKey<NewLead> = SyncKey::Custom(5.into());
        assert_eq!(by.of_found(&odd), FoundKeys::Unreadable);
    }
}
