//! Values of custom fields: made and read by the type of the field.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::{DirectoryError, Field, FieldInput, date, input::shown, name::normalized, number};
use crate::{
    CustomValue,
    types::{CustomField, CustomFieldType, Timestamp},
};

/// The most characters in a field of type String.
const LONGEST_STRING: usize = 255;

/// A value of a custom field as people read it. [`Field::value`] accepts its `Display` text.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum FieldValue {
    /// Nothing is set.
    Unset,
    /// A text or a web address.
    Text(String),
    /// The name of an option.
    Option(String),
    /// The names of several options.
    Options(Vec<String>),
    /// A date: a moment within the day. Its `Display` is the day in UTC.
    Date(Timestamp),
    /// True or false.
    Checkbox(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A value whose form does not fit the field's type, as it came.
    Other(Value),
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => Ok(()),
            Self::Text(text) | Self::Option(text) => f.write_str(text),
            Self::Options(names) => f.write_str(&names.join("; ")),
            Self::Date(time) => match date::shown(*time) {
                Some(date) => f.write_str(&date),
                None => time.fmt(f),
            },
            Self::Checkbox(value) => value.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Other(value) => value.fmt(f),
        }
    }
}

impl Field {
    /// Returns the value in the form that Copper wants for this field.
    ///
    /// Options are given by name. Several are a list, or one text with `;` or `,` between them. A date is a
    /// text like `2026-11-26`, sent as noon UTC, or a [`Timestamp`], sent unchanged. A number is sent with
    /// all its digits. A checkbox is `true` or `false`, or `yes` or `no`.
    ///
    /// # Errors
    /// When the field can't hold the value, or does not have the option.
    ///
    /// ```
    /// use copper_crm::{CustomValue, directory::Field};
    ///
    /// let colours = Field::new(7, "Colours", "MultiSelect").options([(1, "Red"), (2, "Green")]);
    /// assert_eq!(colours.value(["green", "RED"])?.value, Some(CustomValue::Options(vec![2, 1])));
    /// let error = colours.value("Grene").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"custom field "Colours": no option is called "Grene"; did you mean "Green"? valid names: "Red", "Green""#
    /// );
    /// # Ok::<(), copper_crm::directory::DirectoryError>(())
    /// ```
    pub fn value(&self, input: impl Into<FieldInput>) -> Result<CustomField, DirectoryError> {
        let input = input.into();
        let value = self.made(&input)?;
        Ok(CustomField {
            value: Some(value),
            ..CustomField::new(self.id)
        })
    }

    /// Returns the value that clears this field.
    pub fn cleared(&self) -> CustomField {
        let value = match self.field_type {
            CustomFieldType::Multiselect | CustomFieldType::Connect => {
                CustomValue::Options(Vec::new())
            }
            CustomFieldType::Checkbox => CustomValue::Bool(false),
            _ => CustomValue::Other(Value::Null),
        };
        CustomField {
            value: Some(value),
            ..CustomField::new(self.id)
        }
    }

    /// Returns the value as people read it: options by name, a date as a date. It also reads
    /// [computed](crate::Copper::with_computed_values) values, which have names in the place of ids.
    pub fn read(&self, value: &CustomValue) -> FieldValue {
        let name = |id: &i64| self.option_name(*id).map(str::to_owned);
        match (&self.field_type, value) {
            (_, value) if value.is_blank() => FieldValue::Unset,
            (CustomFieldType::Dropdown, CustomValue::Integer(id)) => {
                name(id).map_or(FieldValue::Integer(*id), FieldValue::Option)
            }
            (CustomFieldType::Dropdown, CustomValue::Text(name)) => {
                FieldValue::Option(name.clone())
            }
            (CustomFieldType::Multiselect, CustomValue::Options(ids)) => {
                let names: Option<Vec<_>> = ids.iter().map(name).collect();
                names.map_or_else(
                    || FieldValue::Other(ids.clone().into()),
                    FieldValue::Options,
                )
            }
            (CustomFieldType::Multiselect, CustomValue::Other(Value::Array(names))) => {
                let texts = names.iter().map(|name| Some(name.as_str()?.to_owned()));
                let texts: Option<Vec<_>> = texts.collect();
                texts.map_or_else(
                    || FieldValue::Other(names.clone().into()),
                    FieldValue::Options,
                )
            }
            (CustomFieldType::Date, CustomValue::Integer(seconds)) => {
                FieldValue::Date(Timestamp(*seconds))
            }
            (_, CustomValue::Bool(value)) => FieldValue::Checkbox(*value),
            (_, CustomValue::Integer(number)) => FieldValue::Integer(*number),
            (_, CustomValue::Number(number)) => FieldValue::Number(*number),
            (_, CustomValue::Text(text)) => FieldValue::Text(text.clone()),
            (_, CustomValue::Options(ids)) => FieldValue::Other(ids.clone().into()),
            (_, CustomValue::Other(value)) => FieldValue::Other(value.clone()),
        }
    }

