//! Opportunities. One that names no pipeline is in the first pipeline, and one that names no stage in its
//! pipeline's first stage.

use serde_json::Value;

use super::{
    company,
    entity::{Entity, default},
};
use crate::account::{Account, Fields, Table};

pub(crate) const OPPORTUNITY: Entity = Entity {
    derive,
    ..Entity::plain(&Table::named("opportunities"), "Opportunity", "opportunity")
};

fn derive(opportunity: &mut Fields, account: &Account) {
    let asked = opportunity.get("pipeline_id").and_then(Value::as_i64);
    if let Some(pipeline) = account.lookups.pipeline(asked) {
        let id = |entry: &Value| entry.get("id").cloned().unwrap_or_default();
        let stage = pipeline.pointer("/stages/0").map(id);
        default(opportunity, "pipeline_id", id(pipeline));
        default(opportunity, "pipeline_stage_id", stage.unwrap_or_default());
    }
    default(opportunity, "status", "Open");
    default(opportunity, "priority", "None");
    company::derive_name(opportunity, account);
}
