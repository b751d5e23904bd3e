//! Leads. A lead always has a status, and the parts of its name are taken from its name.

use serde_json::{Map, Value};

use super::{Kind, PLAIN};
use crate::{account::Account, name::NameParts, problem::Problem};

pub(crate) const LEAD: Kind = Kind {
    name: "leads",
    schema: "Lead",
    omitted: &[
        "monetary_unit",
        "converted_unit",
        "converted_value",
        "converted_opportunity_id",
        "converted_contact_id",
        "converted_at",
    ],
    problems,
    complete,
    ..PLAIN
};

/// What has become something else. Only a search that asks for them finds them.
pub(crate) const CONVERTED: Kind = Kind {
    name: "converted_leads",
    schema: "Lead",
    ..PLAIN
};

/// The id of a lead's status, if it has one to be looked at.
fn status_id(lead: &Map<String, Value>) -> Option<i64> {
    lead.get("status_id").and_then(Value::as_i64)
}

fn problems(lead: &Map<String, Value>, account: &Account) -> Vec<Problem> {
    let unknown = status_id(lead).filter(|id| account.status(Some(*id)).is_none());
    unknown
        .map(|_| Problem::invalid("status_id"))
        .into_iter()
        .collect()
}

fn complete(lead: &mut Map<String, Value>, account: &Account) {
    let status = account.status(status_id(lead)).or(account.status(None));
    if let Some((id, name)) = status {
        lead.insert("status_id".to_owned(), id.into());
        lead.insert("status".to_owned(), name.into());
    }
    name_parts(lead);
}

/// Puts in the parts of a record's name.
pub(super) fn name_parts(record: &mut Map<String, Value>) {
    let name = record.get("name").and_then(Value::as_str);
    let name = name.unwrap_or_default().to_owned();
    let NameParts {
        prefix,
        first,
        middle,
        last,
        suffix,
    } = NameParts::of(&name);
    let middle = middle.as_deref();
    let parts = [
        ("prefix", prefix),
        ("first_name", first),
        ("middle_name", middle),
        ("last_name", last),
        ("suffix", suffix),
    ];
    record.extend(parts.map(|(field, part)| (field.to_owned(), part.into())));
}
