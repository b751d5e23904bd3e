//! What each operation does to the account. One file each, one plain function in it: no network, no
//! waiting, no limits. To add an operation, write its function and name it in [`handler`]; one more
//! bulk endpoint is only named.

mod bulk_create;
mod bulk_update;
mod convert_lead;
mod create_lead;
mod delete_lead;
mod get_lead;
mod list_customer_sources;
mod list_lead_activities;
mod list_lead_statuses;
mod search_leads;
mod update_lead;
mod upsert_lead;

use serde_json::{Map, Value};

use super::{
    account::Account, answer::Answer, document::Document, kinds::lead::LEAD, problem::Problem,
};
use copper_crm::schema::Operation;

/// A request that has passed everything but its operation.
pub(super) struct Call<'a> {
    pub(super) operation: &'static Operation,
    /// The `{id}` of the path, as it was sent.
    pub(super) id: Option<&'a str>,
    pub(super) body: &'a [u8],
    /// How many records a bulk request may hold now.
    pub(super) max_items: usize,
    pub(super) document: &'a Document,
    pub(super) account: &'a mut Account,
}

/// Does the work, or says why not.
pub(super) type Handler = fn(Call<'_>) -> Result<Answer, Answer>;

/// Who handles an operation, by its `operationId`.
pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "create_lead" => create_lead::handle,
        "get_lead" => get_lead::handle,
        "update_lead" => update_lead::handle,
        "delete_lead" => delete_lead::handle,
        "upsert_lead" => upsert_lead::handle,
        "convert_lead" => convert_lead::handle,
        "search_leads" => search_leads::handle,
        "list_lead_activities" => list_lead_activities::handle,
        "list_lead_statuses" => list_lead_statuses::handle,
        "list_customer_sources" => list_customer_sources::handle,
        "bulk_create_leads"
        | "bulk_create_people"
        | "bulk_create_companies"
        | "bulk_create_opportunities"
        | "bulk_create_activities" => bulk_create::handle,
        "bulk_update_leads" | "bulk_update_people" | "bulk_update_companies" => bulk_update::handle,
        _ => return None,
    })
}

impl<'a> Call<'a> {
    fn json(&self) -> Result<Value, Answer> {
        serde_json::from_slice(self.body).map_err(|_| Answer::malformed())
    }

    /// The fields of the body. What is no object has none.
    fn fields(&self) -> Result<Map<String, Value>, Answer> {
        Ok(match self.json()? {
            Value::Object(fields) => fields,
            _ => Map::new(),
        })
    }

    /// The schema of the body.
    fn schema(&self) -> Result<&'a Value, Answer> {
        let schema = self.document.request(self.operation.id);
        schema.ok_or_else(Answer::no_such_route)
    }

    /// The id of the lead that the path names, if there is that lead.
    fn lead(&self) -> Result<i64, Answer> {
        let id = self.id.and_then(|id| id.parse().ok());
        id.filter(|id| self.account.get(&LEAD, *id).is_some())
            .ok_or_else(Answer::no_such_record)
    }
}

/// A 422, unless there is nothing wrong.
fn check(problems: Vec<Problem>) -> Result<(), Answer> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Answer::invalid(&problems))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use copper_crm::schema::OPERATIONS;

    #[test]
    fn every_operation_of_the_schema_has_its_handler() {
        let without: Vec<_> = OPERATIONS
            .iter()
            .map(|operation| operation.id)
            .filter(|id| handler(id).is_none())
            .collect();
        assert_eq!(without, [""; 0]);
    }
}
