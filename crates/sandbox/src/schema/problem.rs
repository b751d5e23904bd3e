//! Validation problems, in Copper's words: one sentence in the 422 of a single call, one entry in the
//! failure item of a bulk response. Recorded and documented texts are used word for word.

use serde_json::{Map, Value, json};

/// One problem of a record or a search.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Problem {
    /// A required field is absent, `null` or blank.
    Missing(String),
    /// A field has an invalid value.
    Invalid(String),
    /// A field that holds ids has this value.
    NotAnId(String, Value),
    /// Fields that don't exist.
    Unrecognized(Vec<String>),
    /// Several records match where only one may. Their ids, unless there are too many.
    Several(Vec<i64>),
}

impl Problem {
    pub(crate) fn missing(field: &str) -> Self {
        Self::Missing(field.to_owned())
    }

    pub(crate) fn invalid(field: &str) -> Self {
        Self::Invalid(field.to_owned())
    }

    /// The sentence in the 422 of a single call.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Missing(field) => format!("{}: can't be blank", titled(field)),
            Self::Invalid(field) => format!("{}: is invalid", titled(field)),
            Self::NotAnId(field, value) => {
                let (field, value) = (
                    titled(field),
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                );
                format!(
                    "{field}: Invalid value for {field}: IDs must be positive integers: {value}"
                )
            }
            Self::Unrecognized(fields) => format!("Base: {}", unrecognized(fields)),
            Self::Several(ids) => format!("Match: {}", several(ids)),
        }
    }

    /// The field and the text in a failure item. One example is documented.
    fn entry(&self) -> (&str, String) {
        match self {
            Self::Missing(field) | Self::Invalid(field) | Self::NotAnId(field, _) => {
                (field, "invalid".to_owned())
            }
            Self::Unrecognized(fields) => ("base", unrecognized(fields)),
            Self::Several(ids) => ("match", several(ids)),
        }
    }
}

/// The documented failure item. That of an update has the id that was sent.
pub(crate) fn failure(problems: &[Problem], id: Option<i64>) -> Value {
    let mut message = Map::new();
    for (field, text) in problems.iter().map(Problem::entry) {
        let errors = message.entry(field).or_insert_with(|| json!([]));
        if let Some(errors) = errors.as_array_mut() {
            errors.push(json!({ "error": text }));
        }
    }
    match id {
        Some(id) => json!({ "success": false, "id": id, "message": message }),
        None => json!({ "success": false, "message": message }),
    }
}

fn unrecognized(fields: &[String]) -> String {
    format!("Unrecognized attributes specified: {}", fields.join(", "))
}

/// The text has no number that is not an id, because a program can only search it for numbers.
fn several(ids: &[i64]) -> String {
    let ids: Vec<_> = ids.iter().map(i64::to_string).collect();
    match ids.as_slice() {
        [] => "Several leads match".to_owned(),
        ids => format!("Several leads match: {}", ids.join(", ")),
    }
}

/// The name of a field in Copper's messages: `company_id` is `Company Id`.
fn titled(field: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect()
        })
    };
    field.split('_').map(capital).collect::<Vec<_>>().join(" ")
}
