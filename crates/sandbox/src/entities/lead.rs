//! Leads. A lead always has a status, and the parts of its name are derived from its name.

use serde_json::Value;

use super::{entity::Entity, name_parts};
use crate::{
    account::{Account, Fields, Table, lookups::by_id},
    schema::Problem,
};

pub(crate) const LEAD: Entity = Entity {
    omitted: &[
        "monetary_unit",
        "converted_unit",
        "converted_value",
        "converted_opportunity_id",
        "converted_contact_id",
        "converted_at",
    ],
    validate,
    derive,
    ..Entity::plain(&Table::named("leads"), "Lead", "lead")
};

/// Leads that were converted. Only a search that asks for them finds them.
pub(crate) const CONVERTED: Entity =
    Entity::plain(&Table::named("converted_leads"), "Lead", "lead");

fn status_id(lead: &Fields) -> Option<i64> {
    lead.get("status_id").and_then(Value::as_i64)
}

fn validate(lead: &Fields, account: &Account) -> Vec<Problem> {
    let lookups = &account.lookups;
    let lists = [
        ("status_id", &lookups.statuses),
        ("customer_source_id", &lookups.sources),
    ];
    let unknown = lists.into_iter().filter(|(field, list)| {
        let id = lead.get(*field).and_then(Value::as_i64);
        id.is_some_and(|id| by_id(list, id).is_none())
    });
    unknown.map(|(field, _)| Problem::invalid(field)).collect()
}

fn derive(lead: &mut Fields, account: &Account) {
    let lookups = &account.lookups;
    let status = lookups.status(status_id(lead)).or(lookups.status(None));
    if let Some(status) = status {
        let of = |key: &str| status.get(key).cloned().unwrap_or_default();
        lead.insert("status_id".to_owned(), of("id"));
        lead.insert("status".to_owned(), of("name"));
    }
    name_parts::derive(lead);
}
