//! Custom values are compared by their type: numbers by value, options as sets, dates by day. Only the fields that
//! differ are sent. Copper leaves the others as they are.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    super::{Lists, Policies, SyncField},
    text,
};
use crate::{
    CustomValue, Patch,
    directory::{day, plain},
    types::{CustomField, CustomFieldDefinitionId, CustomFieldType, Timestamp},
};

/// A value in a form that can be compared with others.
#[derive(PartialEq)]
enum Compared {
    Unset,
    True,
    Text(String),
    /// The digits of a number, without zeros and signs that do not change its value.
    Number(String),
    Options(BTreeSet<i64>),
    /// The day of a date.
    Day(i64),
    Other(Value),
}

fn compared(value: Option<&CustomValue>, field_type: Option<&CustomFieldType>) -> Compared {
    let digits = |number: String| Compared::Number(plain(&number).unwrap_or(number));
    let Some(value) = value.filter(|value| !is_unset(value)) else {
        return Compared::Unset;
    };
    match value {
        CustomValue::Bool(_) => Compared::True,
        CustomValue::Integer(seconds) if field_type == Some(&CustomFieldType::Date) => {
            Compared::Day(day(Timestamp(*seconds)))
        }
        CustomValue::Integer(number) => digits(number.to_string()),
        CustomValue::Number(number) => digits(number.to_string()),
        CustomValue::Text(text) => Compared::Text(text::stored(text).into_owned()),
        CustomValue::Options(ids) => Compared::Options(ids.iter().copied().collect()),
        CustomValue::Other(value) => Compared::Other(value.clone()),
    }
}

/// True if a value sets nothing. A checkbox that is not set is false.
fn is_unset(value: &CustomValue) -> bool {
    value.is_blank() || *value == CustomValue::Bool(false)
}

/// True if Copper stores both values as the same one, in any form that a program can give them.
fn same(
    there: Option<&CustomValue>,
    wanted: Option<&CustomValue>,
    field_type: Option<&CustomFieldType>,
) -> bool {
    let digits = |text: &str| plain(text);
    match (compared(there, field_type), compared(wanted, field_type)) {
        // A text field holds a number as text. A number never becomes a text with zeros before it.
        (Compared::Text(text), Compared::Number(number)) => {
            !has_leading_zero(&text) && digits(&text) == Some(number)
        }
        // A number field may be given a number as text.
        (Compared::Number(number), Compared::Text(text)) => digits(&text) == Some(number),
        // A multi-select may be given one option without a list.
        (Compared::Options(ids), Compared::Number(number))
        | (Compared::Number(number), Compared::Options(ids)) => {
            ids.len() == 1 && ids.first().is_some_and(|id| id.to_string() == number)
        }
        (there, wanted) => there == wanted,
    }
}

/// True for a text such as `007`, which is another text than `7`.
fn has_leading_zero(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).strip_prefix('0');
    digits.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The value that clears a field with this value.
fn cleared(there: &CustomValue) -> CustomValue {
    match there {
        CustomValue::Options(_) => CustomValue::Options(Vec::new()),
        CustomValue::Bool(_) => CustomValue::Bool(false),
        _ => CustomValue::Other(Value::Null),
    }
}

/// The value to send, if the two differ.
fn value(
    id: CustomFieldDefinitionId,
    there: Option<&CustomValue>,
    wanted: Option<&CustomValue>,
    policies: &Policies,
) -> Option<CustomValue> {
    let wanted = wanted.filter(|wanted| match wanted {
        // It would be sent as `null`, which clears the field.
        CustomValue::Number(number) => number.is_finite(),
        wanted => !wanted.is_blank(),
    });
    let Some(wanted) = wanted else {
        let there = there.filter(|there| !is_unset(there))?;
        // Adding nothing removes nothing.
        let added_to = policies.lists == Lists::Add && matches!(there, CustomValue::Options(_));
        return (policies.clears() && !added_to).then(|| cleared(there));
    };
    if let (Lists::Add, Some(CustomValue::Options(there))) = (policies.lists, there) {
        let added = match wanted {
            CustomValue::Options(ids) => ids.clone(),
            CustomValue::Integer(id) => vec![*id],
            _ => return Some(wanted.clone()),
        };
        let mut all = there.clone();
        for id in added {
            if !all.contains(&id) {
                all.push(id);
            }
        }
        return (all.len() > there.len()).then_some(CustomValue::Options(all));
    }
    (!same(there, Some(wanted), policies.type_of(id))).then(|| wanted.clone())
}

/// The value of a field in this list. A field that comes twice has its last value.
fn value_in(fields: &[CustomField], id: CustomFieldDefinitionId) -> Option<&CustomValue> {
    let mut fields = fields.iter().rev();
    let field = fields.find(|field| field.custom_field_definition_id == id)?;
    field.value.as_ref()
}

