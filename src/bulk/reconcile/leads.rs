//! The three ways of recognising a lead.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::BoxFuture;

use super::{
    Key, Likeness, Way,
    recognise::Recognise,
    traits::{Traits, loose, same_address},
    verdict::window,
};
use crate::{
    Copper, CustomValue, Error,
    types::{
        CustomField, CustomFieldDefinitionId, Lead, LeadSearch, LeadSort, NewLead, SortDirection,
        Timestamp,
    },
};

/// Where a lead keeps its tags. If they can't be read, they are in `extra` under this name.
const TAGS: &str = "tags";

/// Gives the key that a lead's custom field is to hold.
type KeyOf = Arc<dyn Fn(&NewLead) -> CustomValue + Send + Sync>;

/// How a lead is recognised.
#[derive(Clone)]
pub(crate) enum Mark {
    Email,
    Tag(String),
    Field(CustomFieldDefinitionId, KeyOf),
}

impl Mark {
    /// What the lead is recognised by, as text.
    fn identity(&self, lead: &NewLead) -> Option<String> {
        match self {
            Self::Email => lead.email.as_ref().map(|email| same_address(&email.email)),
            Self::Tag(_) => Some(Traits::of(lead).text()),
            Self::Field(_, key) => Some(value_text(&key(lead))),
        }
        .filter(|identity| !identity.trim().is_empty())
    }

    fn identity_of_found(&self, lead: &Lead) -> Option<String> {
        match self {
            Self::Email => lead.email.as_ref().map(|email| same_address(&email.email)),
            Self::Tag(_) => Traits::of_found(lead).map(|traits| traits.text()),
            Self::Field(definition, _) => field(lead, *definition).map(value_text),
        }
    }

    /// An identity as a key. What the mark itself is belongs to it.
    fn hash(&self, salt: &[u8], identity: &str) -> Key {
        let way = self.way().to_string();
        let mark = match self {
            Self::Email => String::new(),
            Self::Tag(tag) => tag.clone(),
            Self::Field(definition, _) => definition.to_string(),
        };
        Key::of(salt, &[&way, &mark, identity])
    }

    /// The searches that find all leads that may be these.
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
            // Text fields may not be searched by value, so their leads are taken by date, and compared
            // here.
            Self::Field(..) => vec![LeadSearch {
                maximum_created_date: to,
                ..all
            }],
        }
    }
}

impl Recognise<NewLead, Lead> for Mark {
    fn way(&self) -> Way {
        match self {
            Self::Email => Way::Email,
            Self::Tag(_) => Way::Tag,
            Self::Field(..) => Way::Field,
        }
    }

    fn needs_mark(&self) -> bool {
        !matches!(self, Self::Email)
    }

    fn marked(&self, lead: &NewLead) -> Option<NewLead> {
        let mut lead = match self {
            Self::Email => return None,
            _ => lead.clone(),
        };
        match self {
            Self::Email => {}
            Self::Tag(tag) if lead.tags.contains(tag) => {}
            Self::Tag(tag) => lead.tags.push(tag.clone()),
            Self::Field(definition, key) => {
                let value = key(&lead);
                let id = |field: &CustomField| field.custom_field_definition_id;
                lead.custom_fields.retain(|field| id(field) != *definition);
                lead.custom_fields.push(CustomField {
                    value: Some(value),
                    ..CustomField::new(*definition)
                });
            }
        }
        Some(lead)
    }

    fn key(&self, salt: &[u8], lead: &NewLead) -> Option<Key> {
        self.identity(lead)
            .map(|identity| self.hash(salt, &identity))
    }

    fn key_of_found(&self, salt: &[u8], lead: &Lead) -> Option<Key> {
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
                // It may be one whose field Copper did not keep.
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
    ) -> BoxFuture<'a, Result<Vec<Lead>, Error>> {
        Box::pin(async move {
            // By their ids: pages may overlap, and so may searches.
            let mut leads = BTreeMap::new();
            for search in self.searches(wanted) {
                let mut found = copper.search_leads(search);
                while let Some(lead) = found.next().await {
                    let lead = lead?;
                    let other = |(wanted, _): &(&NewLead, _)| {
                        self.likeness(wanted, &lead) == Likeness::Other
                    };
                    // A window may hold thousands of others.
                    if !wanted.iter().all(other) {
                        leads.insert(lead.id, lead);
                    }
                }
            }
            Ok(leads.into_values().collect())
        })
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
    Traits::of_found(found).is_some_and(|traits| Traits::of(lead).are_of_another(&traits))
}

/// The value of a custom field. None if there is none, or it can't be read.
fn field(lead: &Lead, definition: CustomFieldDefinitionId) -> Option<&CustomValue> {
    let mut fields = lead.custom_fields.iter().flatten();
    let field = fields.find(|field| field.custom_field_definition_id == definition)?;
    field.value.as_ref().filter(|value| !is_empty(value))
}

fn is_empty(value: &CustomValue) -> bool {
    value_text(value).is_empty()
}

/// A value as text. A number is the same whether it is sent as one or as its text.
fn value_text(value: &CustomValue) -> String {
    match value {
        CustomValue::Text(text) => text.trim().to_owned(),
        CustomValue::Number(number) => number.to_string(),
        CustomValue::Options(options) if options.is_empty() => String::new(),
        CustomValue::Other(value) if value.is_null() => String::new(),
        value => serde_json::to_string(value).unwrap_or_default(),
    }
}
