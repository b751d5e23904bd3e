//! The three matchers for leads: by e-mail address, by tag, by custom field.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{
    Likeness,
    candidates::candidates,
    decision::window,
    matcher::Matcher,
    normalized_lead::{NormalizedLead, loose, same_address},
};
use crate::{
    Copper, CustomValue, Error,
    journal::{MatchKey, MatchKind},
    types::{
        CustomField, CustomFieldDefinitionId, Lead, LeadSearch, LeadSort, NewLead, SortDirection,
        Timestamp,
    },
};

/// The field that has a lead's tags. If they can't be read, they are in `extra` under this name.
const TAGS: &str = "tags";

/// Returns the key for a lead's custom field.
type KeyOf = Arc<dyn Fn(&NewLead) -> CustomValue + Send + Sync>;

/// The matcher of leads.
#[derive(Clone)]
pub(crate) enum LeadMatcher {
    Email,
    Tag(String),
    Field(CustomFieldDefinitionId, KeyOf),
}

impl LeadMatcher {
    /// The text by which a lead is matched.
    fn identity(&self, lead: &NewLead) -> Option<String> {
        match self {
            Self::Email => lead.email.as_ref().map(|email| same_address(&email.email)),
            Self::Tag(_) => Some(NormalizedLead::of(lead).text()),
            Self::Field(_, key) => Some(value_text(&key(lead))),
        }
        .filter(|identity| !identity.trim().is_empty())
    }

    fn identity_of_found(&self, lead: &Lead) -> Option<String> {
        match self {
            Self::Email => lead.email.as_ref().map(|email| same_address(&email.email)),
            Self::Tag(_) => NormalizedLead::of_found(lead).map(|traits| traits.text()),
            Self::Field(definition, _) => field(lead, *definition).map(value_text),
        }
    }

    /// A text as a match key. The mark itself is part of it.
    fn hash(&self, salt: &[u8], identity: &str) -> MatchKey {
        let kind = self.kind().to_string();
        let mark = match self {
            Self::Email => String::new(),
            Self::Tag(tag) => tag.clone(),
            Self::Field(definition, _) => definition.to_string(),
        };
        MatchKey::of(salt, &[&kind, &mark, identity])
    }

    /// The searches that find every lead that may be one of these.
    fn searches(&self, wanted: &[(&NewLead, Timestamp)]) -> Vec<LeadSearch> {
        let sent = || wanted.iter().map(|(_, sent)| window(*sent));
        let from = sent().map(|(from, _)| from).min_by_key(|from| from.0);
        let to = sent().map(|(_, to)| to).max_by_key(|to| to.0);
        let all = LeadSearch {
            minimum_created_date: from,
            sort_by: Some(LeadSort::DateCreated),
            sort_direction: Some(SortDirection::Asc),
            include_converted_leads: Some(true),
            ..LeadSearch::default()
        };
        match self {
            Self::Email => wanted
                .iter()
                .filter_map(|(lead, _)| lead.email.as_ref())
                .map(|email| LeadSearch {
                    emails: Some(email.email.trim().to_owned()),
                    ..all.clone()
                })
                .collect(),
            Self::Tag(tag) => vec![LeadSearch {
                tags: Some(vec![tag.clone()].into()),
                maximum_created_date: to,
                ..all
            }],
            // Text fields can't be searched by value, so leads are searched by date, and compared here.
            Self::Field(..) => vec![LeadSearch {
                maximum_created_date: to,
                ..all
            }],
        }
    }
}

impl Matcher<NewLead, Lead> for LeadMatcher {
    fn kind(&self) -> MatchKind {
        match self {
            Self::Email => MatchKind::Email,
            Self::Tag(_) => MatchKind::Tag,
            Self::Field(..) => MatchKind::Field,
        }
    }

    fn needs_mark(&self) -> bool {
        !matches!(self, Self::Email)
    }

    fn marked(&self, lead: &NewLead) -> Option<NewLead> {
        match self {
            Self::Email => None,
            Self::Tag(tag) => {
                let mut lead = lead.clone();
                if !lead.tags.contains(tag) {
                    lead.tags.push(tag.clone());
                }
                Some(lead)
            }
            Self::Field(definition, key) => {
                let mut lead = lead.clone();
                let value = key(&lead);
                let id = |field: &CustomField| field.custom_field_definition_id;
                lead.custom_fields.retain(|field| id(field) != *definition);
                lead.custom_fields.push(CustomField {
                    value: Some(value),
                    ..CustomField::new(*definition)
                });
                Some(lead)
            }
        }
    }

