//! Reads a refusal: Copper's words, in any of the observed forms, without anything that the request carried.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use reqwest::{Response, StatusCode, Url, header::LOCATION};
use serde_json::{Map, Value};

use crate::{
    error::{LONGEST_MESSAGE, Refusal, texts},
    escape::escaped,
    generated::{self, operation},
    operation::Operation,
    redactor::Redactor,
    retry,
};

/// The header with the id that Copper gives a request.
pub(crate) const REQUEST_ID: &str = "x-request-id";
/// A larger body is not a short message.
const LARGEST_REFUSAL: usize = 64 << 10;
/// Copper's words when a feature is switched off.
const FEATURE_OFF: &str = "Feature not enabled";
/// Copper's words before messages by field, where they are one text.
const BY_FIELD: &str = "Validation errors: ";
/// The name that stands for no field there.
const NO_FIELD: &str = "Base";

/// The facts about a request that are needed to read its answer. An answer carries them.
#[derive(Clone, Default)]
pub(crate) struct Sent {
    pub(crate) redactor: Redactor,
    pub(crate) base_url: Arc<str>,
}

/// Reads an answer that refuses the request.
pub(crate) async fn refusal(operation: &Operation, answer: Response) -> Refusal {
    let status = answer.status();
    let sent: Sent = answer.extensions().get().cloned().unwrap_or_default();
    let redact = |text: &str| sent.redactor.redact(text.trim(), LONGEST_MESSAGE);
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let request_id = header(REQUEST_ID).map(redact);
    let retry_after = retry::retry_after(answer.headers());
    let location = header(LOCATION.as_str()).map(str::to_owned);
    // The body is in memory: `exchange` has read it.
    let body = answer.bytes().await.unwrap_or_else(|_| Bytes::new());
    // A success has records, not a message.
    let words = if status.is_success() {
        None
    } else {
        words(&body)
    };
    let hint = hint(
        operation,
        status,
        &body,
        location.as_deref(),
        &sent.base_url,
    );
    let mut refusal = Refusal {
        status: status.as_u16(),
        hint,
        request_id,
        retry_after,
        ..Refusal::default()
    };
    let Some(words) = words else { return refusal };
    refusal.size_limit = size_limit(&words);
    let words = match words {
        Value::String(text) => Value::String(redact(&text)),
        other => sent.redactor.redact_json(other, LONGEST_MESSAGE),
    };
    let message = match &words {
        Value::String(text) => text.clone(),
        other => Redactor::default().redact(&other.to_string(), LONGEST_MESSAGE),
    };
    refusal.feature_off = message.contains(FEATURE_OFF);
    if operation.id == operation::UPSERT_LEAD.id && status == StatusCode::UNPROCESSABLE_ENTITY {
        refusal.matching_ids = numbers(&message);
    }
    if matches!(status.as_u16(), 400 | 413 | 422) {
        refusal.fields = fields(words);
    }
    refusal.message = Some(message).filter(|message| !message.is_empty());
    refusal
}

/// Copper's own words in a refusal. An HTML page is not Copper's, and says no more than its status.
fn words(body: &[u8]) -> Option<Value> {
    if body.len() > LARGEST_REFUSAL {
        return None;
    }
    match serde_json::from_slice::<Map<String, Value>>(body) {
        Ok(mut object) => {
            let named = ["message", "error"]
                .iter()
                .find_map(|name| object.remove(*name).filter(|words| !words.is_null()));
            Some(named.unwrap_or(Value::Object(object)))
        }
        Err(_) => {
            let text = String::from_utf8_lossy(body);
            (!text.contains('<')).then(|| Value::from(text))
        }
    }
}

/// The most records of one request, if the message is about that.
fn size_limit(words: &Value) -> Option<usize> {
    let number = words
        .as_str()?
        .trim()
        .strip_prefix(generated::SIZE_LIMIT_MESSAGE)?;
    number.trim().trim_end_matches('.').parse().ok()
}

/// The numbers in a text.
fn numbers(text: &str) -> Vec<i64> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

