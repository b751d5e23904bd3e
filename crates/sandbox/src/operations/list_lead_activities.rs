//! `POST /leads/{id}/activities`: the activities of a lead, the newest first.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use super::call::{Call, check};
use crate::{entities::activity::ACTIVITY, page::Page, response::Response, schema::Usage};

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    let (id, schema) = (call.lead()?, call.schema()?);
    let body = call.document.with_numbers(schema, call.fields()?.into());
    let nothing = Map::new();
    let wanted = body.as_object().unwrap_or(&nothing);
    check(call.document.problems(schema, wanted, Usage::Search))?;
    let page = Page::of(wanted).map_err(|problems| Response::invalid(&problems))?;

    let types = wanted.get("activity_types").and_then(Value::as_array);
    let activities = call.account.all(ACTIVITY.table);
    let mut activities: Vec<_> = activities
        .filter(|activity| is_of_lead(activity, id))
        .filter(|activity| is_one_of(activity, types))
        .collect();
    activities.reverse();
    activities
        .sort_by_key(|activity| Reverse(activity.get("activity_date").and_then(Value::as_i64)));
    let activities = page.take(activities.into_iter());
    Ok(Response::ok(
        &activities.cloned().map(Value::Object).collect(),
    ))
}

fn is_of_lead(activity: &Map<String, Value>, id: i64) -> bool {
    let part = |name: &str| activity.get("parent").and_then(|parent| parent.get(name));
    part("type").is_some_and(|kind| kind == "lead") && part("id").is_some_and(|found| *found == id)
}

/// Returns true if an activity is of one of the types. A type without a category fits any category, and no
/// types mean all types.
fn is_one_of(activity: &Map<String, Value>, types: Option<&Vec<Value>>) -> bool {
    let found = |name: &str| activity.get("type").and_then(|of| of.get(name));
    let fits = |wanted: &Value| {
        let category = wanted
            .get("category")
            .filter(|category| !category.is_null());
        wanted.get("id") == found("id") && (category.is_none() || category == found("category"))
    };
    types.is_none_or(|types| types.is_empty() || types.iter().any(fits))
}
