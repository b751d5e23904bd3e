//! `POST /leads/search`: one page of the leads that match, and their total number in a header.

use serde_json::{Map, Value};

use super::call::{Call, check};
use crate::{
    account::unix_now,
    entities::lead::{CONVERTED, LEAD},
    page::Page,
    response::Response,
    schema::Usage,
    search,
};
use copper_crm::schema::search::TOTAL_HEADER;

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    let schema = call.schema()?;
    let body = search::normalized(call.search()?);
    let body = call.document.with_numbers(schema, body.into());
    let nothing = Map::new();
    let wanted = body.as_object().unwrap_or(&nothing);
    let mut problems = call.document.problems(schema, wanted, Usage::Search);
    problems.extend(search::problems(wanted, &call.account.lookups));
    check(problems)?;
    let page = Page::of(wanted).map_err(|problems| Response::invalid(&problems))?;

    let leads = call.account.searchable(LEAD.table);
    let converted = wanted.get("include_converted_leads") == Some(&Value::Bool(true));
    let converted = converted.then(|| call.account.searchable(CONVERTED.table));
    let leads: Vec<_> = leads.chain(converted.into_iter().flatten()).collect();
    let filters = wanted.get("custom_fields").and_then(Value::as_array);
    let mut filters = filters.into_iter().flatten();
    let lookups = &call.account.lookups;
    let records = || leads.iter().map(|stored| &stored.record);
    if filters.any(|filter| search::fails(filter, lookups, records())) {
        return Err(Response::html(500));
    }
    let now = unix_now();
    let found = leads
        .into_iter()
        .filter(|stored| search::matches(wanted, stored, now));
    let mut found: Vec<_> = found.map(|stored| &stored.record).collect();
    search::sort(&mut found, wanted);
    let leads = page.take(found.iter());
    let leads = leads.map(|lead| Value::Object((*lead).clone()));
    Ok(Response::ok(&leads.collect()).with_header(TOTAL_HEADER, found.len().to_string()))
}
