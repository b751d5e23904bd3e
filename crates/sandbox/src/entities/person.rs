//! People. No two people of an account may share an e-mail address, compared without case.

use serde_json::Value;

use super::{company, entity::Entity, name_parts};
use crate::account::{Account, Fields, Table};

pub(crate) const PERSON: Entity = Entity {
    derive,
    ..Entity::plain(
        &Table {
            name: "people",
            unique: emails,
            unique_field: "emails",
        },
        "Person",
        "person",
    )
};

fn derive(person: &mut Fields, account: &Account) {
    name_parts::derive(person);
    company::derive_name(person, account);
}

fn emails(person: &Fields) -> Vec<String> {
    let emails = person.get("emails").and_then(Value::as_array);
    let emails = emails.into_iter().flatten();
    emails
        .filter_map(|email| Some(email.get("email")?.as_str()?.trim().to_lowercase()))
        .filter(|email| !email.is_empty())
        .collect()
}
