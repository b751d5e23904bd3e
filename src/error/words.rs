//! Copper's words in a refusal, and what may be repeated of them.

use serde_json::{Map, Value};

use crate::{generated, redactor::Redactor};

/// How much of an answer's own words an error repeats, in characters.
pub(crate) const LONGEST_MESSAGE: usize = 500;
/// Whatever is larger than this is not a few words.
const LARGEST_REFUSAL: usize = 64 << 10;

/// What a JSON error says without quoting the text that it is about, which is someone's data.
pub(crate) fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => "not of the documented form",
        serde_json::error::Category::Eof => "JSON that ends too early",
        _ => "not JSON",
    };
    format!(
        "it is {what} (line {}, column {})",
        error.line(),
        error.column()
    )
}

/// Copper's own words in a refusal, in any of the forms that were seen. A page in HTML is not Copper's,
/// and says no more than its status.
pub(super) fn words(body: &[u8]) -> Option<Value> {
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

/// The most records of one request, if that is what the words are about.
pub(super) fn size_limit(words: &Value) -> Option<usize> {
    let number = words
        .as_str()?
        .trim()
        .strip_prefix(generated::SIZE_LIMIT_MESSAGE)?;
    number.trim().trim_end_matches('.').parse().ok()
}

/// These words without what the request carried.
pub(super) fn message(words: Value, carried: &Redactor) -> Option<String> {
    let text = match words {
        Value::String(text) => carried.redact(text.trim(), LONGEST_MESSAGE),
        other => {
            let text = carried.redact_json(other, LONGEST_MESSAGE).to_string();
            Redactor::default().redact(&text, LONGEST_MESSAGE)
        }
    };
    Some(text).filter(|text| !text.is_empty())
}
