//! People. No two of an account may share an e-mail address, in whatever case it is written.

use serde_json::{Map, Value};

use super::{Kind, PLAIN, lead, name_company};
use crate::account::Account;

pub(crate) const PERSON: Kind = Kind {
    name: "people",
    schema: "Person",
    complete,
    unique: emails,
    unique_field: "emails",
    ..PLAIN
};

fn complete(person: &mut Map<String, Value>, account: &Account) {
    lead::name_parts(person);
    name_company(person, account);
}

fn emails(person: &Map<String, Value>) -> Vec<String> {
    let emails = person.get("emails").and_then(Value::as_array);
    let emails = emails.into_iter().flatten();
    emails
        .filter_map(|email| Some(email.get("email")?.as_str()?.trim().to_lowercase()))
        .filter(|email| !email.is_empty())
        .collect()
}
