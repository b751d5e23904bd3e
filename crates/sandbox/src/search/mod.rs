//! Matches leads, people and companies against the criteria of a search. All criteria must match. Each is one line
//! of a table or one file here; the schema says which of them a search has. The list of guesses in the crate's
//! documentation names what is not documented.

mod custom_field;
mod options;
mod phone;
mod sort;

pub(crate) use custom_field::fails;
pub(crate) use sort::sort;

use serde_json::{Map, Value};

use crate::{
    account::{Lookups, Stored},
    schema::Problem,
};
use copper_crm::schema::NONE_ID;

/// Text criteria, and their places in a record. The whole text must be equal, except for case.
const TEXTS: [(&str, &str); 12] = [
    ("name", "/name"),
    ("first_name", "/first_name"),
    ("last_name", "/last_name"),
    ("middle_name", "/middle_name"),
    ("company_name", "/company_name"),
    ("title", "/title"),
    ("emails", "/email/email"),
    ("email_domains", "/email_domain"),
    ("city", "/address/city"),
    ("state", "/address/state"),
    ("postal_code", "/address/postal_code"),
    ("country", "/address/country"),
];

/// Id criteria, and their fields in a record, which must have one of the ids.
const IDS: [(&str, &str); 6] = [
    ("ids", "id"),
    ("assignee_ids", "assignee_id"),
    ("status_ids", "status_id"),
    ("customer_source_ids", "customer_source_id"),
    ("contact_type_ids", "contact_type_id"),
    ("company_ids", "company_id"),
];

/// Range criteria, named `minimum_` and `maximum_` with this suffix, and their fields in a record.
const RANGES: [(&str, &str); 5] = [
    ("monetary_value", "monetary_value"),
    ("interaction_count", "interaction_count"),
    ("interaction_date", "date_last_contacted"),
    ("created_date", "date_created"),
    ("modified_date", "date_modified"),
];

/// The same search in its documented form. Programs also send an empty list or a list of `socials`, and
/// `tags` without an `option`.
pub(crate) fn normalized(mut search: Map<String, Value>) -> Map<String, Value> {
    match search
        .get("socials")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([]) => drop(search.remove("socials")),
        Some([one]) => drop(search.insert("socials".to_owned(), one.clone())),
        _ => {}
    }
    if let Some(tags) = search.get_mut("tags").and_then(Value::as_object_mut) {
        tags.entry("option").or_insert_with(|| "ANY".into());
    }
    search
}

/// The problems of a search that its schema doesn't state.
pub(crate) fn problems(search: &Map<String, Value>, lookups: &Lookups) -> Vec<Problem> {
    let filters = search.get("custom_fields").and_then(Value::as_array);
    let mut filters = filters.into_iter().flatten();
    let country = text(search, "country");
    let country = country.is_none_or(|country| country.is_empty() || country.chars().count() == 2);
    let followed = search.get("followed").and_then(Value::as_i64);
    let wrong = [
        ("country", country),
        (
            "followed",
            followed.is_none_or(|followed| (1..=2).contains(&followed)),
        ),
        (
            "phone_number",
            search.get("phone_number").is_none_or(phone::is_sound),
        ),
        (
            "custom_fields",
            !filters.any(|filter| custom_field::asks_for_text(filter, lookups)),
        ),
    ];
    let wrong = wrong.into_iter().filter(|(_, good)| !good);
    wrong.map(|(field, _)| Problem::invalid(field)).collect()
}

