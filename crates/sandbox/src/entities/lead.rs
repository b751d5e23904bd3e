//! Leads. A lead always has a status, and the parts of its name are derived from its name.

use serde_json::Value;

use super::{entity::Entity, name_parts};
use crate::{
    account::{Account, Fields, Table},
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
    ..Entity::plain(&Table::named("leads"), "Lead")
};

/// Leads that were converted. Only a search that asks for them finds them.
pub(crate) const CONVERTED: Entity = Entity::plain(&Table::named("converted_leads"), "Lead");

fn status_id(lead: &Fields) -> Option<i64> {
    lead.get("status_id").and_then(Value::as_i64)
}

fn validate(lead: &Fields, account: &Account) -> Vec<Problem> {
    let unknown = status_id(lead).filter(|id| account.status(Some(*id)).is_none());
    unknown
        .map(|_| Problem::invalid("status_id"))
        .into_iter()
        .collect()
}

fn derive(lead: &mut Fields, account: &Account) {
    let status = account.status(status_id(lead)).or(account.status(None));
    if let Some((id, name)) = status {
        lead.insert("status_id".to_owned(), id.into());
        lead.insert("status".to_owned(), name.into());
    }
    name_parts::derive(lead);
}
