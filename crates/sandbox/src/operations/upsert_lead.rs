//! `PUT /leads/upsert`: updates the lead that matches, or creates one if none does. If several match, it
//! changes nothing and returns a 422 with their ids.

use serde_json::{Map, Value};

use super::call::{Call, check};
use crate::{
    entities::{
        lead::LEAD,
        record::{self, Draft},
    },
    response::Response,
    schema::Problem,
};

/// The most matches whose ids the 422 has.
const MOST_NAMED: usize = 30;

pub(crate) fn handle(call: Call<'_>) -> Result<Response, Response> {
    let (schema, body) = (call.schema()?, call.written()?);
    let body = body.as_object().cloned().unwrap_or_default();
    check(call.document.field_problems(schema, &body))?;
    let by = Match::of(body.get("match")).map_err(|problem| Response::invalid(&[problem]))?;
    let leads = call.account.all(LEAD.table).filter(|lead| by.matches(lead));
    let ids: Vec<_> = leads.filter_map(|lead| lead.get("id")?.as_i64()).collect();

    let properties = body.get("properties").unwrap_or(&Value::Null);
    let (document, account) = (call.document, call.account);
    let of = |schema: &str| document.named(schema).ok_or_else(Response::no_such_route);
    let done = match ids.as_slice() {
        [] => {
            let draft = Draft::single(of("NewLead")?, properties);
            record::create(&LEAD, &draft, document, account)
        }
        [id] => {
            let draft = Draft::single(of("LeadUpdate")?, properties);
            record::update(&LEAD, *id, &draft, document, account)
        }
        ids if ids.len() > MOST_NAMED => Err(vec![Problem::Several(Vec::new())]),
        ids => Err(vec![Problem::Several(ids.to_vec())]),
    };
    done.map(|lead| Response::ok(&lead))
        .map_err(|problems| Response::invalid(&problems))
}

/// The criterion of an upsert.
enum Match<'a> {
    Email(&'a str),
    Name(&'a str),
    Custom { field: i64, value: &'a Value },
}

impl<'a> Match<'a> {
    /// The documented forms of a match.
    fn of(by: Option<&'a Value>) -> Result<Self, Problem> {
        let part = |name: &str| by.and_then(|by| by.get(name));
        let value = part("field_value").ok_or_else(|| Problem::missing("field_value"))?;
        let wrong_value = || Problem::invalid("field_value");
        match part("field_name").and_then(Value::as_str) {
            Some(field @ ("email" | "name")) => {
                let text = value.as_str().map(str::trim);
                let text = text
                    .filter(|text| !text.is_empty())
                    .ok_or_else(wrong_value)?;
                Ok(match field {
                    "email" => Self::Email(text),
                    _ => Self::Name(text),
                })
            }
            Some("custom") => {
                let field = value
                    .get("custom_field_definition_id")
                    .and_then(Value::as_i64);
                let value = value.get("value").filter(|value| !value.is_null());
                let (field, value) = field.zip(value).ok_or_else(wrong_value)?;
                Ok(Self::Custom { field, value })
            }
            Some(_) => Err(Problem::invalid("field_name")),
            None => Err(Problem::missing("field_name")),
        }
    }

    fn matches(&self, lead: &Map<String, Value>) -> bool {
        match self {
            Self::Email(wanted) => {
                let email = lead
                    .get("email")
                    .and_then(|email| email.get("email")?.as_str());
                email.is_some_and(|email| same_text(email, wanted))
            }
            Self::Name(wanted) => {
                let name = lead.get("name").and_then(Value::as_str);
                name.is_some_and(|name| same_text(name, wanted))
            }
            Self::Custom { field, value } => {
                let fields = lead.get("custom_fields").and_then(Value::as_array);
                fields.into_iter().flatten().any(|stored| {
                    stored
                        .get("custom_field_definition_id")
                        .and_then(Value::as_i64)
                        == Some(*field)
                        && stored.get("value") == Some(*value)
                })
            }
        }
    }
}

fn same_text(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.to_lowercase()
}
