//! `POST /leads/{id}/activities`: what happened to a lead, the newest first.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use super::{Call, check};
use crate::{answer::Answer, check::Purpose, kinds::activity::ACTIVITY, page::Page};

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    let (id, schema) = (call.lead()?, call.schema()?);
    let body = call.document.with_numbers(schema, call.fields()?.into());
    let nothing = Map::new();
    let wanted = body.as_object().unwrap_or(&nothing);
    check(call.document.problems(schema, wanted, Purpose::Ask))?;
    let page = Page::of(wanted).map_err(|problems| Answer::invalid(&problems))?;

    let types = wanted.get("activity_types").and_then(Value::as_array);
    let activities = call.account.all(&ACTIVITY);
    let mut activities: Vec<_> = activities
        .filter(|activity| is_of_lead(activity, id))
        .filter(|activity| is_one_of(activity, types))
        .collect();
    activities.reverse();
    activities
        .sort_by_key(|activity| Reverse(activity.get("activity_date").and_then(Value::as_i64)));
    let activities = page.take(activities.into_iter());
    Ok(Answer::ok(
        &activities.cloned().map(Value::Object).collect(),
    ))
}

fn is_of_lead(activity: &Map<String, Value>, id: i64) -> bool {
    let part = |name: &str| activity.get("parent").and_then(|parent| parent.get(name));
    part("type").is_some_and(|kind| kind == "lead") && part("id").is_some_and(|found| *found == id)
}

/// A type may be asked for without its category. No types at all are all types.
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
