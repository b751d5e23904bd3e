//! `POST /leads/search`: one page of the leads that match, and in a header how many there are in all.

use serde_json::{Map, Value};

use super::{Call, check};
use crate::{
    account::unix_now,
    answer::Answer,
    check::Purpose,
    kinds::lead::{CONVERTED, LEAD},
    page::Page,
    search,
};
use copper_crm::schema::search::TOTAL_HEADER;

pub(super) fn handle(call: Call<'_>) -> Result<Answer, Answer> {
    let schema = call.schema()?;
    let body = call.document.with_numbers(schema, call.fields()?.into());
    let nothing = Map::new();
    let wanted = body.as_object().unwrap_or(&nothing);
    let mut problems = call.document.problems(schema, wanted, Purpose::Ask);
    problems.extend(search::problems(wanted));
    check(problems)?;
    let page = Page::of(wanted).map_err(|problems| Answer::invalid(&problems))?;

    let leads = call.account.searchable(&LEAD);
    let converted = wanted.get("include_converted_leads") == Some(&Value::Bool(true));
    let converted = converted.then(|| call.account.searchable(&CONVERTED));
    let leads: Vec<_> = leads.chain(converted.into_iter().flatten()).collect();
    let filters = wanted.get("custom_fields").and_then(Value::as_array);
    let mut filters = filters.into_iter().flatten();
    if filters.any(|filter| search::cannot_be_asked(filter, leads.iter().map(|held| &held.record)))
    {
        return Err(Answer::html(500));
    }
    let now = unix_now();
    let found = leads
        .into_iter()
        .filter(|held| search::matches(wanted, held, now));
    let mut found: Vec<_> = found.map(|held| &held.record).collect();
    search::sort(&mut found, wanted);
    let leads = page.take(found.iter());
    let leads = leads.map(|lead| Value::Object((*lead).clone()));
    Ok(Answer::ok(&leads.collect()).with_header(TOTAL_HEADER, found.len().to_string()))
}
