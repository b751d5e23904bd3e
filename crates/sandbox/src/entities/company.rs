//! Companies. Several may have the same name.

use super::entity::Entity;
use crate::account::{Account, Fields, Table};

pub(crate) const COMPANY: Entity = Entity::plain(&Table::named("companies"), "Company", "company");

/// Sets the name of the company that a record refers to by id, if that company exists.
pub(super) fn derive_name(record: &mut Fields, account: &Account) {
    let company = record.get("company_id").and_then(|id| id.as_i64());
    let company = company.and_then(|id| account.get(COMPANY.table, id));
    if let Some(name) = company.and_then(|company| company.get("name")) {
        record.insert("company_name".to_owned(), name.clone());
    }
}