    fn made(&self, input: &FieldInput) -> Result<CustomValue, DirectoryError> {
        let unfit = |rule| self.unfit(input, rule);
        let is_blank = |text: &str| text.trim().is_empty();
        if matches!(input, FieldInput::Text(text) if is_blank(text)) {
            return Err(unfit("it is empty; leave the field out, or clear it"));
        }
        match (&self.field_type, input) {
            (CustomFieldType::String, FieldInput::Text(text)) => {
                if text.chars().count() > LONGEST_STRING {
                    return Err(unfit("it has more than 255 characters"));
                }
                Ok(CustomValue::Text(text.clone()))
            }
            (CustomFieldType::Text | CustomFieldType::Url, FieldInput::Text(text)) => {
                Ok(CustomValue::Text(text.clone()))
            }
            (
                CustomFieldType::String | CustomFieldType::Text,
                FieldInput::Integer(_) | FieldInput::Number(_),
            ) => Ok(CustomValue::Text(shown(input))),
            (CustomFieldType::String | CustomFieldType::Text | CustomFieldType::Url, _) => {
                Err(unfit("it must be a text"))
            }
            (CustomFieldType::Dropdown, FieldInput::Text(name)) => {
                self.option(name).map(CustomValue::Integer)
            }
            (CustomFieldType::Dropdown, FieldInput::Integer(id)) => match self.option_name(*id) {
                Some(_) => Ok(CustomValue::Integer(*id)),
                None => Err(unfit("no option has this id")),
            },
            (CustomFieldType::Dropdown, _) => Err(unfit("it must be the name of one option")),
            (CustomFieldType::Multiselect, FieldInput::Text(names)) => {
                self.options_of(names).map(CustomValue::Options)
            }
            (CustomFieldType::Multiselect, FieldInput::Texts(names)) => {
                let ids = names.iter().map(|name| self.option(name));
                ids.collect::<Result<_, _>>().map(CustomValue::Options)
            }
            (CustomFieldType::Multiselect, _) => Err(unfit("it must be the names of options")),
            (CustomFieldType::Date, FieldInput::Integer(seconds)) => {
                Ok(CustomValue::Integer(*seconds))
            }
            (CustomFieldType::Date, FieldInput::Text(text)) => match date::parse(text) {
                Some(time) => Ok(CustomValue::date(time)),
                None => Err(unfit("it must be a date like 2026-11-26")),
            },
            (CustomFieldType::Date, _) => Err(unfit("it must be a date like 2026-11-26")),
            (CustomFieldType::Checkbox, FieldInput::Bool(value)) => Ok(CustomValue::Bool(*value)),
            (CustomFieldType::Checkbox, FieldInput::Text(text)) => match flag(text) {
                Some(value) => Ok(CustomValue::Bool(value)),
                None => Err(unfit("it must be true or false")),
            },
            (CustomFieldType::Checkbox, _) => Err(unfit("it must be true or false")),
            (CustomFieldType::Percentage, input) => match self.number(input)? {
                CustomValue::Number(_) => Err(unfit("it must be a whole number of percent")),
                whole => Ok(whole),
            },
            (CustomFieldType::Float | CustomFieldType::Currency, input) => self.number(input),
            (CustomFieldType::Connect, _) => Err(unfit(
                "the form of links to other records is not documented",
            )),
            (_, _) => Err(unfit("this type of field is not documented")),
        }
    }

