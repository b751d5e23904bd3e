//! A lead from the cells of a row.
//!
//! A cell of a CSV is text; one of a JSON may be of the form that Copper's API takes. Either way it is
//! read here, by its column. A name is sent whatever it is, as Copper decides which names it takes; all
//! other cells that are empty or blank are not sent.

use copper_crm::{
    NewLead,
    types::{Address, CustomField, Email, PhoneNumber},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::columns::Column;

/// Business contacts are what leads are; a table has no column for it.
const CATEGORY: &str = "work";

const EMAIL: &str = r#"text, or {"email": "…", "category": "work"}"#;
const PHONES: &str = r#"[{"number": "…", "category": "work"}]"#;
const LINKS: &str = r#"[{"url": "…", "category": "work"}]"#;
const ADDRESS: &str =
    r#"{"street": "…", "city": "…", "state": "…", "postal_code": "…", "country": "…"}, all text"#;
const CUSTOM_FIELDS: &str = r#"[{"custom_field_definition_id": 1, "value": …}]"#;
const ID: &str = "a whole number";
const NUMBER: &str = "a number, such as 1000.50";
const TAGS: &str = r#"text, with ; between the tags, or ["…", "…"]"#;

/// Reads one cell into the lead, or tells what is wrong with it, without quoting it.
pub fn set(lead: &mut NewLead, column: Column, cell: Value) -> Result<(), String> {
    if column == Column::Name {
        lead.name = match cell {
            Value::Null => String::new(),
            name => text(name)?,
        };
        return Ok(());
    }
    if is_blank(&cell) {
        return Ok(());
    }
    match column {
        Column::Name | Column::Remark | Column::Outcome => {}
        Column::Email => once(&mut lead.email, email(cell)?)?,
        Column::Phone => lead.phone_numbers.push(phone(cell)?),
        Column::Company => once(&mut lead.company_name, text(cell)?)?,
        Column::Title => once(&mut lead.title, text(cell)?)?,
        Column::Details => once(&mut lead.details, text(cell)?)?,
        Column::Street => once(&mut address(lead).street, text(cell)?)?,
        Column::City => once(&mut address(lead).city, text(cell)?)?,
        Column::State => once(&mut address(lead).state, text(cell)?)?,
        Column::PostalCode => once(&mut address(lead).postal_code, text(cell)?)?,
        Column::Country => once(&mut address(lead).country, text(cell)?)?,
        Column::Tags => lead.tags = tags(cell)?,
        Column::Custom(id) => lead.custom_fields.push(custom_field(id, cell)),
        Column::Address => {
            let address: Address = nested(cell, ADDRESS)?;
            known_keys([&address.extra])?;
            once(&mut lead.address, address)?;
        }
        Column::CustomFields => {
            let fields: Vec<CustomField> = nested(cell, CUSTOM_FIELDS)?;
            known_keys(fields.iter().map(|field| &field.extra))?;
            lead.custom_fields.extend(fields);
        }
        Column::PhoneNumbers => {
            let numbers: Vec<PhoneNumber> = nested(cell, PHONES)?;
            known_keys(numbers.iter().map(|number| &number.extra))?;
            lead.phone_numbers.extend(numbers);
        }
        Column::Socials => {
            lead.socials = nested(cell, LINKS)?;
            known_keys(lead.socials.iter().map(|social| &social.extra))?;
        }
        Column::Websites => {
            lead.websites = nested(cell, LINKS)?;
            known_keys(lead.websites.iter().map(|website| &website.extra))?;
        }
        Column::AssigneeId => lead.assignee_id = nested(cell, ID)?,
        Column::CustomerSourceId => lead.customer_source_id = nested(cell, ID)?,
        Column::StatusId => lead.status_id = nested(cell, ID)?,
        Column::MonetaryValue => lead.monetary_value = nested(cell, NUMBER)?,
    }
    Ok(())
}

fn is_blank(cell: &Value) -> bool {
    match cell {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn text(cell: Value) -> Result<String, String> {
    match cell {
        Value::String(text) => Ok(text),
        _ => Err("must be text, in quotes".to_owned()),
    }
}

fn email(cell: Value) -> Result<Email, String> {
    match cell {
        Value::String(address) if !address.trim_start().starts_with('{') => Ok(Email {
            email: address.trim().to_owned(),
            category: Some(CATEGORY.into()),
            extra: Map::new(),
        }),
        other => {
            let email: Email = nested(other, EMAIL)?;
            known_keys([&email.extra])?;
            Ok(email)
        }
    }
}

fn phone(cell: Value) -> Result<PhoneNumber, String> {
    Ok(PhoneNumber {
        number: text(cell)?.trim().to_owned(),
        category: Some(CATEGORY.into()),
        extra: Map::new(),
    })
}

fn custom_field(id: i64, value: Value) -> CustomField {
    CustomField {
        custom_field_definition_id: id.into(),
        value: Some(value.into()),
        extra: Map::new(),
    }
}

/// With `;` between them, or a list, which can hold a tag with a `;`.
fn tags(cell: Value) -> Result<Vec<String>, String> {
    let Value::String(text) = cell else {
        return nested(cell, TAGS);
    };
    if let Ok(tags) = serde_json::from_str(&text) {
        return Ok(tags);
    }
    let tags = text.split(';').map(str::trim).filter(|tag| !tag.is_empty());
    Ok(tags.map(str::to_owned).collect())
}

/// A value of the form that the API takes, as it is or as text.
fn nested<T: DeserializeOwned>(cell: Value, form: &str) -> Result<T, String> {
    // What serde has to say quotes the value.
    let refused = |_| format!("must be {form}");
    match cell {
        Value::String(text) => serde_json::from_str(&text).map_err(refused),
        value => serde_json::from_value(value).map_err(refused),
    }
}

/// Copper would refuse a key that it does not know, and ten leads with it.
fn known_keys<'a>(extras: impl IntoIterator<Item = &'a Map<String, Value>>) -> Result<(), String> {
    match extras.into_iter().flat_map(Map::keys).next() {
        Some(key) => Err(format!("has the key `{key}`, which the API does not know")),
        None => Ok(()),
    }
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), String> {
    if slot.is_some() {
        return Err("is given twice, once as a column of its own".to_owned());
    }
    *slot = Some(value);
    Ok(())
}

fn address(lead: &mut NewLead) -> &mut Address {
    lead.address.get_or_insert_with(|| Address {
        street: None,
        city: None,
        state: None,
        postal_code: None,
        country: None,
        extra: Map::new(),
    })
}
