//! What each operation does to the account. One file each, one plain function in it: no network, no
//! waiting, no limits. To add an operation, write its function and name it in [`handler`].

mod bulk_create;
mod create_lead;
mod get_lead;
mod list_lead_statuses;

use serde_json::Value;

use super::{account::Account, answer::Answer, document::Document};
use crate::operation::Operation;

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
        "list_lead_statuses" => list_lead_statuses::handle,
        "bulk_create_leads" => bulk_create::handle,
        _ => return None,
    })
}

impl Call<'_> {
    fn json(&self) -> Result<Value, Answer> {
        serde_json::from_slice(self.body).map_err(|_| Answer::malformed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::OPERATIONS;

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