    fn key(&self, salt: &[u8], lead: &NewLead) -> Option<MatchKey> {
        self.identity(lead)
            .map(|identity| self.hash(salt, &identity))
    }

    fn key_of_found(&self, salt: &[u8], lead: &Lead) -> Option<MatchKey> {
        let identity = self.identity_of_found(lead);
        identity.map(|identity| self.hash(salt, &identity))
    }

    fn likeness(&self, lead: &NewLead, found: &Lead) -> Likeness {
        let same = match (self.identity(lead), self.identity_of_found(found)) {
            (Some(wanted), Some(found)) => Some(wanted == found),
            _ => None,
        };
        let name = found.name.as_deref().map(loose);
        let other_name = name.is_some_and(|name| name != loose(&lead.name));
        match self {
            Self::Email => match same {
                Some(true) => Likeness::Same,
                Some(false) => Likeness::Other,
                None => Likeness::Unclear,
            },
            Self::Tag(tag) => match same {
                Some(true) if has_tag(found, tag) => Likeness::Same,
                Some(false) if is_another(lead, found) => Likeness::Other,
                _ => Likeness::Unclear,
            },
            Self::Field(..) => match same {
                Some(true) => Likeness::Same,
                Some(false) => Likeness::Other,
                // It may be the lead, with a field that Copper did not keep.
                None if other_name => Likeness::Other,
                None => Likeness::Unclear,
            },
        }
    }

    fn created(&self, found: &Lead) -> Option<Timestamp> {
        found.date_created
    }

    fn find<'a>(
        &'a self,
        copper: &'a Copper,
        wanted: &'a [(&'a NewLead, Timestamp)],
    ) -> BoxFuture<'a, Result<Option<Vec<Lead>>, Error>> {
        // Only an address has a search of its own.
        let one = matches!(self, Self::Email);
        let likeness = |place: usize, found: &Lead| match wanted.get(place) {
            Some((lead, _)) => self.likeness(lead, found),
            None => Likeness::Other,
        };
        let searches = self.searches(wanted);
        Box::pin(async move { candidates(copper, searches, one, wanted.len(), likeness).await })
    }
}

fn has_tag(lead: &Lead, tag: &str) -> bool {
    let tags = lead.tags.iter().flatten();
    !lead.extra.contains_key(TAGS)
        && tags
            .into_iter()
            .any(|found| same_address(found) == same_address(tag))
}

fn is_another(lead: &NewLead, found: &Lead) -> bool {
    NormalizedLead::of_found(found)
        .is_some_and(|traits| NormalizedLead::of(lead).are_of_another(&traits))
}

/// The value of a custom field. None if it is not set, or can't be read.
fn field(lead: &Lead, definition: CustomFieldDefinitionId) -> Option<&CustomValue> {
    let mut fields = lead.custom_fields.iter().flatten();
    let field = fields.find(|field| field.custom_field_definition_id == definition)?;
    field.value.as_ref().filter(|value| !is_empty(value))
}

fn is_empty(value: &CustomValue) -> bool {
    value_text(value).is_empty()
}

