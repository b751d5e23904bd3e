//! What can be wrong with a request, and how Copper words it: one sentence in a single call's 422, one
//! entry in a bulk answer's failure item. What was recorded or documented is given word for word.

use serde_json::{Map, Value, json};

/// One thing that is wrong with a record or a search.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Problem {
    /// A field that is needed is absent, `null` or blank.
    Missing(String),
    /// A field has a value of the wrong kind.
    Invalid(String),
    /// A field should hold an id and holds this.
    NotAnId(String, Value),
    /// Fields that there are not.
    Unrecognized(Vec<String>),
    /// Several records match where one is meant. Their ids, unless there are too many.
    Several(Vec<i64>),
}

impl Problem {
    pub(super) fn missing(field: &str) -> Self {
        Self::Missing(field.to_owned())
    }

    pub(super) fn invalid(field: &str) -> Self {
        Self::Invalid(field.to_owned())
    }

    /// The sentence of a single call's 422.
    pub(super) fn sentence(&self) -> String {
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

    /// The field and the text of a bulk answer's failure item, of which one example is documented.
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

/// The documented failure item; of an update, with the id that was sent.
pub(super) fn failure(problems: &[Problem], id: Option<i64>) -> Value {
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

/// Without a number in it that is no id: a program has nothing else to find the ids by.
fn several(ids: &[i64]) -> String {
    let ids: Vec<_> = ids.iter().map(i64::to_string).collect();
    match ids.as_slice() {
        [] => "Several leads match".to_owned(),
        ids => format!("Several leads match: {}", ids.join(", ")),
    }
}

/// `company_id` as Copper writes it in messages: `Company Id`.
fn titled(field: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect()
        })
    };
    field.split('_').map(capital).collect::<Vec<_>>().join(" ")
}