    fn number(&self, input: &FieldInput) -> Result<CustomValue, DirectoryError> {
        let number = match input {
            FieldInput::Integer(number) => Some(CustomValue::Integer(*number)),
            FieldInput::Number(number) => {
                number.is_finite().then_some(CustomValue::Number(*number))
            }
            FieldInput::Text(text) => number::parse(text),
            FieldInput::Bool(_) | FieldInput::Texts(_) => None,
        };
        number.ok_or_else(|| {
            self.unfit(
                input,
                "it must be a plain number, without separators of thousands or a sign of currency, and with no more digits than a number can keep",
            )
        })
    }

    /// Returns the options in a text that lists them. A name may contain the separators itself.
    fn options_of(&self, names: &str) -> Result<Vec<i64>, DirectoryError> {
        let whole = self.option(names);
        if whole.is_ok() {
            return whole.map(|id| vec![id]);
        }
        for separator in [';', ','] {
            if !names.contains(separator) {
                continue;
            }
            let parts: Vec<&str> = names.split(separator).collect();
            if let Some(ids) = self.options_in(&parts, separator) {
                return Ok(ids);
            }
        }
        // The error is that of the first part which is not an option's name.
        let separator = if names.contains(';') { ';' } else { ',' };
        let mut parts = names
            .split(separator)
            .filter(|part| !part.trim().is_empty());
        let error = parts.find_map(|part| self.option(part.trim()).err());
        error.map_or(whole.map(|id| vec![id]), Err)
    }

    /// Returns the options of these parts. Several parts together may be one name.
    fn options_in(&self, parts: &[&str], separator: char) -> Option<Vec<i64>> {
        let mut ids = Vec::new();
        let mut rest = parts;
        while let Some((first, after)) = rest.split_first() {
            if normalized(first).is_empty() {
                rest = after;
                continue;
            }
            let longest = (1..=rest.len()).rev().find_map(|count| {
                let (name, after) = rest.split_at_checked(count)?;
                let name = name.join(&separator.to_string());
                Some((self.option(name.trim()).ok()?, after))
            });
            let (id, after) = longest?;
            ids.push(id);
            rest = after;
        }
        Some(ids)
    }

    fn unfit(&self, input: &FieldInput, rule: &'static str) -> DirectoryError {
        DirectoryError::Unfit {
            field: self.name.clone(),
            field_type: self.field_type.clone(),
            value: shown(input),
            rule,
        }
    }
}

