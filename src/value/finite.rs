//! Numbers that JSON can hold. serde_json would write others as `null`, which clears a field.

use serde::{Serialize, Serializer, ser::Error};

use super::{Patch, dry_serializer::DrySerializer};

const NOT_FINITE: &str = "it is a number that JSON can't hold";

/// Writes a number, if JSON can hold it.
pub(crate) fn number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        serializer.serialize_f64(*value)
    } else {
        Err(S::Error::custom(NOT_FINITE))
    }
}

/// The same for an optional number.
pub(crate) fn option<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, serializer),
        None => serializer.serialize_none(),
    }
}

/// The same in an update.
pub(crate) fn patch<S: Serializer>(value: &Patch<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Patch::Set(value) => number(value, serializer),
        Patch::Keep | Patch::Clear => serializer.serialize_none(),
    }
}

/// Returns the field that can't be written as JSON without a change, and the reason.
pub(crate) fn unsendable(value: &impl Serialize) -> Option<(String, String)> {
    let unwritten = value.serialize(DrySerializer).err()?;
    Some((unwritten.path, unwritten.reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CustomValue, NewLead,
        types::{CustomField, LeadSearch, LeadUpdate},
    };

    fn field(value: &impl Serialize) -> Option<String> {
        unsendable(value).map(|(field, why)| {
            assert_eq!(why, NOT_FINITE);
            field
        })
    }

    #[test]
    fn a_number_that_json_cant_hold_is_named_by_its_field() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let lead = NewLead::named("Jim");
            assert_eq!(
                field(&lead.clone().monetary_value(number)).as_deref(),
                Some("monetary_value")
            );
            let custom = CustomField::new(7).value(CustomValue::from(number));
            assert_eq!(
                field(&lead.custom_field(CustomField::new(6)).custom_field(custom)).as_deref(),
                Some("custom_fields[1].value")
            );
            let update = LeadUpdate::default().monetary_value(number);
            assert_eq!(field(&update).as_deref(), Some("monetary_value"));
            let search = LeadSearch::default().minimum_monetary_value(number);
            assert_eq!(field(&search).as_deref(), Some("minimum_monetary_value"));
        }
    }

    #[test]
    fn all_other_numbers_are_written() {
        for number in [0.0, -0.0, f64::MAX, f64::MIN_POSITIVE, 0.1] {
            assert_eq!(
                unsendable(&NewLead::named("Jim").monetary_value(number)),
                None
            );
            assert_eq!(unsendable(&CustomValue::from(number)), None);
        }
    }
}
