//! The operations: one plain function each, which changes the account and returns a response.
//! No network, no waiting, no limits. To add an operation, write its function and add it to [`handler`].
//! Another bulk endpoint is only added to [`handler`].

mod bulk;
mod bulk_create;
mod bulk_update;
mod call;
mod convert_lead;
mod create;
mod delete;
mod get_lead;
mod list_lead_activities;
mod lookups;
mod search;
mod update_lead;
mod upsert_lead;

pub(crate) use call::Call;

use crate::response::Response;

/// Does the work of a call. A refusal is a response as well.
pub(crate) fn run(call: Call<'_>) -> Response {
    let path = call.operation.path;
    let about_leads = path.starts_with("/leads") || path.starts_with("/lead_statuses");
    if about_leads && call.account.lookups.leads_disabled {
        return Response::refusal(403, "Feature not enabled");
    }
    match handler(call.operation.id).map(|handle| handle(call)) {
        Some(Ok(response) | Err(response)) => response,
        None => Response::no_such_route(),
    }
}

/// Does the work of an operation, or returns a refusal.
type Handler = fn(Call<'_>) -> Result<Response, Response>;

/// The handler of an operation, by its `operationId`.
fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "create_lead" | "create_activity" => create::handle,
        "get_lead" => get_lead::handle,
        "update_lead" => update_lead::handle,
        "delete_lead" | "delete_person" | "delete_company" | "delete_opportunity" => delete::handle,
        "upsert_lead" => upsert_lead::handle,
        "convert_lead" => convert_lead::handle,
        "search_leads" => search::leads,
        "search_people" => search::people,
        "search_companies" => search::companies,
        "list_lead_activities" => list_lead_activities::handle,
        "get_account" => lookups::account,
        "get_current_user" => lookups::current_user,
        "get_user" => lookups::user,
        "search_users" => lookups::users,
        "list_custom_field_definitions" => lookups::custom_fields,
        "get_custom_field_definition" => lookups::custom_field,
        "list_lead_statuses" => lookups::statuses,
        "list_customer_sources" => lookups::sources,
        "list_contact_types" => lookups::contact_types,
        "list_loss_reasons" => lookups::loss_reasons,
        "list_pipelines" => lookups::pipelines,
        "list_pipeline_stages" => lookups::stages,
        "list_stages_of_pipeline" => lookups::stages_of_pipeline,
        "list_activity_types" => lookups::activity_types,
        "list_tags" => lookups::tags,
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
