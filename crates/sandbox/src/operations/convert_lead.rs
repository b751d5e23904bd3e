//! `POST /leads/{id}/convert`: makes a person of the lead, and a company and an opportunity where they are
//! asked for. Afterwards only a search for converted leads finds the lead.

use serde_json::{Map, Value, json};

use super::call::{Call, check};
use crate::{
    account::{Account, Fields, unix_now},
    entities::{
        Entity,
        company::COMPANY,
        lead::{CONVERTED, LEAD},
        opportunity::OPPORTUNITY,
        person::PERSON,
        record,
    },
    response::Response,
    schema::{Document, Problem, Usage},
};

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    let (id, schema, body) = (call.lead()?, call.schema()?, call.written()?);
    let mut body = body.as_object().cloned().unwrap_or_default();
    // Programs send nothing when they ask for nothing.
    body.entry("details").or_insert_with(|| json!({}));
    check(problems(&body, schema, call.document, call.account))?;
    let details = body.get("details");
    let part = |name: &str| details.and_then(|details| details.get(name)?.as_object());

    let (document, account) = (call.document, call.account);
    let stored = account
        .remove(LEAD.table, id)
        .ok_or_else(Response::no_such_record)?;
    let lead = stored.record.clone();
    let company = company(part("company"), &lead, document, account);
    let person = person(part("person"), &lead, company.as_ref(), document, account);
    let opportunity = part("opportunity").map(|asked| {
        let fields = opportunity(asked, &lead, &person, company.as_ref());
        record::insert(&OPPORTUNITY, &fields, document, account)
    });

    let mut links = Map::new();
    let id_of = |record: &Value| record.get("id").cloned().unwrap_or_default();
    links.insert("converted_at".to_owned(), unix_now().into());
    links.insert("converted_contact_id".to_owned(), id_of(&person));
    let made = opportunity.as_ref().map(id_of).unwrap_or_default();
    links.insert("converted_opportunity_id".to_owned(), made);
    record::retype(&CONVERTED, id, stored, links, document, account);

    // A part that was not made is absent.
    let parts = [
        ("person", Some(person)),
        ("company", company),
        ("opportunity", opportunity),
    ];
    let parts = parts
        .into_iter()
        .filter_map(|(name, part)| Some((name.to_owned(), part?)));
    Ok(Response::ok(&Value::Object(parts.collect())))
}

/// The problems of the parts, or, if they have none, of the whole body; then of the company.
fn problems(body: &Fields, schema: &Value, document: &Document, account: &Account) -> Vec<Problem> {
    let mut problems = Vec::new();
    let details = body.get("details").and_then(Value::as_object);
    let of_details = document.field(schema, "details");
    if let Some((details, schema)) = details.zip(of_details) {
        for (name, part) in document.fields(schema) {
            if let Some(fields) = details.get(name).and_then(Value::as_object) {
                problems.extend(document.problems(part, fields, Usage::Write));
            }
        }
        if problems.is_empty() {
            problems.extend(document.problems(schema, details, Usage::Write));
        }
    }
    if problems.is_empty() {
        problems.extend(document.problems(schema, body, Usage::Write));
    }
    let company = details.and_then(|details| details.get("company")?.as_object());
    let id = company.and_then(|company| company.get("id")?.as_i64());
    let named = company.is_some_and(|company| company.get("name").is_some_and(Value::is_string));
    if id.is_some_and(|id| id > 0 && (named || account.get(COMPANY.table, id).is_none())) {
        problems.push(Problem::invalid("company"));
    }
    problems
}

/// The person's company: the one with the given id, one with the name, or a new one. The name is the given
/// one, or the lead's company, or the lead's own name. With an empty name there is no company.
fn company(
    asked: Option<&Fields>,
    lead: &Fields,
    document: &Document,
    account: &mut Account,
) -> Option<Value> {
    if let Some(id) = asked.and_then(|asked| asked.get("id")?.as_i64()) {
        return account.get(COMPANY.table, id).cloned().map(Value::Object);
    }
    let name = asked.and_then(|asked| asked.get("name")?.as_str());
    let of_lead = |field: &str| {
        let name = lead.get(field).and_then(Value::as_str);
        name.filter(|name| !name.trim().is_empty())
    };
    let name = name.or_else(|| of_lead("company_name").or_else(|| of_lead("name")))?;
    let name = name.trim();
    if name.is_empty() {
        return None;
    }
    let exactly = asked.is_some_and(|asked| asked.get("exact_match") == Some(&Value::Bool(true)));
    let matches = |company: &&Fields| {
        let found = company.get("name").and_then(Value::as_str);
        found
            .is_some_and(|found| found == name || !exactly && simplified(found) == simplified(name))
    };
    let known = account.all(COMPANY.table).find(matches).cloned();
    let known = known.map(Value::Object);
    known.or_else(|| {
        let mut fields = shared(lead, &COMPANY, document);
        fields.insert("name".to_owned(), name.into());
        Some(record::insert(&COMPANY, &fields, document, account))
    })
}

/// A name without the differences of similar names: its letters and digits in lower case.
fn simplified(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The person of the conversion: the one with the lead's e-mail address, or a new one.
fn person(
    asked: Option<&Fields>,
    lead: &Fields,
    company: Option<&Value>,
    document: &Document,
    account: &mut Account,
) -> Value {
    let mut fields = shared(lead, &PERSON, document);
    let email = lead.get("email").filter(|email| !email.is_null());
    fields.insert("emails".to_owned(), email.into_iter().cloned().collect());
    fields.insert("company_id".to_owned(), part(company, "id"));
    fields.insert("company_name".to_owned(), part(company, "name"));
    fields.extend(given(asked));
    let mut keys = (PERSON.table.unique)(&fields).into_iter();
    let known = keys.find_map(|key| account.owner(PERSON.table, &key));
    match known.and_then(|id| account.get(PERSON.table, id)) {
        Some(known) => Value::Object(known.clone()),
        None => record::insert(&PERSON, &fields, document, account),
    }
}

fn opportunity(asked: &Fields, lead: &Fields, person: &Value, company: Option<&Value>) -> Fields {
    let name = part(company, "name");
    let name = if name.is_null() {
        part(Some(person), "name")
    } else {
        name
    };
    let fields = json!({
        "name": name,
        "assignee_id": lead.get("assignee_id"),
        "company_id": part(company, "id"),
        "customer_source_id": lead.get("customer_source_id"),
        "monetary_value": lead.get("monetary_value"),
        "primary_contact_id": part(Some(person), "id"),
    });
    let mut fields = fields.as_object().cloned().unwrap_or_default();
    fields.extend(given(Some(asked)));
    fields
}

/// The fields that were sent for a part, except empty ones.
fn given(asked: Option<&Fields>) -> impl Iterator<Item = (String, Value)> {
    let fields = asked.into_iter().flatten();
    let fields = fields.filter(|(_, value)| !value.is_null() && *value != "");
    fields.map(|(name, value)| (name.clone(), value.clone()))
}

fn part(record: Option<&Value>, field: &str) -> Value {
    record
        .and_then(|record| record.get(field))
        .cloned()
        .unwrap_or_default()
}

/// The lead's fields that a new record of another entity can have.
fn shared(lead: &Fields, entity: &Entity, document: &Document) -> Fields {
    let schema = document.named(&format!("New{}", entity.schema));
    let fields = schema.map_or_else(Vec::new, |schema| document.fields(schema));
    let fields = fields.into_iter().map(|(name, _)| name);
    fields
        .filter_map(|name| Some((name.clone(), lead.get(name)?.clone())))
        .collect()
}
