//! Activities. Only those that a user makes can be created, and only of what there is.

use serde_json::{Map, Value};

use super::{Kind, PLAIN, company, default, lead, opportunity, person};
use crate::{
    account::{Account, unix_now},
    problem::Problem,
};

pub(crate) const ACTIVITY: Kind = Kind {
    name: "activities",
    schema: "Activity",
    problems,
    complete,
    ..PLAIN
};

/// The user whose key the sandbox takes.
const OWNER: i64 = 137_658;

fn problems(activity: &Map<String, Value>, account: &Account) -> Vec<Problem> {
    let category = activity.get("type").and_then(|of| of.get("category"));
    // What is absent altogether is a problem already.
    let by_user = category.is_some_and(|category| category == "user");
    let typed = activity.get("type").is_none_or(|of| !of.is_object()) || by_user;
    let of = activity.get("parent").and_then(parent);
    let there = of.is_none_or(|(kind, id)| account.get(kind, id).is_some());
    let wrong = [("type", typed), ("parent", there)];
    let wrong = wrong.into_iter().filter(|(_, good)| !good);
    wrong.map(|(field, _)| Problem::invalid(field)).collect()
}

/// What an activity belongs to, if the sandbox holds records of that kind.
fn parent(parent: &Value) -> Option<(&'static Kind, i64)> {
    let kind = match parent.get("type")?.as_str()? {
        "lead" => &lead::LEAD,
        "person" => &person::PERSON,
        "company" => &company::COMPANY,
        "opportunity" => &opportunity::OPPORTUNITY,
        _ => return None,
    };
    Some((kind, parent.get("id")?.as_i64()?))
}

fn complete(activity: &mut Map<String, Value>, _: &Account) {
    default(activity, "user_id", OWNER);
    default(activity, "activity_date", unix_now());
}
