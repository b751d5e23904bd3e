//! The lookups: the account, its users, and the lists of ids and names.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::call::{Call, check};
use crate::{
    account::{
        Lookups,
        lookups::{OWNER, by_id},
    },
    entities::{Entity, company::COMPANY, lead::LEAD, opportunity::OPPORTUNITY, person::PERSON},
    page::Page,
    response::Response,
    schema::{Problem, Usage},
};

type Result = std::result::Result<Response, Response>;

pub(super) fn account(call: Call<'_>) -> Result {
    let leads = !call.account.lookups.leads_disabled;
    let settings =
        json!({ "setting_team_permissions_enabled": true, "setting_enable_leads": leads });
    Ok(Response::ok(&json!({
        "id": 100_624, "name": "Dev API Sandbox", "primary_timezone": "America/New_York", "settings": settings
    })))
}

pub(super) fn current_user(call: Call<'_>) -> Result {
    entry(&call.account.lookups.users, Some(OWNER))
}

pub(super) fn user(call: Call<'_>) -> Result {
    entry(&call.account.lookups.users, call.id())
}

/// One page of the users.
pub(super) fn users(call: Call<'_>) -> Result {
    let schema = call.schema()?;
    let body = call.document.with_numbers(schema, call.search()?.into());
    let nothing = Map::new();
    let asked = body.as_object().unwrap_or(&nothing);
    check(call.document.problems(schema, asked, Usage::Search))?;
    let page = Page::of(asked).map_err(|problems| Response::invalid(&problems))?;
    let users = page.take(call.account.lookups.users.iter());
    Ok(Response::ok(&users.cloned().collect()))
}

pub(super) fn custom_fields(call: Call<'_>) -> Result {
    list(&call.account.lookups.custom_fields)
}

pub(super) fn custom_field(call: Call<'_>) -> Result {
    entry(&call.account.lookups.custom_fields, call.id())
}

pub(super) fn statuses(call: Call<'_>) -> Result {
    list(&call.account.lookups.statuses)
}

pub(super) fn sources(call: Call<'_>) -> Result {
    list(&call.account.lookups.sources)
}

pub(super) fn contact_types(call: Call<'_>) -> Result {
    list(&call.account.lookups.contact_types)
}

pub(super) fn loss_reasons(call: Call<'_>) -> Result {
    list(&call.account.lookups.loss_reasons)
}

pub(super) fn pipelines(call: Call<'_>) -> Result {
    list(&call.account.lookups.pipelines)
}

pub(super) fn stages(call: Call<'_>) -> Result {
    let pipelines = call.account.lookups.pipelines.iter();
    Ok(Response::ok(&pipelines.flat_map(Lookups::stages).collect()))
}

pub(super) fn stages_of_pipeline(call: Call<'_>) -> Result {
    let pipelines = &call.account.lookups.pipelines;
    let pipeline = call.id().and_then(|id| by_id(pipelines, id));
    let pipeline = pipeline.ok_or_else(Response::no_such_record)?;
    Ok(Response::ok(&Lookups::stages(pipeline).collect()))
}

/// The activity types: an object with a list for each category.
pub(super) fn activity_types(call: Call<'_>) -> Result {
    let of = |category: &str| -> Value {
        let types = call.account.lookups.activity_types.iter();
        let types = types.filter(|of| of.get("category").is_some_and(|found| found == category));
        types.cloned().collect()
    };
    Ok(Response::ok(
        &json!({ "user": of("user"), "system": of("system") }),
    ))
}

/// The tags of all records, with the number of records that have each.
pub(super) fn tags(call: Call<'_>) -> Result {
    const COUNTED: [(&str, &Entity); 4] = [
        ("count_leads", &LEAD),
        ("count_people", &PERSON),
        ("count_companies", &COMPANY),
        ("count_opportunities", &OPPORTUNITY),
    ];
    let by_count = match call.parameter("sort_by").as_deref() {
        None | Some("name") => false,
        Some("count") => true,
        Some(_) => return Err(Response::invalid(&[Problem::invalid("sort_by")])),
    };
    let mut tags: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for (n, (_, entity)) in COUNTED.iter().enumerate() {
        for record in call.account.all(entity.table) {
            let own = record.get("tags").and_then(Value::as_array);
            for tag in own.into_iter().flatten().filter_map(Value::as_str) {
                if let Some(count) = tags.entry(tag).or_default().get_mut(n) {
                    *count += 1;
                }
            }
        }
    }
    if call.parameter("tag_names_only").as_deref() == Some("true") {
        return Ok(Response::ok(&tags.into_keys().map(Value::from).collect()));
    }
    let mut tags: Vec<_> = tags.into_iter().collect();
    if by_count {
        tags.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().sum::<usize>()));
    }
    let tags = tags.into_iter().map(|(name, counts)| {
        let mut tag = Map::new();
        tag.insert("name".to_owned(), name.into());
        tag.insert("count".to_owned(), counts.iter().sum::<usize>().into());
        for ((field, _), count) in COUNTED.iter().zip(counts) {
            tag.insert((*field).to_owned(), count.into());
        }
        // The sandbox has neither.
        tag.insert("count_projects".to_owned(), 0.into());
        tag.insert("count_tasks".to_owned(), 0.into());
        Value::Object(tag)
    });
    Ok(Response::ok(&tags.collect()))
}

fn list(entries: &[Value]) -> Result {
    Ok(Response::ok(&entries.iter().cloned().collect()))
}

fn entry(entries: &[Value], id: Option<i64>) -> Result {
    let entry = id.and_then(|id| by_id(entries, id));
    entry.map(Response::ok).ok_or_else(Response::no_such_record)
}
