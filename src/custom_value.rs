//! The value of a custom field: typed where the form is documented, open where nobody knows it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::types::Timestamp;

/// The value of a custom field.
///
/// The kind of the field decides the form: text, text area and URL are [`Text`](Self::Text); a dropdown
/// is the [`Integer`](Self::Integer) id of its option; multi-select is a list of [`Options`](Self::Options);
/// a date is an integer, see [`date`](Self::date); a checkbox is [`Bool`](Self::Bool); percentages are
/// integers, floats and currencies may be [`Number`](Self::Number)s.
///
/// ```
/// use copper_crm::{CustomValue, types::Timestamp};
///
/// assert_eq!(CustomValue::from("seven"), CustomValue::Text("seven".into()));
/// assert_eq!(CustomValue::date(Timestamp(1_518_595_200)).as_date(), Some(Timestamp(1_518_595_200)));
/// let unknown: CustomValue = serde_json::from_str(r#"[{"id":1}]"#)?;
/// assert!(matches!(unknown, CustomValue::Other(_)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum CustomValue {
    /// A checkbox.
    Bool(bool),
    /// A percentage, the id of a dropdown's option, or a date in unix seconds.
    Integer(i64),
    /// A float or a currency.
    Number(f64),
    /// A text, text area or URL.
    Text(String),
    /// The ids of a multi-select's options.
    Options(Vec<i64>),
    /// A form that is not documented, such as a connect field's or a computed one.
    Other(Value),
}

impl CustomValue {
    /// The value of a date field.
    pub fn date(time: Timestamp) -> Self {
        Self::Integer(time.0)
    }

    /// Whether it says nothing, so that nothing can be found by it.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Options(options) => options.is_empty(),
            Self::Other(value) => value.is_null(),
            Self::Bool(_) | Self::Integer(_) | Self::Number(_) => false,
        }
    }

    /// The time, if it is a date field's value. A percentage looks the same: only the field's
    /// definition tells them apart.
    pub fn as_date(&self) -> Option<Timestamp> {
        match self {
            Self::Integer(seconds) => Some(Timestamp(*seconds)),
            _ => None,
        }
    }
}

impl From<bool> for CustomValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for CustomValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for CustomValue {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<String> for CustomValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for CustomValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<Vec<i64>> for CustomValue {
    fn from(value: Vec<i64>) -> Self {
        Self::Options(value)
    }
}

impl From<Value> for CustomValue {
    /// The kind that has this form.
    fn from(value: Value) -> Self {
        Self::deserialize(&value).unwrap_or(Self::Other(value))
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for CustomValue {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CustomValue".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Value::json_schema(generator)
    }
}
