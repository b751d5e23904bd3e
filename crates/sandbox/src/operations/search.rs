//! `POST /leads/search` and its like for people and companies: one page of the records that match, and their total
//! number in a header.

use serde_json::{Map, Value};

use super::call::{Call, check};
use crate::{
    account::unix_now,
    entities::{
        lead::{CONVERTED, LEAD},
        opportunity::OPPORTUNITY,
    },
    page::Page,
    response::Response,
    schema::Usage,
    search,
};
use copper_crm::schema::search::TOTAL_HEADER;

pub(crate) fn leads(call: Call<'_>) -> Result<Response, Response> {
    handle(call, "name")
}

pub(crate) fn people(call: Call<'_>) -> Result<Response, Response> {
    handle(call, "first_name")
}

pub(crate) fn companies(call: Call<'_>) -> Result<Response, Response> {
    handle(call, "date_modified")
}

/// Searches the records of the path, and sorts them by this field if the search names none.
fn handle(call: Call<'_>, sorted_by: &str) -> Result<Response, Response> {
    let (schema, entity) = (call.schema()?, call.entity()?);
    let body = search::normalized(call.search()?);
    let body = call.document.with_numbers(schema, body.into());
    let nothing = Map::new();
    let wanted = body.as_object().unwrap_or(&nothing);
    let mut problems = call.document.problems(schema, wanted, Usage::Search);
    problems.extend(search::problems(wanted, &call.account.lookups));
    check(problems)?;
    let page = Page::of(wanted).map_err(|problems| Response::invalid(&problems))?;

    let account = &*call.account;
    let converted = wanted.get("include_converted_leads") == Some(&Value::Bool(true));
    let mut records: Vec<_> = account.searchable(entity.table, ids(wanted)).collect();
    if converted && entity.table.name == LEAD.table.name {
        records.extend(account.searchable(CONVERTED.table, ids(wanted)));
    }
    let filters = wanted.get("custom_fields").and_then(Value::as_array);
    let mut filters = filters.into_iter().flatten();
    let fields = || records.iter().map(|stored| &stored.record);
    if filters.any(|filter| search::fails(filter, &account.lookups, fields())) {
        return Err(Response::html(500));
    }
    let now = unix_now();
    let sales = account.all(OPPORTUNITY.table);
    let contacts = search::contacts(wanted, sales);
    let found = records
        .into_iter()
        .filter(|stored| search::matches(wanted, stored, now))
        .filter(|stored| search::is_one_of(contacts.as_deref(), stored));
    let mut found: Vec<_> = found.map(|stored| &stored.record).collect();
    search::sort(&mut found, wanted, sorted_by);
    let total = found.len().to_string();
    let records = page.take(found.into_iter());
    let records = records.map(|record| Value::Object(record.clone()));
    Ok(Response::ok(&records.collect()).with_header(TOTAL_HEADER, total))
}

/// The ids that the search is for, if it names any.
fn ids(wanted: &Map<String, Value>) -> Option<Vec<i64>> {
    let ids = wanted.get("ids")?.as_array()?;
    let ids: Vec<i64> = ids.iter().filter_map(Value::as_i64).collect();
    (!ids.is_empty()).then_some(ids)
}
