//! Opportunities. One that names no pipeline is in the first stage of the documented example's pipeline.

use super::{
    company,
    entity::{Entity, default},
};
use crate::account::{Account, Fields, Table};

pub(crate) const OPPORTUNITY: Entity = Entity {
    derive,
    ..Entity::plain(&Table::named("opportunities"), "Opportunity")
};

const PIPELINE: i64 = 213_214;
const FIRST_STAGE: i64 = 987_790;

fn derive(opportunity: &mut Fields, account: &Account) {
    default(opportunity, "pipeline_id", PIPELINE);
    default(opportunity, "pipeline_stage_id", FIRST_STAGE);
    default(opportunity, "status", "Open");
    default(opportunity, "priority", "None");
    company::derive_name(opportunity, account);
}