pub(super) fn patch(
    there: &[CustomField],
    wanted: &[CustomField],
    policies: &Policies,
) -> Patch<Vec<CustomField>> {
    let ids = wanted.iter().map(|field| field.custom_field_definition_id);
    let named: BTreeSet<_> = ids.chain(policies.named_custom_fields()).collect();
    let changes = named.into_iter().filter_map(|id| {
        if !policies.may_change(&SyncField::Custom(id)) {
            return None;
        }
        let (there, wanted) = (value_in(there, id), value_in(wanted, id));
        Some(CustomField {
            value: Some(value(id, there, wanted, policies)?),
            ..CustomField::new(id)
        })
    });
    let changes: Vec<_> = changes.collect();
    if changes.is_empty() {
        Patch::Keep
    } else {
        Patch::Set(changes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        directory::{Directory, Field},
        sync::Empties,
    };

    fn fields(values: &[(i64, Value)]) -> Vec<CustomField> {
        let field = |(id, value): &(i64, Value)| CustomField {
            value: Some(value.clone().into()),
            ..CustomField::new(*id)
        };
        values.iter().map(field).collect()
    }

    #[test]
    fn values_that_copper_stores_as_the_same_do_not_differ() {
        for (there, wanted) in [
            (json!(100.0), json!(100)),
            (json!("seven"), json!(" seven ")),
            (json!([1, 2]), json!([2, 1, 2])),
            (json!(12.5), json!("12.50")),
            (json!("5"), json!(5)),
            (json!([8]), json!(8)),
            (json!(null), json!(false)),
            (json!(false), json!(false)),
            (json!([{"id": 1}]), json!([{"id": 1}])),
        ] {
            let patch = patch(
                &fields(&[(1, there.clone())]),
                &fields(&[(1, wanted.clone())]),
                &Policies::default(),
            );
            assert_eq!(patch, Patch::Keep, "{there} {wanted}");
        }
    }

    #[test]
    fn a_text_with_zeros_before_it_is_no_number() {
        let patch = |there: Value, wanted: Value| {
            let (there, wanted) = (fields(&[(1, there)]), fields(&[(1, wanted)]));
            patch(&there, &wanted, &Policies::default())
        };
        for (there, wanted) in [
            (json!("007"), json!(7)),
            (json!("-07.5"), json!(-7.5)),
            (json!("007"), json!("7")),
        ] {
            let sent = fields(&[(1, wanted.clone())]);
            assert_eq!(patch(there, wanted), Patch::Set(sent));
        }
        for (there, wanted) in [
            (json!("0"), json!(0)),
            (json!("0.5"), json!(0.5)),
            (json!(7), json!("007")),
        ] {
            assert_eq!(patch(there, wanted), Patch::Keep);
        }
    }

    #[test]
    fn only_fields_that_differ_are_sent() {
        let there = fields(&[
            (1, json!("a")),
            (2, json!(2)),
            (3, json!([1])),
            (4, json!(true)),
        ]);
        let wanted = fields(&[
            (1, json!("b")),
            (2, json!(2)),
            (4, json!(false)),
            (5, json!("5 ")),
        ]);
        assert_eq!(
            patch(&there, &wanted, &Policies::default()),
            Patch::Set(fields(&[
                (1, json!("b")),
                (4, json!(false)),
                (5, json!("5 "))
            ]))
        );
        let policies = Policies::default().never([SyncField::Custom(1.into())]);
        assert_eq!(
            patch(&there, &wanted, &policies),
            Patch::Set(fields(&[(4, json!(false)), (5, json!("5 "))]))
        );
    }

    #[test]
    fn an_empty_value_clears_only_when_that_is_wanted() {
        let there = fields(&[
            (1, json!("a")),
            (2, json!([1])),
            (3, json!(true)),
            (4, json!(4)),
        ]);
        let wanted = fields(&[(1, json!(" ")), (2, json!([])), (3, json!(null))]);
        assert_eq!(patch(&there, &wanted, &Policies::default()), Patch::Keep);
        let clear = Policies::default().empties(Empties::Clear);
        assert_eq!(
            patch(&there, &wanted, &clear),
            Patch::Set(fields(&[
                (1, json!(null)),
                (2, json!([])),
                (3, json!(false))
            ]))
        );
        let naming = clear.naming([SyncField::Custom(4.into())]);
        assert_eq!(
            patch(&there, &[], &naming),
            Patch::Set(fields(&[(4, json!(null))]))
        );
        let add = naming.lists(Lists::Add);
        assert_eq!(
            patch(&there, &fields(&[(2, json!([])), (4, json!(4))]), &add),
            Patch::Keep
        );
    }

    #[test]
    fn options_are_added_to_those_that_are_there() {
        let add = Policies::default().lists(Lists::Add);
        let there = fields(&[(1, json!([1, 2]))]);
        assert_eq!(
            patch(&there, &fields(&[(1, json!([3, 2]))]), &add),
            Patch::Set(fields(&[(1, json!([1, 2, 3]))]))
        );
        assert_eq!(
            patch(&there, &fields(&[(1, json!([2]))]), &add),
            Patch::Keep
        );
        assert_eq!(patch(&there, &fields(&[(1, json!(2))]), &add), Patch::Keep);
    }

    #[test]
    fn dates_are_compared_by_day_where_the_type_is_known() {
        let there = fields(&[(1, json!(1_518_595_200))]);
        let noon = fields(&[(1, json!(1_518_609_600))]);
        let directory = Directory::default().with_fields([Field::new(1, "Since", "Date")]);
        let typed = Policies::default().types_of(&directory);
        assert_eq!(patch(&there, &noon, &typed), Patch::Keep);
        assert_ne!(patch(&there, &noon, &Policies::default()), Patch::Keep);
        let next_day = fields(&[(1, json!(1_518_609_600 + 86_400))]);
        assert_ne!(patch(&there, &next_day, &typed), Patch::Keep);
    }

    #[test]
    fn a_number_that_json_cannot_hold_clears_nothing() {
        let there = fields(&[(1, json!(7))]);
        let wanted = [CustomField {
            value: Some(CustomValue::Number(f64::NAN)),
            ..CustomField::new(1)
        }];
        assert_eq!(patch(&there, &wanted, &Policies::default()), Patch::Keep);
    }
}
