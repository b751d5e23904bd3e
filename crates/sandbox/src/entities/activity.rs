//! Activities. A request can create only those of users, and only for records that exist.

use serde_json::Value;

use super::{
    company,
    entity::{Entity, default},
    lead, opportunity, person,
};
use crate::{
    account::{Account, Fields, Table, lookups::OWNER, unix_now},
    schema::Problem,
};

pub(crate) const ACTIVITY: Entity = Entity {
    validate,
    derive,
    ..Entity::plain(&Table::named("activities"), "Activity", "activity")
};

fn validate(activity: &Fields, account: &Account) -> Vec<Problem> {
    let category = activity.get("type").and_then(|of| of.get("category"));
    let by_user = category.is_some_and(|category| category == "user");
    // A type that is absent or no object is reported by the schema's validation.
    let typed = activity.get("type").is_none_or(|of| !of.is_object()) || by_user;
    let parent = activity.get("parent").and_then(parent);
    let exists = parent.is_none_or(|(table, id)| account.get(table, id).is_some());
    let checks = [("type", typed), ("parent", exists)];
    let failed = checks.into_iter().filter(|(_, passed)| !passed);
    failed.map(|(field, _)| Problem::invalid(field)).collect()
}

/// The table and id of an activity's parent, if the sandbox has such records.
fn parent(parent: &Value) -> Option<(&'static Table, i64)> {
    let entity = match parent.get("type")?.as_str()? {
        "lead" => &lead::LEAD,
        "person" => &person::PERSON,
        "company" => &company::COMPANY,
        "opportunity" => &opportunity::OPPORTUNITY,
        _ => return None,
    };
    Some((entity.table, parent.get("id")?.as_i64()?))
}

fn derive(activity: &mut Fields, _: &Account) {
    default(activity, "user_id", OWNER);
    default(activity, "activity_date", unix_now());
}
