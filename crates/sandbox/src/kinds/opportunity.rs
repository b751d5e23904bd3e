//! Opportunities. The sandbox has one pipeline, that of Copper's example; it takes any other as well.

use serde_json::{Map, Value};

use super::{Kind, PLAIN, default, name_company};
use crate::account::Account;

pub(crate) const OPPORTUNITY: Kind = Kind {
    name: "opportunities",
    schema: "Opportunity",
    complete,
    ..PLAIN
};

const PIPELINE: i64 = 213_214;
/// The first one, where an opportunity is unless told otherwise.
const STAGE: i64 = 987_790;

fn complete(opportunity: &mut Map<String, Value>, account: &Account) {
    default(opportunity, "pipeline_id", PIPELINE);
    default(opportunity, "pipeline_stage_id", STAGE);
    default(opportunity, "status", "Open");
    default(opportunity, "priority", "None");
    name_company(opportunity, account);
}