/// Returns true if a lead matches at this time, in Unix seconds. `followed` is ignored, because nobody here
/// follows a lead.
pub(crate) fn matches(search: &Map<String, Value>, stored: &Stored, now: u64) -> bool {
    let lead = &stored.record;
    let wanted = |field: &str| search.get(field).filter(|value| !value.is_null());
    TEXTS.iter().all(|(field, at)| {
        text(search, field).is_none_or(|wanted| same_text(wanted, pointer(lead, at)))
    }) && IDS
        .iter()
        .all(|(field, of)| wanted(field).is_none_or(|ids| one_of(ids, lead.get(*of))))
        && RANGES
            .iter()
            .all(|(field, of)| within(search, field, lead.get(*of).and_then(Value::as_f64)))
        && within(
            search,
            "status_change_date",
            Some(stored.status_changed as f64),
        )
        && wanted("age")
            .and_then(Value::as_u64)
            .is_none_or(|age| is_younger(lead, now.saturating_sub(age)))
        && wanted("phone_number")
            .is_none_or(|number| phone::matches(number, lead.get("phone_numbers")))
        && wanted("tags").is_none_or(|tags| options::matches(tags, lead.get("tags")))
        && text(search, "socials").is_none_or(|url| has_social(lead, url))
        && wanted("emails")
            .and_then(Value::as_array)
            .is_none_or(|emails| emails.is_empty() || has_email(lead, emails))
        && wanted("custom_fields")
            .and_then(Value::as_array)
            .is_none_or(|filters| {
                filters
                    .iter()
                    .all(|filter| custom_field::matches(filter, lead))
            })
}

/// The people who are the contacts of the opportunities that a search names, if it names any.
pub(crate) fn contacts<'a>(
    search: &Map<String, Value>,
    opportunities: impl Iterator<Item = &'a Map<String, Value>>,
) -> Option<Vec<i64>> {
    let ids = search.get("opportunity_ids")?.as_array()?;
    let contact = |sale: &Map<String, Value>| {
        let wanted = ids.is_empty() || ids.contains(sale.get("id")?);
        wanted.then(|| sale.get("primary_contact_id")?.as_i64())?
    };
    (!ids.is_empty()).then(|| opportunities.filter_map(contact).collect())
}

/// Returns true if the record has one of these ids, or if there are none.
pub(crate) fn is_one_of(ids: Option<&[i64]>, stored: &Stored) -> bool {
    let id = stored.record.get("id").and_then(Value::as_i64);
    ids.is_none_or(|ids| id.is_some_and(|id| ids.contains(&id)))
}

/// Returns true if a person has one of the wanted addresses.
fn has_email(person: &Map<String, Value>, wanted: &[Value]) -> bool {
    let held = person.get("emails").and_then(Value::as_array);
    let mut held = held.into_iter().flatten();
    held.any(|held| {
        let mut wanted = wanted.iter().filter_map(Value::as_str);
        wanted.any(|wanted| same_text(wanted, held.get("email")))
    })
}

fn text<'a>(search: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    search.get(field).and_then(Value::as_str)
}

/// The value at a path in a lead, such as `/address/city`.
fn pointer<'a>(lead: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('/').skip(1);
    let field = lead.get(parts.next()?)?;
    parts.try_fold(field, |value, part| value.get(part))
}

/// An empty text finds leads without a value.
fn same_text(wanted: &str, found: Option<&Value>) -> bool {
    let found = found.and_then(Value::as_str).unwrap_or_default();
    wanted.trim().to_lowercase() == found.trim().to_lowercase()
}

/// An empty list of ids matches every lead.
fn one_of(ids: &Value, found: Option<&Value>) -> bool {
    let found = found.and_then(Value::as_i64).unwrap_or(NONE_ID);
    ids.as_array()
        .is_none_or(|ids| ids.is_empty() || ids.iter().any(|id| id.as_i64() == Some(found)))
}

/// Both ends belong to the range. A lead without a value is in no range.
fn within(search: &Map<String, Value>, field: &str, found: Option<f64>) -> bool {
    let end = |end: &str| {
        search
            .get(&format!("{end}_{field}"))
            .and_then(Value::as_f64)
    };
    end("minimum").is_none_or(|minimum| found.is_some_and(|found| found >= minimum))
        && end("maximum").is_none_or(|maximum| found.is_some_and(|found| found <= maximum))
}

fn is_younger(lead: &Map<String, Value>, than: u64) -> bool {
    lead.get("date_created")
        .and_then(Value::as_u64)
        .is_some_and(|created| created >= than)
}

fn has_social(lead: &Map<String, Value>, url: &str) -> bool {
    let socials = lead.get("socials").and_then(Value::as_array);
    let mut urls = socials
        .into_iter()
        .flatten()
        .filter_map(|social| social.get("url")?.as_str());
    urls.any(|found| found.to_lowercase().contains(&url.trim().to_lowercase()))
}
