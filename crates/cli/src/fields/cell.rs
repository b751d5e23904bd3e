//! Parsers of cells: each returns the form that Copper's API takes.
//!
//! A cell of a CSV is text; a cell of JSON may already have the API's form. Errors never quote the cell.

use copper_crm::types::{
    ActivityType, Address, CustomField, Email, Parent, PhoneNumber, Social, Website,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// Files contain business contacts; a table has no column for the category.
const CATEGORY: &str = "work";

const EMAIL: &str = r#"text, or {"email": "…", "category": "work"}"#;
const EMAILS: &str =
    r#"text, with ; between the addresses, or [{"email": "…", "category": "work"}]"#;
const PHONES: &str = r#"[{"number": "…", "category": "work"}]"#;
const LINKS: &str = r#"[{"url": "…", "category": "work"}]"#;
const ADDRESS: &str =
    r#"{"street": "…", "city": "…", "state": "…", "postal_code": "…", "country": "…"}, all text"#;
const CUSTOM_FIELDS: &str = r#"[{"custom_field_definition_id": 1, "value": …}]"#;
const PARENT: &str = r#"{"type": "person", "id": 1}"#;
const ACTIVITY_TYPE: &str = r#"{"category": "user", "id": 0}"#;
const ID: &str = "a whole number";
const SECONDS: &str = "a whole number, the seconds since 1970, such as 1518595200";
const NUMBER: &str = "a number, such as 1000.50";
const TAGS: &str = r#"text, with ; between the tags, or ["…", "…"]"#;

type Read = Result<Value, String>;
type Extra = Map<String, Value>;

pub fn is_blank(cell: &Value) -> bool {
    match cell {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

pub fn name(cell: Value) -> Read {
    match cell {
        Value::Null => Ok(String::new().into()),
        name => text(name),
    }
}

pub fn text(cell: Value) -> Read {
    match cell {
        Value::String(_) => Ok(cell),
        // Any other number can be written in more than one way.
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            Ok(number.to_string().into())
        }
        _ => Err("must be text, in quotes".to_owned()),
    }
}

/// A text without the spaces around it.
pub fn word(cell: Value) -> Read {
    match cell {
        Value::String(text) => Ok(text.trim().into()),
        other => text(other),
    }
}

pub fn email(cell: Value) -> Read {
    match cell {
        Value::String(address) if !is_json(&address) => Ok(work("email", &address)),
        other => object(other, EMAIL, |email: &Email| &email.extra),
    }
}

pub fn emails(cell: Value) -> Read {
    match cell {
        Value::String(text) if !is_json(&text) => {
            Ok(parts(&text).map(|part| work("email", part)).collect())
        }
        other => list(other, EMAILS, |email: &Email| &email.extra),
    }
}

pub fn phone(cell: Value) -> Read {
    let number = text(cell)?;
    Ok(work("number", number.as_str().unwrap_or_default()))
}

pub fn mobile_phone(cell: Value) -> Read {
    phone_of(cell, "mobile")
}

pub fn home_phone(cell: Value) -> Read {
    phone_of(cell, "home")
}

pub fn other_phone(cell: Value) -> Read {
    phone_of(cell, "other")
}

fn phone_of(cell: Value, category: &str) -> Read {
    let number = text(cell)?;
    let number = number.as_str().unwrap_or_default().trim();
    Ok(json!({ "number": number, "category": category }))
}

/// A plain address of a web site, or a list in the API's form.
pub fn website(cell: Value) -> Read {
    match cell {
        Value::String(url) if !is_json(&url) => Ok(work("url", &url)),
        other => websites(other),
    }
}

pub fn linkedin(cell: Value) -> Read {
    social(cell, "linkedin")
}

pub fn twitter(cell: Value) -> Read {
    social(cell, "twitter")
}

pub fn facebook(cell: Value) -> Read {
    social(cell, "facebook")
}

pub fn youtube(cell: Value) -> Read {
    social(cell, "youtube")
}

pub fn other_social(cell: Value) -> Read {
    social(cell, "other")
}

fn social(cell: Value, category: &str) -> Read {
    let url = text(cell)?;
    let url = url.as_str().unwrap_or_default().trim();
    Ok(json!({ "url": url, "category": category }))
}

pub fn phones(cell: Value) -> Read {
    list(cell, PHONES, |number: &PhoneNumber| &number.extra)
}

/// An object in the API's form. Any other text is the street.
pub fn address(cell: Value) -> Read {
    match cell {
        Value::String(street) if !is_json(&street) => Ok(json!({ "street": street.trim() })),
        other => address_object(other),
    }
}

fn address_object(cell: Value) -> Read {
    object(cell, ADDRESS, |address: &Address| &address.extra)
}

pub fn socials(cell: Value) -> Read {
    list(cell, LINKS, |social: &Social| &social.extra)
}

pub fn websites(cell: Value) -> Read {
    list(cell, LINKS, |website: &Website| &website.extra)
}

pub fn custom_fields(cell: Value) -> Read {
    list(cell, CUSTOM_FIELDS, |field: &CustomField| &field.extra)
}

pub fn parent(cell: Value) -> Read {
    object(cell, PARENT, |parent: &Parent| &parent.extra)
}

pub fn activity_type(cell: Value) -> Read {
    object(cell, ACTIVITY_TYPE, |kind: &ActivityType| &kind.extra)
}

/// Copper lets nobody create activities of the other category.
pub fn user_activity_type(cell: Value) -> Read {
    Ok(json!({ "category": "user", "id": id(cell)? }))
}

pub fn id(cell: Value) -> Read {
    nested::<i64>(cell, ID).map(Value::from)
}

pub fn seconds(cell: Value) -> Read {
    nested::<i64>(cell, SECONDS).map(Value::from)
}

pub fn number(cell: Value) -> Read {
    nested::<f64>(cell, NUMBER).map(Value::from)
}

/// Separated by `;`, or a list, which can contain a tag with a `;`.
pub fn tags(cell: Value) -> Read {
    let tags: Vec<String> = match cell {
        Value::String(text) => {
            let list = is_json(&text)
                .then(|| serde_json::from_str(&text).ok())
                .flatten();
            list.unwrap_or_else(|| parts(&text).map(str::to_owned).collect())
        }
        other => nested(other, TAGS)?,
    };
    Ok(tags.into())
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn work(key: &str, text: &str) -> Value {
    json!({ key: text.trim(), "category": CATEGORY })
}

fn object<T: DeserializeOwned + Serialize>(
    cell: Value,
    form: &str,
    extra: fn(&T) -> &Extra,
) -> Read {
    let value: T = nested(cell, form)?;
    known_keys([extra(&value)])?;
    written(value, form)
}

fn list<T: DeserializeOwned + Serialize>(cell: Value, form: &str, extra: fn(&T) -> &Extra) -> Read {
    let values: Vec<T> = nested(cell, form)?;
    known_keys(values.iter().map(extra))?;
    written(values, form)
}

/// A value in the form that the API expects, as it is or as text.
fn nested<T: DeserializeOwned>(cell: Value, form: &str) -> Result<T, String> {
    // Serde's message quotes the value.
    let refused = |_| format!("must be {form}");
    match cell {
        Value::String(text) => serde_json::from_str(&text).map_err(refused),
        value => serde_json::from_value(value).map_err(refused),
    }
}

fn written(value: impl Serialize, form: &str) -> Read {
    serde_json::to_value(value).map_err(|_| format!("must be {form}"))
}

/// Copper would refuse an unknown key, and the other nine records with it.
fn known_keys<'a>(extras: impl IntoIterator<Item = &'a Extra>) -> Result<(), String> {
    match extras.into_iter().flat_map(Map::keys).next() {
        Some(key) => Err(format!("has the key `{key}`, which the API does not know")),
        None => Ok(()),
    }
}
