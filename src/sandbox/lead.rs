//! A lead as Copper makes it: every field of the documented answer, with what was sent put in.

use serde_json::{Map, Value, json};

use super::{account::Account, document::Problem, name::NameParts};

pub(super) const KIND: &str = "leads";

/// What is wrong with a lead beyond the kinds of its fields.
pub(super) fn problems(input: &Map<String, Value>, account: &Account) -> Option<Problem> {
    let id = input
        .get("status_id")
        .and_then(Value::as_i64)
        .filter(|id| *id > 0)?;
    account
        .status(Some(id))
        .is_none()
        .then(|| Problem::Invalid("status_id".to_owned()))
}

/// Creates a lead of sound input.
pub(super) fn create(input: &Map<String, Value>, account: &mut Account) -> Value {
    let status = account
        .status(input.get("status_id").and_then(Value::as_i64))
        .or(account.status(None));
    let status = status.map(|(id, name)| (id, name.to_owned()));
    account.create(KIND, |id, now| {
        let mut lead = empty(id, now);
        // As with updates, `null` is no value.
        lead.extend(
            input
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        if let Some((id, name)) = status {
            lead.insert("status_id".to_owned(), id.into());
            lead.insert("status".to_owned(), name.into());
        }
        let name = input
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let NameParts {
            prefix,
            first,
            middle,
            last,
            suffix,
        } = NameParts::of(name);
        let middle = middle.as_deref();
        let parts = [
            ("prefix", prefix),
            ("first_name", first),
            ("middle_name", middle),
            ("last_name", last),
            ("suffix", suffix),
        ];
        lead.extend(parts.map(|(field, part)| (field.to_owned(), part.into())));
        lead
    })
}

/// The fields of the documented answer, without their values.
fn empty(id: i64, now: u64) -> Map<String, Value> {
    let lead = json!({
        "id": id,
        "name": null,
        "prefix": null,
        "first_name": null,
        "last_name": null,
        "middle_name": null,
        "suffix": null,
        "address": null,
        "assignee_id": null,
        "company_name": null,
        "customer_source_id": null,
        "details": null,
        "email": null,
        "interaction_count": 0,
        "monetary_value": null,
        "socials": [],
        "status": null,
        "status_id": null,
        "tags": [],
        "title": null,
        "websites": [],
        "phone_numbers": [],
        "custom_fields": [],
        "date_created": now,
        "date_modified": now,
        "date_last_contacted": null
    });
    match lead {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
