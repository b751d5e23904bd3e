//! The words of a refusal, in whatever form they come.

use serde_json::Value;

/// The longest text of an answer's own words that an error repeats, in characters.
pub(crate) const LONGEST_MESSAGE: usize = 500;

/// Describes a JSON error without quoting the text, which is someone's data.
pub(crate) fn describe(error: &serde_json::Error) -> String {
    if error.classify() == serde_json::error::Category::Eof
        && error.line() <= 1
        && error.column() == 0
    {
        return "it is empty".to_owned();
    }
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

/// The texts of `[{"error": text}, …]`, and of any other value in its place.
pub(crate) fn texts(errors: Value) -> Vec<String> {
    match errors {
        Value::Array(list) => list.into_iter().flat_map(texts).collect(),
        Value::Object(object) if object.len() == 1 => object
            .into_iter()
            .flat_map(|(_, text)| texts(text))
            .collect(),
        Value::String(text) => vec![text],
        Value::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}
