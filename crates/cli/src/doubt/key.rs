//! The match key of a lead: a column with the lead's own value.

use std::fmt;

use copper_crm::{CustomValue, bulk::MatchBy, types::NewLead};

use crate::{columns::column::Column, fields::lead::LEADS};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Email,
    /// A custom field, by the id of its definition.
    Field(i64),
}

const EMAIL: &str = "email";

impl Key {
    /// Finds a key by the name of its column.
    pub fn named(name: &str) -> Option<Self> {
        match Column::named(name, &LEADS).ok()? {
            Column::Field(field) if field.name() == EMAIL => Some(Self::Email),
            Column::Custom(id) => Some(Self::Field(id)),
            _ => None,
        }
    }

    /// The key for an upsert.
    pub fn match_by(self) -> MatchBy {
        match self {
            Self::Email => MatchBy::Email,
            Self::Field(id) => MatchBy::CustomField(id.into()),
        }
    }

    pub fn is_in(self, lead: &NewLead) -> bool {
        match self {
            Self::Email => lead.email.as_ref().is_some_and(|e| !is_blank(&e.email)),
            Self::Field(id) => match value(id, lead) {
                CustomValue::Text(text) => !is_blank(&text),
                CustomValue::Options(options) => !options.is_empty(),
                _ => true,
            },
        }
    }
}

/// The value of a custom field of a lead; an empty text if it has none.
pub fn value(id: i64, lead: &NewLead) -> CustomValue {
    let mut fields = lead.custom_fields.iter();
    let field = fields.find(|field| field.custom_field_definition_id == id.into());
    let value = field.and_then(|field| field.value.clone());
    value.unwrap_or_else(|| CustomValue::Text(String::new()))
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email => f.write_str(EMAIL),
            Self::Field(id) => Column::Custom(*id).fmt(f),
        }
    }
}