/// A value as text. A number is the same whether it was sent as a number or as text.
fn value_text(value: &CustomValue) -> String {
    match value {
        CustomValue::Text(text) => text.trim().to_owned(),
        CustomValue::Number(number) => number.to_string(),
        CustomValue::Options(options) if options.is_empty() => String::new(),
        CustomValue::Other(value) if value.is_null() => String::new(),
        value => serde_json::to_string(value).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const FIELD: i64 = 7;

    fn tag() -> LeadMatcher {
        LeadMatcher::Tag("import".to_owned())
    }

    fn by_field() -> LeadMatcher {
        let key = |lead: &NewLead| CustomValue::from(lead.name.as_str());
        LeadMatcher::Field(CustomFieldDefinitionId(FIELD), Arc::new(key))
    }

    fn sent(json: Value) -> NewLead {
        serde_json::from_value(json).expect("a lead")
    }

    fn found(mut json: Value) -> Lead {
        json["id"] = 1.into();
        serde_json::from_value(json).expect("a lead")
    }

    fn field(value: Value) -> Value {
        json!([{"custom_field_definition_id": FIELD, "value": value}])
    }

    #[test]
    fn a_mark_is_put_on_a_lead_once_and_takes_nothing_from_it() {
        let plain = sent(json!({"name": "Jim", "tags": ["own"]}));
        assert_eq!(LeadMatcher::Email.marked(&plain), None);
        let marked = tag().marked(&plain).expect("it is marked");
        assert_eq!(marked.tags, ["own", "import"]);
        assert_eq!(tag().marked(&marked), Some(marked));

        let other = json!({"custom_field_definition_id": 8, "value": "kept"});
        let old = json!({"custom_field_definition_id": FIELD, "value": "replaced"});
        let plain = sent(json!({"name": "Jim", "custom_fields": [other, old]}));
        let marked = by_field().marked(&plain).expect("it is marked");
        let new = json!({"custom_field_definition_id": FIELD, "value": "Jim"});
        assert_eq!(json!(marked.custom_fields), json!([other, new]));
    }

    #[test]
    fn a_lead_and_what_became_of_it_have_the_same_key() {
        let lead = json!({"name": "Jim", "email": {"email": "jim@x.com"}, "custom_fields": field("Jim".into())});
        let other = json!({"name": "Pam", "email": {"email": "pam@x.com"}, "custom_fields": field("Pam".into())});
        for mark in [LeadMatcher::Email, tag(), by_field()] {
            let key = mark.key(b"salt", &sent(lead.clone()));
            assert!(key.is_some());
            assert_eq!(mark.key_of_found(b"salt", &found(lead.clone())), key);
            assert_ne!(mark.key_of_found(b"salt", &found(other.clone())), key);
            assert_ne!(mark.key_of_found(b"pepper", &found(lead.clone())), key);
        }
    }

    #[test]
    fn by_a_tag_a_lead_is_the_same_only_if_all_of_it_is_and_another_only_by_name_or_address() {
        let lead = json!({"name": "Jim", "title": "Sales"});
        let like = |there: Value| tag().likeness(&sent(lead.clone()), &found(there));
        let tagged = json!(["Import "]);
        assert_eq!(
            like(json!({"name": "Jim", "title": "Sales", "tags": tagged})),
            Likeness::Same
        );
        assert_eq!(
            like(json!({"name": "Pam", "title": "Sales", "tags": tagged})),
            Likeness::Other
        );
        for unclear in [
            json!({"name": "Jim", "title": "Manager", "tags": tagged}),
            json!({"name": "Jim", "title": "Sales", "tags": ["own"]}),
            json!({"name": "Jim", "title": "Sales"}),
        ] {
            assert_eq!(like(unclear.clone()), Likeness::Unclear, "{unclear}");
        }
        let mut unreadable = found(json!({"name": "Jim", "title": "Sales", "tags": tagged}));
        unreadable.extra.insert(TAGS.to_owned(), json!(7));
        assert_eq!(
            tag().likeness(&sent(lead.clone()), &unreadable),
            Likeness::Unclear
        );
    }

    #[test]
    fn by_a_field_a_lead_without_it_is_another_only_by_its_name() {
        let like = |there: Value| by_field().likeness(&sent(json!({"name": "Jim"})), &found(there));
        assert_eq!(
            like(json!({"name": "X", "custom_fields": field("Jim".into())})),
            Likeness::Same
        );
        assert_eq!(
            like(json!({"name": "Jim", "custom_fields": field("Pam".into())})),
            Likeness::Other
        );
        for empty in [json!(null), json!(""), json!(" "), json!([])] {
            let there = |name: &str| json!({"name": name, "custom_fields": field(empty.clone())});
            assert_eq!(like(there("Jim")), Likeness::Unclear, "{empty}");
            assert_eq!(like(there("Pam")), Likeness::Other, "{empty}");
        }
        assert_eq!(like(json!({"name": "Jim"})), Likeness::Unclear);
        assert_eq!(like(json!({})), Likeness::Unclear);
    }

    #[test]
    fn a_number_is_the_same_as_its_text_and_options_are_not_empty() {
        let text = |value: Value| value_text(&serde_json::from_value(value).expect("a value"));
        assert_eq!(text(json!(12)), text(json!(" 12 ")));
        for (value, other) in [(json!([1]), json!([2])), (json!({"a": 1}), json!({"a": 2}))] {
            assert!(!text(value.clone()).is_empty(), "{value}");
            assert_ne!(text(value), text(other));
        }
        assert_eq!(value_text(&CustomValue::Other(Value::Null)), "");
        assert_eq!(value_text(&CustomValue::Options(Vec::new())), "");
    }
}
