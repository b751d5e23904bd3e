//! The value of a custom field: typed if the form is documented, open otherwise.

use std::{fmt, num::TryFromIntError};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{
        Error, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::{Map, Value};

use super::Timestamp;

/// The value of a custom field.
///
/// The type of the field decides the form:
///
/// - text, text area and URL: [`Text`](Self::Text)
/// - dropdown: the [`Integer`](Self::Integer) id of an option
/// - multi-select: a list of [`Options`](Self::Options)
/// - date: an integer; see [`date`](Self::date)
/// - checkbox: [`Bool`](Self::Bool)
/// - percentage: an integer
/// - float and currency: a [`Number`](Self::Number), or an integer
///
/// ```
/// use copper_crm::{CustomValue, types::Timestamp};
///
/// assert_eq!(CustomValue::from("seven"), CustomValue::Text("seven".into()));
/// assert_eq!(CustomValue::date(Timestamp(1_518_595_200)).as_date(), Some(Timestamp(1_518_595_200)));
/// assert_eq!(CustomValue::from(7), CustomValue::Integer(7));
/// assert_eq!(CustomValue::try_from(7_u64), Ok(CustomValue::Integer(7)));
/// assert!(CustomValue::try_from(u64::MAX).is_err());
/// let unknown: CustomValue = serde_json::from_str(r#"[{"id":1}]"#)?;
/// assert!(matches!(unknown, CustomValue::Other(_)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum CustomValue {
    /// A checkbox.
    Bool(bool),
    /// A percentage, the id of a dropdown's option, or a date in unix seconds.
    Integer(i64),
    /// A float or a currency. A number that JSON can't hold (NaN, infinite) is refused before it is sent.
    #[serde(serialize_with = "super::finite::number")]
    Number(f64),
    /// A text, text area or URL.
    Text(String),
    /// The ids of a multi-select's options.
    Options(Vec<i64>),
    /// A form that is not documented, such as that of a connect field or a computed value.
    Other(Value),
}

impl<'de> Deserialize<'de> for CustomValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ByForm)
    }
}

/// Reads each form at once. A derived impl tries one form after the other; this took a sixth of the time for
/// a whole lead.
struct ByForm;

impl<'de> Visitor<'de> for ByForm {
    type Value = CustomValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<CustomValue, E> {
        Ok(CustomValue::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<CustomValue, E> {
        Ok(CustomValue::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<CustomValue, E> {
        Ok(match i64::try_from(value) {
            Ok(value) => CustomValue::Integer(value),
            Err(_) => CustomValue::Number(value as f64),
        })
    }

    fn visit_f64<E>(self, value: f64) -> Result<CustomValue, E> {
        Ok(CustomValue::Number(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<CustomValue, E> {
        Ok(CustomValue::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<CustomValue, E> {
        Ok(CustomValue::Text(value))
    }

    fn visit_unit<E>(self) -> Result<CustomValue, E> {
        Ok(CustomValue::Other(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<CustomValue, A::Error> {
        let list = Vec::<Value>::deserialize(SeqAccessDeserializer::new(list))?;
        Ok(Value::Array(list).into())
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<CustomValue, A::Error> {
        let object = Map::deserialize(MapAccessDeserializer::new(object))?;
        Ok(CustomValue::Other(Value::Object(object)))
    }
}

impl CustomValue {
    /// The value of a date field.
    pub fn date(time: Timestamp) -> Self {
        Self::Integer(time.0)
    }

    /// True if it is empty, so that no search can find it.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Options(options) => options.is_empty(),
            Self::Other(value) => value.is_null(),
            Self::Bool(_) | Self::Integer(_) | Self::Number(_) => false,
        }
    }

    /// Returns the time, if this is a date field's value. A percentage looks the same: only the field's
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

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for CustomValue {
            fn from(value: $integer) -> Self {
                Self::Integer(value.into())
            }
        }
    )*};
}

from_integers!(i8, i16, i32, i64, u8, u16, u32);

macro_rules! try_from_integers {
    ($($integer:ty),*) => {$(
        impl TryFrom<$integer> for CustomValue {
            type Error = TryFromIntError;

            /// An error if the number is beyond what 64 bits with a sign hold.
            fn try_from(value: $integer) -> Result<Self, TryFromIntError> {
                i64::try_from(value).map(Self::Integer)
            }
        }
    )*};
}

try_from_integers!(u64, i128, u128, isize, usize);

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
    /// The name of this form.
    fn from(value: Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(value),
            Value::String(value) => Self::Text(value),
            Value::Number(ref number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Self::Integer(integer),
                (None, Some(number)) => Self::Number(number),
                (None, None) => Self::Other(value),
            },
            Value::Array(list) => {
                let ids: Option<Vec<i64>> = list.iter().map(Value::as_i64).collect();
                ids.map_or_else(|| Self::Other(Value::Array(list)), Self::Options)
            }
            Value::Null | Value::Object(_) => Self::Other(value),
        }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_has_the_form_that_the_same_value_has_in_an_answer() {
        let values = [
            json!(null),
            json!(true),
            json!(-7),
            json!(u64::MAX),
            json!(0.5),
            json!(42.0),
            json!("7"),
            json!([]),
            json!([1, 2]),
            json!([1, 2.5]),
            json!(["Option A"]),
            json!({"id": 1}),
        ];
        for value in values {
            let read: CustomValue = serde_json::from_str(&value.to_string()).expect("any value");
            assert_eq!(CustomValue::from(value), read);
        }
    }
}
