//! The key by which a record of the source and a lead in Copper are the same.

use std::{fmt, sync::Arc};

use serde_json::Value;

use crate::{
    CustomValue,
    types::{CustomFieldDefinitionId, Lead, LeadSearch, NewLead},
};

type KeyOf<T> = Arc<dyn Fn(&T) -> Option<String> + Send + Sync>;

/// The key of a sync.
#[derive(Clone)]
pub(super) enum SyncKey {
    /// The e-mail address.
    Email,
    /// The value of a custom field.
    Custom(CustomFieldDefinitionId),
    /// A key of the caller's own making.
    Own {
        of_record: KeyOf<NewLead>,
        of_lead: KeyOf<Lead>,
    },
}

/// The key of a lead in Copper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LeadKey {
    Is(String),
    /// It has none, so it is in no source.
    None,
    /// The field can't be read, so it may be in the source.
    Unreadable,
}

impl From<Option<String>> for LeadKey {
    fn from(key: Option<String>) -> Self {
        key.map_or(Self::None, Self::Is)
    }
}

impl SyncKey {
    /// The key of a record of the source.
    pub(super) fn of_record(&self, record: &NewLead) -> Option<String> {
        match self {
            Self::Email => address(&record.email.as_ref()?.email),
            Self::Custom(id) => {
                let fields = record.custom_fields.iter();
                // Of several values the last one is the one that is compared.
                let mut of_it = fields
                    .rev()
                    .filter(|field| field.custom_field_definition_id == *id);
                text_of(of_it.next()?.value.as_ref()?)
            }
            Self::Own { of_record, .. } => of_record(record),
        }
    }

    /// The key of a lead in Copper.
    pub(super) fn of_lead(&self, lead: &Lead) -> LeadKey {
        match self {
            Self::Email => match (&lead.email, lead.extra.get("email")) {
                (Some(email), _) => address(&email.email).into(),
                (None, None | Some(Value::Null)) => LeadKey::None,
                // Its category can't be read, say.
                (None, Some(raw)) => {
                    let text = raw.get("email").unwrap_or(raw).as_str();
                    text.map_or(LeadKey::Unreadable, |text| address(text).into())
                }
            },
            Self::Custom(id) => {
                if lead.extra.contains_key("custom_fields") {
                    return LeadKey::Unreadable;
                }
                let mut fields = lead.custom_fields.iter().flatten();
                let field = fields.find(|field| field.custom_field_definition_id == *id);
                field
                    .and_then(|field| text_of(field.value.as_ref()?))
                    .into()
            }
            Self::Own { of_lead, .. } => of_lead(lead).into(),
        }
    }

    /// The field that a record can't do without.
    pub(super) fn key_field(&self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Custom(_) => "custom_fields",
            Self::Own { .. } => "key",
        }
    }

    /// The search within another one that finds the leads with this key. Text fields can't be searched by value, and nobody
    /// knows of other fields whether they can.
    pub(super) fn search(&self, key: &str, within: &LeadSearch) -> Option<LeadSearch> {
        match self {
            Self::Email => Some(within.clone().emails(key)),
            Self::Custom(_) | Self::Own { .. } => None,
        }
    }

    /// True if the leads with one key can be searched for.
    pub(super) fn is_searchable(&self) -> bool {
        matches!(self, Self::Email)
    }
}

/// Without the caller's functions.
impl fmt::Debug for SyncKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for SyncKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email => f.write_str("email"),
            Self::Custom(id) => write!(f, "cf_{id}"),
            Self::Own { .. } => f.write_str("own key"),
        }
    }
}

fn address(email: &str) -> Option<String> {
    Some(email.trim().to_lowercase()).filter(|address| !address.is_empty())
}

/// A value as text. A number is the same whether it is sent as one or as its text.
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

    use super::*;
    use crate::types::CustomField;

    fn lead(fields: Value) -> Lead {
        let mut lead = fields;
        lead["id"] = json!(7);
        serde_json::from_value(lead).expect("a lead")
    }

    fn is(key: &str) -> LeadKey {
        LeadKey::Is(key.to_owned())
    }

    #[test]
    fn case_and_spaces_of_an_address_make_no_other_key() {
        let record = NewLead::named("Jim").email(" Jim@Example.com");
        assert_eq!(
            SyncKey::Email.of_record(&record).as_deref(),
            Some("jim@example.com")
        );
        let found = lead(json!({"email": {"email": "JIM@example.com", "category": "work"}}));
        assert_eq!(SyncKey::Email.of_lead(&found), is("jim@example.com"));
        for none in [
            json!({}),
            json!({"email": null}),
            json!({"email": {"email": " "}}),
        ] {
            assert_eq!(SyncKey::Email.of_lead(&lead(none)), LeadKey::None);
        }
        assert_eq!(
            SyncKey::Email.of_record(&NewLead::named("Jim").email(" ")),
            None
        );
    }

    #[test]
    fn a_number_and_its_text_are_one_key_and_leading_zeros_are_another() {
        let by = SyncKey::Custom(5.into());
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
            assert_eq!(by.of_record(&with(value.clone())).as_deref(), key);
            let found =
                lead(json!({"custom_fields": [{"custom_field_definition_id": 5, "value": value}]}));
            assert_eq!(by.of_lead(&found), key.map(str::to_owned).into());
        }
        assert_eq!(SyncKey::Custom(6.into()).of_record(&with(json!(7))), None);
    }

    #[test]
    fn a_key_that_cannot_be_read_is_not_taken_for_none() {
        let mut odd = lead(json!({}));
        odd.extra.insert(
            "email".to_owned(),
            json!({"email": "Jim@example.com", "category": 5}),
        );
        assert_eq!(SyncKey::Email.of_lead(&odd), is("jim@example.com"));
        odd.extra
            .insert("email".to_owned(), json!(["jim@example.com"]));
        assert_eq!(SyncKey::Email.of_lead(&odd), LeadKey::Unreadable);
        odd.extra.insert("custom_fields".to_owned(), json!("odd"));
        assert_eq!(SyncKey::Custom(5.into()).of_lead(&odd), LeadKey::Unreadable);
    }
}
