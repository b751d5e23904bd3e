//! The input for a custom field: the forms in which a program has a value, before the field's type is known.

use crate::types::Timestamp;

/// A value for a custom field. It can be made from any usual type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FieldInput {
    /// A text, as a person wrote it.
    Text(String),
    /// Several names, for a field with several options.
    Texts(Vec<String>),
    /// True or false.
    Bool(bool),
    /// A whole number, or a date in Unix seconds.
    Integer(i64),
    /// A number.
    Number(f64),
}

impl From<&str> for FieldInput {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for FieldInput {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for FieldInput {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<bool> for FieldInput {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for FieldInput {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<i32> for FieldInput {
    fn from(value: i32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<f64> for FieldInput {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<Timestamp> for FieldInput {
    fn from(time: Timestamp) -> Self {
        Self::Integer(time.0)
    }
}

impl<T: Into<String>> From<Vec<T>> for FieldInput {
    fn from(names: Vec<T>) -> Self {
        Self::Texts(names.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for FieldInput {
    fn from(names: [T; N]) -> Self {
        Self::Texts(names.into_iter().map(Into::into).collect())
    }
}

/// The input as a person would write it.
pub(super) fn shown(input: &FieldInput) -> String {
    match input {
        FieldInput::Text(text) => text.clone(),
        FieldInput::Texts(texts) => texts.join("; "),
        FieldInput::Bool(value) => value.to_string(),
        FieldInput::Integer(value) => value.to_string(),
        FieldInput::Number(value) => value.to_string(),
    }
}