/// Returns true or false, as people write it.
fn flag(text: &str) -> Option<bool> {
    match normalized(text).as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn size() -> Field {
        Field::new(12, "Size", "Dropdown").options([(8, "Large"), (9, "Very large"), (10, "Small")])
    }

    fn colours() -> Field {
        Field::new(13, "Colours", "MultiSelect").options([
            (1, "Red"),
            (2, "Green"),
            (3, "Red, Green"),
            (4, "A; B"),
        ])
    }

    fn json_of(field: &Field, input: impl Into<FieldInput>) -> Value {
        json!(field.value(input).expect("the field can hold it").value)
    }

    #[test]
    fn each_type_makes_the_form_that_copper_wants() {
        for (field, text, value) in [
            (Field::new(1, "f", "String"), "seven", json!("seven")),
            (Field::new(1, "f", "Text"), " a\nb ", json!(" a\nb ")),
            (Field::new(1, "f", "URL"), "x.example", json!("x.example")),
            (size(), "very LARGE", json!(9)),
            (colours(), "red; green", json!([1, 2])),
            (colours(), "green,red", json!([2, 1])),
            (colours(), "Red, Green", json!([3])),
            (colours(), "A; B; Red, Green; Red", json!([4, 3, 1])),
            (
                Field::new(1, "f", "Date"),
                "2018-02-14",
                json!(1_518_609_600),
            ),
            (Field::new(1, "f", "Checkbox"), "TRUE", json!(true)),
            (Field::new(1, "f", "Checkbox"), "no", json!(false)),
            (Field::new(1, "f", "Float"), "1.50", json!(1.5)),
            (Field::new(1, "f", "Percentage"), "50", json!(50)),
            (Field::new(1, "f", "Currency"), "1000", json!(1000)),
        ] {
            assert_eq!(json_of(&field, text), value, "{field:?} {text}");
        }
        assert_eq!(json_of(&colours(), ["Green", "a;b"]), json!([2, 4]));
        assert_eq!(json_of(&size(), 8), json!(8));
        let time = Timestamp(1_518_595_200);
        assert_eq!(json_of(&Field::new(1, "f", "Date"), time), json!(time));
        assert_eq!(json_of(&Field::new(1, "f", "Checkbox"), true), json!(true));
        assert_eq!(json_of(&Field::new(1, "f", "String"), 7), json!("7"));
    }

    #[test]
    fn a_value_that_the_field_cannot_hold_is_an_error_that_says_the_rule() {
        let long = "x".repeat(256);
        for (field, input, said) in [
            ("String", FieldInput::from(long.as_str()), "more than 255"),
            ("String", true.into(), "must be a text"),
            ("Date", "14.02.2018".into(), "a date like"),
            ("Checkbox", "maybe".into(), "true or false"),
            ("Checkbox", 7.into(), "true or false"),
            ("Float", "1,200".into(), "plain number"),
            ("Float", f64::NAN.into(), "plain number"),
            ("Percentage", "12.5".into(), "whole number"),
            ("Connect", "Acme".into(), "not documented"),
            ("Formula", "1".into(), "not documented"),
            ("Text", " ".into(), "it is empty"),
            ("Dropdown", ["a", "b"].into(), "one option"),
            ("Dropdown", 7.into(), "no option has this id"),
        ] {
            let error = Field::new(1, "f", field).value(input).expect_err(field);
            assert!(error.to_string().contains(said), "{error}");
        }
        let error = colours().value("Red; Grene").expect_err("no such option");
        assert_eq!(error.nearest(), Some("Green"));
        assert_eq!(error.names().len(), 4);
    }

    #[test]
    fn what_is_read_is_taken_back_as_the_same_value() {
        for (field, value) in [
            (Field::new(1, "f", "String"), json!("seven")),
            (size(), json!(9)),
            (colours(), json!([2, 3, 4, 1])),
            (Field::new(1, "f", "Date"), json!(1_518_609_600)),
            (Field::new(1, "f", "Checkbox"), json!(false)),
            (Field::new(1, "f", "Float"), json!(0.1)),
            (Field::new(1, "f", "Percentage"), json!(50)),
        ] {
            let read = field.read(&value.clone().into());
            assert_eq!(json_of(&field, read.to_string()), value, "{read}");
        }
        // Noon stands for every moment of its day.
        let date = Field::new(1, "f", "Date").read(&1_518_595_200_i64.into());
        assert_eq!(date.to_string(), "2018-02-14");
    }

    #[test]
    fn unset_unknown_and_computed_values_are_read_as_what_they_are() {
        let read = |field: &Field, value: Value| field.read(&value.into());
        assert_eq!(read(&size(), json!(null)), FieldValue::Unset);
        assert_eq!(read(&colours(), json!([])), FieldValue::Unset);
        assert_eq!(read(&size(), json!(99)), FieldValue::Integer(99));
        assert_eq!(
            read(&size(), json!("Large")),
            FieldValue::Option("Large".into())
        );
        assert_eq!(
            read(&colours(), json!(["Red", "Green"])),
            FieldValue::Options(vec!["Red".into(), "Green".into()])
        );
        assert_eq!(
            read(&colours(), json!([1, 99])),
            FieldValue::Other(json!([1, 99]))
        );
    }

    #[test]
    fn a_cleared_field_has_the_form_of_an_unset_one() {
        for (field, value) in [
            (size(), json!(null)),
            (colours(), json!([])),
            (Field::new(1, "f", "Checkbox"), json!(false)),
        ] {
            assert_eq!(json!(field.cleared().value), value);
        }
    }
}
