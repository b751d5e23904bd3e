//! The operations: one file and one plain function each, which changes the account and returns a response.
//! No network, no waiting, no limits. To add an operation, write its function and add it to [`handler`].
//! Another bulk endpoint is only added to [`handler`].

mod bulk;
mod bulk_create;
mod bulk_update;
mod call;
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

pub(crate) use call::Call;

use crate::response::Response;

/// Does the work of an operation, or returns a refusal.
pub(crate) type Handler = fn(Call<'_>) -> Result<Response, Response>;

/// The handler of an operation, by its `operationId`.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
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
