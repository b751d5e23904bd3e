//! By what a lead is known again in Copper: something of its own, in one of its columns.

use std::fmt;

use copper_crm::{CustomValue, bulk::MatchBy, types::NewLead};

use super::{columns::Column, lead::LEADS, lines::Lines};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Email,
    /// A custom field, by the id of its definition.
    Field(i64),
}

const EMAIL: &str = "email";

impl Key {
    /// By the name of its column.
    pub fn named(name: &str) -> Option<Self> {
        match Column::named(name, &LEADS).ok()? {
            Column::Field(field) if field.name() == EMAIL => Some(Self::Email),
            Column::Custom(id) => Some(Self::Field(id)),
            _ => None,
        }
    }

    /// What an upsert calls it.
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

    /// The leads that lack it, each by its line.
    pub fn missing_from(self, leads: &[NewLead], lines: impl Iterator<Item = u64>) -> Lines {
        let mut missing = Lines::default();
        for ((index, line), lead) in (0..).zip(lines).zip(leads) {
            if !self.is_in(lead) {
                missing.add(index, line);
            }
        }
        missing
    }
}

/// What a lead has in a custom field; a blank text if it has nothing.
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