/// Copper's messages by field. They come as an object, or as a text with a line for each.
fn fields(words: Value) -> BTreeMap<String, Vec<String>> {
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    match words {
        Value::Object(object) => {
            for (field, errors) in object {
                let errors = texts(errors)
                    .iter()
                    .map(|text| escaped(text).into_owned())
                    .collect();
                fields.insert(escaped(&field).into_owned(), errors);
            }
        }
        Value::String(text) => {
            let by_field = text.split_once(BY_FIELD).map(|(_, by_field)| by_field);
            // The line breaks between them are escaped by now.
            for line in by_field.into_iter().flat_map(|lines| lines.split("\\n")) {
                if let Some((name, error)) = line.trim().split_once(": ") {
                    let name = if name == NO_FIELD { "" } else { name };
                    let field = name.to_lowercase().replace(' ', "_");
                    fields.entry(field).or_default().push(error.to_owned());
                }
            }
        }
        _ => {}
    }
    fields
}

/// A hint that the base URL or the proxy may be wrong, which the answer itself doesn't give.
fn hint(
    operation: &Operation,
    status: StatusCode,
    body: &[u8],
    location: Option<&str>,
    base_url: &str,
) -> Option<String> {
    if status.is_redirection() {
        let target = location.and_then(|location| Url::parse(location).ok());
        let host = target.as_ref().and_then(Url::host_str).map(escaped);
        let to = host.map_or_else(String::new, |host| format!(" to {host}"));
        return Some(format!(
            "a redirect{to} is not followed; is the base URL {base_url} right?"
        ));
    }
    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return Some("give the proxy's user and password in its URL".to_owned());
    }
    let no_route = body.is_empty()
        || serde_json::from_slice::<Map<String, Value>>(body).map_or(true, |object| {
            object.get("error") == Some(&"not_found".into())
        });
    let about_no_record = !operation.path.contains('{');
    (status == StatusCode::NOT_FOUND && (no_route || about_no_record))
        .then(|| format!("is the base URL {base_url} right?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_read_from_each_form_that_copper_has_for_them() {
        let read = |words: Value| {
            let redacted = match words {
                Value::String(text) => Value::String(Redactor::default().redact(&text, 500)),
                other => other,
            };
            fields(redacted)
        };
        for (words, expected) in [
            (
                json!({"name": [{"error": "invalid"}]}),
                json!({"name": ["invalid"]}),
            ),
            (
                json!("Invalid input: Validation errors: Name: can't be blank"),
                json!({"name": ["can't be blank"]}),
            ),
            (
                json!(
                    "Invalid input: Validation errors: Base: Unrecognized attributes specified: url\nType: can't be blank"
                ),
                json!({"": ["Unrecognized attributes specified: url"], "type": ["can't be blank"]}),
            ),
            (
                json!(
                    "Invalid input: Validation errors: Company Id: Invalid value for Company Id: IDs must be positive integers"
                ),
                json!({"company_id": ["Invalid value for Company Id: IDs must be positive integers"]}),
            ),
            (json!("Resource not found"), json!({})),
            (json!(7), json!({})),
        ] {
            assert_eq!(json!(read(words.clone())), expected, "{words}");
        }
    }

    #[test]
    fn a_wrong_base_url_is_hinted_at_and_a_missing_record_is_not() {
        let hinted = |operation, body: &[u8]| {
            hint(
                operation,
                StatusCode::NOT_FOUND,
                body,
                None,
                "https://a.b/v1",
            )
            .is_some()
        };
        let record = br#"{"success":false,"status":404,"message":"Resource not found"}"#;
        assert!(!hinted(operation::GET_LEAD, record));
        assert!(hinted(operation::GET_LEAD, br#"{"error":"not_found"}"#));
        assert!(hinted(operation::GET_LEAD, b"<html>"));
        assert!(hinted(operation::CREATE_LEAD, record));
        let to = hint(
            operation::GET_LEAD,
            StatusCode::MOVED_PERMANENTLY,
            b"",
            Some("https://c.d/e"),
            "https://a.b",
        );
        assert_eq!(
            to.as_deref(),
            Some("a redirect to c.d is not followed; is the base URL https://a.b right?")
        );
    }
}
